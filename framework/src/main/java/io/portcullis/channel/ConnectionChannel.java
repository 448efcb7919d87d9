// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import org.jspecify.annotations.Nullable;

/**
 * A connection in the words of {@link AsynchronousByteChannel}, as {@link ChannelHandler} describes them, and what
 * other faces there are on top of these: futures, streams that block, and {@link Flow}. May be used from any thread.
 */
public final class ConnectionChannel implements AsynchronousByteChannel {
    private final ChannelOperations operations;

    ConnectionChannel(ChannelOperations operations) {
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

    @Override
    public <A extends @Nullable Object> void read(
            ByteBuffer target, A attachment, CompletionHandler<Integer, ? super A> handler) {
        operations.read(new Operation.Called<>(target, attachment, Objects.requireNonNull(handler, "handler")));
    }

    @Override
    public CompletableFuture<Integer> read(ByteBuffer target) {
        return operations.read(target);
    }

    @Override
    public <A extends @Nullable Object> void write(
            ByteBuffer source, A attachment, CompletionHandler<Integer, ? super A> handler) {
        operations.write(new Operation.Called<>(source, attachment, Objects.requireNonNull(handler, "handler")));
    }

    @Override
    public CompletableFuture<Integer> write(ByteBuffer source) {
        return operations.write(source);
    }

    @Override
    public void close() {
        operations.close();
    }
}
