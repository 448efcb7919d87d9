// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.Connection;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A connection as an {@link AsynchronousSocketChannel}, plain or under TLS, as {@link ChannelHandler} describes it, and
 * the other faces of a connection that stand on it: futures, streams that block, and {@link Flow}. It is bound and
 * connected from the beginning. May be used from any thread.
 */
public final class ConnectionChannel extends AsynchronousSocketChannel {
    private final ChannelOperations operations;

    ConnectionChannel(ChannelOperations operations) {
        super(AsynchronousChannelProvider.provider());
        this.operations = operations;
    }

    /**
     * The connection behind the channel, for its facts, and for {@code startTls} while no read is pending.
     *
     * @return the connection
     */
    public Connection connection() {
        return operations.connection();
    }

    /**
     * Reads what arrives next.
     *
     * @return completes with the bytes, in a buffer that is the caller's; with an empty one at the end of the stream,
     *     and only then; or as {@link #read(ByteBuffer)} fails. {@code cancel(false)} withdraws the read without loss,
     *     and so does whatever else completes the future, such as {@code orTimeout}
     * @throws ReadPendingException if a read is pending
     */
    public CompletableFuture<ByteBuffer> receive() {
        Operation.Chunk operation = new Operation.Chunk(operations);
        operations.read(operation);
        return operation.future();
    }

    /**
     * Writes all of a buffer, as {@link #write(ByteBuffer)} writes as much as it likes. Its position and limit stay as
     * they are, so it may be sent to any number of channels at a time.
     *
     * @param source the bytes from position to limit, which belong to the channel until the future completes
     * @return completes when all of them have been handed to the operating system, or as a write fails; its
     *     cancellation takes nothing back
     * @throws WritePendingException if a write is pending
     */
    public CompletableFuture<Void> send(ByteBuffer source) {
        Sending sending = new Sending(source);
        operations.write(sending);
        return sending.future();
    }

    /**
     * Streams for code that blocks.
     *
     * @return the streams, of this channel's bytes
     */
    public BlockingStreams streams() {
        return new BlockingStreams(operations);
    }

    /**
     * What is received, as a publisher for one subscriber. One buffer is read ahead of the demand; each is the
     * subscriber's own. The end of the stream completes it, a stream that was cut short or failed is an error. Signals
     * come on a dispatcher thread, or on one that requests. Cancelling leaves the connection open, and what was not
     * handed on to the channel, which may be read as soon as {@code cancel} has returned.
     *
     * @return the publisher; no other read may be pending while it has a subscriber
     */
    public Flow.Publisher<ByteBuffer> publisher() {
        return new ChannelPublisher(operations);
    }

    /**
     * Sends what is published. Each buffer belongs to the connection until it is sent, and a few are under way at a
     * time. Completion closes the connection in order, an error aborts it; when the connection ends, the subscription
     * is cancelled.
     *
     * @return the subscriber, for one subscription
     */
    public Flow.Subscriber<ByteBuffer> subscriber() {
        return new ConnectionSubscriber(connection());
    }

    @Override
    public boolean isOpen() {
        return operations.isOpen();
    }

    /**
     * The address of the peer: behind a trusted proxy that of the client ({@link Connection#remoteAddress}).
     *
     * @throws ClosedChannelException if the channel is closed
     */
    @Override
    public InetSocketAddress getRemoteAddress() throws ClosedChannelException {
        operations.requireOpen();
        return connection().remoteAddress();
    }

    /**
     * The address on this side.
     *
     * @throws ClosedChannelException if the channel is closed
     */
    @Override
    public InetSocketAddress getLocalAddress() throws ClosedChannelException {
        operations.requireOpen();
        return connection().localAddress();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return connection().supportedOptions();
    }

    /**
     * Returns an option of the socket, also under TLS ({@link Connection#option}).
     *
     * @throws ClosedChannelException if the channel is closed, or the connection has ended
     */
    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        operations.requireOpen();
        return connection().option(name);
    }

    /**
     * Sets an option of the socket, also under TLS ({@link Connection#setOption}).
     *
     * @throws ClosedChannelException if the channel is closed, or the connection has ended
     */
    @Override
    public <T> ConnectionChannel setOption(SocketOption<T> name, T value) throws IOException {
        operations.requireOpen();
        connection().setOption(name, value);
        return this;
    }

    /**
     * Ends reading: a read that is pending returns -1, and so does each later one. What the peer sends from then on is
     * received and discarded, so that its end is noticed; the peer sees nothing of this. Writes go on. Has no effect if
     * it was called before.
     *
     * @throws ClosedChannelException if the channel is closed
     */
    @Override
    public ConnectionChannel shutdownInput() throws ClosedChannelException {
        operations.shutdownInput();
        return this;
    }

    /**
     * Ends this side's stream, and goes on reading (half-close): sends what is pending, then close_notify under TLS,
     * then the end of the stream ({@link Connection#shutdownOutput}). Each later write fails with
     * {@link ClosedChannelException}. Has no effect if it was called before. Does not wait.
     *
     * <p>With TLS 1.3 the peer may go on sending (RFC 8446, 6.1). With TLS 1.2 it must answer with a close_notify at
     * once, and drops what it has yet to send (RFC 5246, 7.2.1): reads return what has arrived until then, and -1
     * behind it.
     *
     * @throws ClosedChannelException if the channel is closed
     */
    @Override
    public ConnectionChannel shutdownOutput() throws ClosedChannelException {
        operations.shutdownOutput();
        return this;
    }

    @Override
    public CompletableFuture<Integer> read(ByteBuffer target) {
        return operations.read(target);
    }

    /**
     * Reads as {@link AsynchronousSocketChannel} describes it. If the time is up the read fails with
     * {@link java.nio.channels.InterruptedByTimeoutException}, and each later one throws {@link IllegalStateException};
     * what arrives from then on is not delivered. The connection stays open, and may be written.
     *
     * @param timeout how long the read may be pending; 0 or less for as long as the connection lasts
     * @throws ReadPendingException if a read is pending
     * @throws IllegalStateException if a read has timed out
     */
    @Override
    public <A extends @Nullable Object> void read(
            ByteBuffer target,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        Objects.requireNonNull(handler, "handler");
        operations.read(new Operation.Called<>(target, attachment, handler, TimeLimit.of(timeout, unit)));
    }

    /**
     * Reads into several buffers, in their order, as much as has arrived and there is room for; with a time limit as
     * {@link #read(ByteBuffer, long, TimeUnit, Object, CompletionHandler)} has it.
     *
     * @param timeout how long the read may be pending; 0 or less for as long as the connection lasts
     * @throws ReadPendingException if a read is pending
     * @throws IllegalStateException if a read has timed out
     */
    @Override
    public <A extends @Nullable Object> void read(
            ByteBuffer[] targets,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Long, ? super A> handler) {
        Objects.requireNonNull(handler, "handler");
        List<ByteBuffer> buffers = of(targets, offset, length);
        operations.read(new Operation.Vectored<>(buffers, attachment, handler, TimeLimit.of(timeout, unit)));
    }

    @Override
    public CompletableFuture<Integer> write(ByteBuffer source) {
        return operations.write(source);
    }

    /**
     * Writes as {@link AsynchronousSocketChannel} describes it. If the time is up the write fails with
     * {@link java.nio.channels.InterruptedByTimeoutException}, and each later one throws {@link IllegalStateException}.
     * The bytes may be sent all the same, so the buffer must be left alone while the connection lasts. It may still be
     * read; {@link #close} aborts it, since the peer may not have the whole.
     *
     * @param timeout how long the write may be pending; 0 or less for as long as the connection lasts
     * @throws WritePendingException if a write is pending
     * @throws IllegalStateException if a write has timed out
     */
    @Override
    public <A extends @Nullable Object> void write(
            ByteBuffer source,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        Objects.requireNonNull(handler, "handler");
        operations.write(new Operation.Called<>(source, attachment, handler, TimeLimit.of(timeout, unit)));
    }

    /**
     * Writes from several buffers, in their order, at most 64 KiB at a time; with a time limit as
     * {@link #write(ByteBuffer, long, TimeUnit, Object, CompletionHandler)} has it.
     *
     * @param timeout how long the write may be pending; 0 or less for as long as the connection lasts
     * @throws WritePendingException if a write is pending
     * @throws IllegalStateException if a write has timed out
     */
    @Override
    public <A extends @Nullable Object> void write(
            ByteBuffer[] sources,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            A attachment,
            CompletionHandler<Long, ? super A> handler) {
        Objects.requireNonNull(handler, "handler");
        List<ByteBuffer> buffers = of(sources, offset, length);
        operations.write(new Operation.Vectored<>(buffers, attachment, handler, TimeLimit.of(timeout, unit)));
    }

    private static List<ByteBuffer> of(ByteBuffer[] buffers, int offset, int length) {
        Objects.checkFromIndexSize(offset, length, buffers.length);
        return List.of(Arrays.copyOfRange(buffers, offset, offset + length));
    }

    /** Closes the connection in order; aborts it if a write is pending or has timed out. Does not wait. */
    @Override
    public void close() {
        operations.close();
    }

    /**
     * Always fails, since a connection is bound.
     *
     * @throws AlreadyBoundException always, if the channel is open
     * @throws ClosedChannelException if it is closed
     */
    @Override
    public ConnectionChannel bind(@Nullable SocketAddress local) throws ClosedChannelException {
        operations.requireOpen();
        throw new AlreadyBoundException();
    }

    /**
     * Always fails, since a connection is connected.
     *
     * @return fails with {@link ClosedChannelException} if the channel is closed
     * @throws AlreadyConnectedException if it is open
     */
    @Override
    public CompletableFuture<Void> connect(SocketAddress remote) {
        requireClosed();
        return CompletableFuture.failedFuture(new ClosedChannelException());
    }

    /**
     * Always fails, since a connection is connected.
     *
     * @param handler called with {@link ClosedChannelException} if the channel is closed
     * @throws AlreadyConnectedException if it is open
     */
    @Override
    public <A extends @Nullable Object> void connect(
            SocketAddress remote, A attachment, CompletionHandler<Void, ? super A> handler) {
        Objects.requireNonNull(handler, "handler");
        requireClosed();
        operations.callBack(() -> handler.failed(new ClosedChannelException(), attachment));
    }

    private void requireClosed() {
        if (isOpen()) {
            throw new AlreadyConnectedException();
        }
    }

    @Override
    public String toString() {
        return "channel of " + connection() + (isOpen() ? "" : " (closed)");
    }
}
