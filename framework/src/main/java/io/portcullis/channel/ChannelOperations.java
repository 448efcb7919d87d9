// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * The reads and writes of a connection that is shown as a channel: what all its faces are made of.
 *
 * <p>Each direction has one slot for its pending operation; whoever takes an operation out of its slot completes it.
 * The connection is paused whenever no read asks for data. May be used from any thread.
 */
final class ChannelOperations implements Operation.Owner {
    /**
     * So much at once stays below the high watermark, above which a connection is not read: a channel always may be.
     */
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

    ChannelOperations(Connection connection) {
        this.connection = connection;
    }

    /** Ends a connection by what was thrown elsewhere, as if a callback of its own had thrown it. */
    static void endWith(Connection connection, Throwable thrown) {
        connection.execute(() -> {
            if (thrown instanceof RuntimeException unchecked) {
                throw unchecked;
            }
            if (thrown instanceof Error error) {
                throw error;
            }
            throw new CompletionException(thrown);
        });
    }

    Connection connection() {
        return connection;
    }

    boolean isOpen() {
        return !closed;
    }

    CompletableFuture<Integer> read(ByteBuffer target) {
        Operation.Counted operation = new Operation.Counted(this, target);
        read(operation);
        return operation.future();
    }

    CompletableFuture<Integer> write(ByteBuffer source) {
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

    void write(Operation operation) {
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
        writePart(operation);
    }

    /** The slot is kept until the last part is sent: nobody else's bytes get between two of them. */
    private void writePart(Operation operation) {
        ByteBuffer source = operation.buffer;
        int begin = source.position();
        int count = Math.min(source.remaining(), MOST_PER_WRITE);
        connection.write(source.slice(begin, count), operation, new CompletionHandler<Void, Operation>() {
            @Override
            public void completed(Void none, Operation sent) {
                sent.moveTo(begin + count);
                if (sent.goesOn()) {
                    writePart(sent);
                } else {
                    writing.set(null);
                    sent.completed(count);
                }
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

    @Override
    public boolean withdraw(Operation operation) {
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
