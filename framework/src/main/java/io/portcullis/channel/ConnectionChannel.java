// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Flow;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection in the words of {@link AsynchronousByteChannel}, as {@link ChannelHandler} describes them, and what other
 * faces there are on top of these: futures, streams that block, and {@link Flow}. May be used from any thread.
 */
public final class ConnectionChannel implements AsynchronousByteChannel {
    // Each direction has one slot for its pending operation; whoever takes an operation out of its slot completes it.
    // The connection is paused whenever no read asks for data.

    /** So much at once stays below the high watermark, above which a connection is not read: a channel always may be. */
    private static final int MOST_PER_WRITE = 64 * 1024;

    private final Connection connection;
    private final AtomicReference<@Nullable Operation> reading = new AtomicReference<>();
    private final AtomicReference<@Nullable Operation> writing = new AtomicReference<>();

    /** Bytes that were read for somebody who does not want them any more; the next read has them first. */
    private volatile @Nullable ByteBuffer returned;

    private volatile boolean inputEnded;
    private volatile boolean closed;
    private volatile @Nullable End end;

    private record End(CloseReason reason, @Nullable Throwable cause) {
        /** Whether it was this side that wanted it, as if the channel had been closed. */
        boolean local() {
            return reason == CloseReason.LOCAL_CLOSE
                    || reason == CloseReason.LOCAL_ABORT
                    || reason == CloseReason.SHUTDOWN;
        }
    }

    ConnectionChannel(Connection connection) {
        this.connection = connection;
    }

    /**
     * The connection behind the channel, for its facts, and for {@code startTls} while no read is pending.
     *
     * @return the connection
     */
    public Connection connection() {
        return connection;
    }

    /**
     * Reads what arrives next.
     *
     * @return completes with the bytes, in a buffer that is the caller's; with an empty one at the end of the stream, and only then;
     *     or as {@link #read(ByteBuffer)} fails. {@code cancel(false)} withdraws the read without loss, and so does whatever else completes
     *     the future, such as {@code orTimeout}
     * @throws ReadPendingException if a read is pending
     */
    public CompletableFuture<ByteBuffer> receive() {
        Operation.Chunk operation = new Operation.Chunk(this);
        read(operation);
        return operation.future();
    }

    /**
     * Writes all of a buffer, as {@link #write(ByteBuffer)} writes as much as it likes. Its position and limit stay as they are, so
     * it may be sent to any number of channels at a time.
     *
     * @param source the bytes from position to limit, which belong to the channel until the future completes
     * @return completes when all of them have been handed to the operating system, or as a write fails; its cancellation takes nothing
     *     back
     * @throws WritePendingException if a write is pending
     */
    public CompletableFuture<Void> send(ByteBuffer source) {
        return new Sending(this, source).start();
    }

    /**
     * Streams for code that blocks.
     *
     * @return the streams, of this channel's bytes
     */
    public BlockingStreams streams() {
        return new BlockingStreams(this);
    }

    /**
     * What is received, as a publisher for one subscriber. One buffer is read ahead of the demand; each is the subscriber's own.
     * The end of the stream completes it, a stream that was cut short or failed is an error. Signals come on a dispatcher thread,
     * or on one that requests. Cancelling leaves the connection open, and what was not handed on to the channel, which may be read as
     * soon as {@code cancel} has returned.
     *
     * @return the publisher; no other read may be pending while it has a subscriber
     */
    public Flow.Publisher<ByteBuffer> publisher() {
        return new ChannelPublisher(this);
    }

    /**
     * Sends what is published. Each buffer belongs to the connection until it is sent, and a few are under way at a time. Completion
     * closes the connection in order, an error aborts it; when the connection ends, the subscription is cancelled.
     *
     * @return the subscriber, for one subscription
     */
    public Flow.Subscriber<ByteBuffer> subscriber() {
        return new ConnectionSubscriber(connection);
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public <A extends @Nullable Object> void read(
            ByteBuffer target, A attachment, CompletionHandler<Integer, ? super A> handler) {
        read(new Operation.Called<>(target, attachment, Objects.requireNonNull(handler, "handler")));
    }

    @Override
    public CompletableFuture<Integer> read(ByteBuffer target) {
        Operation.Counted operation = new Operation.Counted(this, target);
        read(operation);
        return operation.future();
    }

    @Override
    public <A extends @Nullable Object> void write(
            ByteBuffer source, A attachment, CompletionHandler<Integer, ? super A> handler) {
        write(new Operation.Called<>(source, attachment, Objects.requireNonNull(handler, "handler")));
    }

    @Override
    public CompletableFuture<Integer> write(ByteBuffer source) {
        Operation.Counted operation = new Operation.Counted(this, source);
        write(operation);
        return operation.future();
    }

    void read(Operation operation) {
        if (operation.buffer.isReadOnly()) {
            throw new IllegalArgumentException("the buffer to read into is read-only");
        }
        if (closed) {
            fail(operation, new ClosedChannelException());
            return;
        }
        if (operation.full()) {
            if (reading.get() != null) {
                throw new ReadPendingException();
            }
            succeed(operation, 0);
            return;
        }
        if (!reading.compareAndSet(null, operation)) {
            throw new ReadPendingException();
        }
        if (closed) {
            failRead(new ClosedChannelException());
        } else if (!connection.execute(this::serveRead)) {
            failReadIfEnded();
        }
    }

    /** In a turn: answers the pending read from what is known, or asks the connection for data. */
    private void serveRead() {
        if (serveReturned()) {
            return;
        }
        if (inputEnded) {
            completeRead(-1);
        } else if (end != null) {
            failReadIfEnded();
        } else {
            connection.resume();
        }
    }

    /** Between this and {@link #ended} one sees the other, so that an operation is never left in its slot. */
    private void failReadIfEnded() {
        End known = end;
        if (known != null && serveReturned()) {
            return;
        }
        if (known != null && inputEnded) {
            completeRead(-1);
        } else if (known != null) {
            failRead(failure(known));
        }
    }

    /** The pending read belongs to whoever takes it out of its slot, and with it what was returned. */
    private boolean serveReturned() {
        ByteBuffer data = returned;
        Operation operation = data == null ? null : reading.getAndSet(null);
        if (data == null || operation == null) {
            return false;
        }
        int count = operation.take(data);
        if (!data.hasRemaining()) {
            returned = null;
        }
        succeed(operation, count);
        return true;
    }

    private void completeRead(int count) {
        Operation operation = reading.getAndSet(null);
        if (operation != null) {
            succeed(operation, count);
        }
    }

    private void failRead(IOException cause) {
        Operation operation = reading.getAndSet(null);
        if (operation != null) {
            fail(operation, cause);
        }
    }

    private void write(Operation operation) {
        ByteBuffer source = operation.buffer;
        if (closed) {
            fail(operation, new ClosedChannelException());
            return;
        }
        if (!source.hasRemaining()) {
            if (writing.get() != null) {
                throw new WritePendingException();
            }
            succeed(operation, 0);
            return;
        }
        if (!writing.compareAndSet(null, operation)) {
            throw new WritePendingException();
        }
        int begin = source.position();
        int count = Math.min(source.remaining(), MOST_PER_WRITE);
        connection.write(source.slice(begin, count), operation, new CompletionHandler<Void, Operation>() {
            @Override
            public void completed(Void none, Operation sent) {
                writing.set(null);
                sent.moveTo(begin + count);
                sent.completed(count);
            }

            @Override
            public void failed(Throwable cause, Operation unsent) {
                writing.set(null);
                unsent.failed(closed ? new AsynchronousCloseException() : asIoException(cause));
            }
        });
    }

    private static IOException asIoException(Throwable cause) {
        return cause instanceof IOException failure ? failure : new IOException(cause);
    }

    /** The bytes that one read has brought are those of the next one; none is pending. */
    void giveBack(ByteBuffer data) {
        returned = data;
    }

    /** Takes back a read; a write that has begun is not taken back, only no longer waited for. */
    boolean withdraw(Operation operation) {
        return reading.compareAndSet(operation, null) || operation.equals(writing.get());
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (writing.get() != null) {
            connection.abort();
        } else {
            connection.close();
        }
        failRead(new AsynchronousCloseException());
    }

    // Told by the connection, in its turn.

    void received(ByteBuffer data) {
        connection.pause();
        Operation operation = serveReturned() ? null : reading.getAndSet(null);
        if (operation == null) {
            return;
        }
        int count;
        try {
            count = operation.take(data);
        } catch (RuntimeException | Error failure) {
            operation.failed(failure);
            throw failure;
        }
        operation.completed(count);
    }

    void inputEnded() {
        inputEnded = true;
        Operation operation = serveReturned() ? null : reading.getAndSet(null);
        if (operation != null) {
            operation.completed(-1);
        }
    }

    void ended(CloseReason reason, @Nullable Throwable cause) {
        End now = new End(reason, cause);
        if (now.local()) {
            closed = true;
        }
        end = now;
        failReadIfEnded();
    }

    private IOException failure(End known) {
        if (known.local()) {
            return new AsynchronousCloseException();
        }
        return new IOException(connection + " has ended: " + known.reason(), known.cause());
    }

    private void succeed(Operation operation, int count) {
        deliver(operation, () -> operation.completed(count));
    }

    private void fail(Operation operation, IOException cause) {
        deliver(operation, () -> operation.failed(cause));
    }

    /** Never calls a completion handler within the call that started its operation: the stack does not grow. */
    private void deliver(Operation operation, Runnable completion) {
        if (!operation.callsBack()) {
            completion.run();
        } else if (!connection.execute(completion)) {
            var unused = CompletableFuture.runAsync(completion);
        }
    }
}
