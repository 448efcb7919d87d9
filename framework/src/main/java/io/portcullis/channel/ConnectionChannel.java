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
 * A connection as an {@link AsynchronousSocketChannel}, plain or over TLS, as described at {@link ChannelHandler}, and
 * the other faces of a connection that are built on it: futures, blocking streams, and {@link Flow}. It is bound and
 * connected from the beginning. May be used from any thread.
 */
public final class ConnectionChannel extends AsynchronousSocketChannel {
    private final ChannelOperations operations;

    ConnectionChannel(ChannelOperations operations) {
        super(AsynchronousChannelProvider.provider());
        this.operations = operations;
    }

    /**
     * Returns the connection behind the channel, for its properties, and for {@code startTls} while no read is pending.
     *
     * @return the connection
     */
    public Connection connection() {
        return operations.connection();
    }

    /**
     * Reads the bytes that arrive next.
     *
     * @return completes with the bytes, in a buffer that the caller owns; with an empty one only at the end of the
     *     stream; or exceptionally like {@link #read(ByteBuffer)}. {@code cancel(false)} withdraws the read without
     *     loss, and so does completing the future in another way, such as with {@code orTimeout}
     * @throws ReadPendingException if a read is pending
     */
    public CompletableFuture<ByteBuffer> receive() {
        Operation.Chunk operation = new Operation.Chunk(operations);
        operations.read(operation);
        return operation.future();
    }

    /**
     * Writes all bytes of a buffer, unlike {@link #write(ByteBuffer)}, which may write fewer. The buffer's position and
     * limit are not changed, so it may be sent to any number of channels at the same time.
     *
     * @param source the bytes from position to limit, which belong to the channel until the future completes
     * @return completes when all of them have been handed to the operating system, or exceptionally like a write;
     *     cancelling it does not revoke the write
     * @throws WritePendingException if a write is pending
     */
    public CompletableFuture<Void> send(ByteBuffer source) {
        Sending sending = new Sending(source);
        operations.write(sending);
        return sending.future();
    }

    /**
     * Returns streams for blocking code.
     *
     * @return the streams over this channel
     */
    public BlockingStreams streams() {
        return new BlockingStreams(operations);
    }

    /**
     * Returns a publisher of the received bytes, for one subscriber. One buffer is read ahead of the demand; the
     * subscriber owns each buffer that it receives. The end of the stream completes the publisher; a truncated or
     * failed stream is an error. Signals are emitted on a dispatcher thread, or on a thread that calls {@code request}.
     * Cancelling leaves the connection open and the bytes that were not emitted in the channel, which may be read as
     * soon as {@code cancel} has returned.
     *
     * @return the publisher; no other read may be pending while it has a subscriber
     */
    public Flow.Publisher<ByteBuffer> publisher() {
        return new ChannelPublisher(operations);
    }

    /**
     * Returns a subscriber that sends the published buffers. Each buffer belongs to the connection until it has been
     * sent, and a few are in flight at a time. Completion closes the connection gracefully, and an error aborts it;
     * when the connection ends, the subscription is cancelled.
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
     * Returns the address of the peer; behind a trusted proxy, that of the client ({@link Connection#remoteAddress}).
     *
     * @throws ClosedChannelException if the channel is closed
     */
    @Override
    public InetSocketAddress getRemoteAddress() throws ClosedChannelException {
        operations.requireOpen();
        return connection().remoteAddress();
    }

    /**
     * Returns the local address.
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
     * Returns an option of the socket, also over TLS ({@link Connection#option}).
     *
     * @throws ClosedChannelException if the channel is closed, or the connection has ended
     */
    @Override
    public <T> T getOption(SocketOption<T> name) throws IOException {
        operations.requireOpen();
        return connection().option(name);
    }

    /**
     * Sets an option of the socket, also over TLS ({@link Connection#setOption}).
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
     * Ends reading: a pending read returns -1, and so does each later one. Bytes that the peer sends from then on are
     * received and discarded, so that the end of its stream is detected; the peer does not notice this. Writes
     * continue. Further calls have no effect.
     *
     * @throws ClosedChannelException if the channel is closed
     */
    @Override
    public ConnectionChannel shutdownInput() throws ClosedChannelException {
        operations.shutdownInput();
        return this;
    }

    /**
     * Ends the output and continues to read (half-close): sends pending writes, then close_notify over TLS, then the
     * end of the stream ({@link Connection#shutdownOutput}). Each later write fails with
     * {@link ClosedChannelException}. Further calls have no effect. Does not wait.
     *
     * <p>With TLS 1.3 the peer may continue to send (RFC 8446, 6.1). With TLS 1.2 it must respond with a close_notify
     * immediately and discard pending writes (RFC 5246, 7.2.1): reads return the bytes that arrived before that, and
     * then -1.
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
     * Reads as specified by {@link AsynchronousSocketChannel}. On timeout the read fails with
     * {@link java.nio.channels.InterruptedByTimeoutException}, and each later one throws {@link IllegalStateException};
     * bytes that arrive from then on are not delivered. The connection stays open and may be written to.
     *
     * @param timeout how long the read may be pending; 0 or less for no limit
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
     * Reads into several buffers in order, as many bytes as have arrived and there is space for; with the timeout of
     * {@link #read(ByteBuffer, long, TimeUnit, Object, CompletionHandler)}.
     *
     * @param timeout how long the read may be pending; 0 or less for no limit
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
     * Writes as specified by {@link AsynchronousSocketChannel}. On timeout the write fails with
     * {@link java.nio.channels.InterruptedByTimeoutException}, and each later one throws {@link IllegalStateException}.
     * The bytes may still be sent, so the buffer must not be touched for the lifetime of the connection. The connection
     * may still be read; {@link #close} aborts it, because the peer may not have received all bytes.
     *
     * @param timeout how long the write may be pending; 0 or less for no limit
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
     * Writes from several buffers in order, at most 64 KiB at a time; with the timeout of {@link #write(ByteBuffer,
     * long, TimeUnit, Object, CompletionHandler)}.
     *
     * @param timeout how long the write may be pending; 0 or less for no limit
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

    /** Closes the connection gracefully; aborts it if a write is pending or has timed out. Does not wait. */
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
