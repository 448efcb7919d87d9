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
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A connection in the words of {@link AsynchronousByteChannel}. Each direction has one slot for its pending operation;
 * whoever takes an operation out of its slot completes it. The connection is paused whenever no read asks for data.
 */
final class ConnectionChannel implements AsynchronousByteChannel {
    /** So much at once stays below the high watermark, above which a connection is not read: a channel always may be. */
    private static final int MOST_PER_WRITE = 64 * 1024;

    private final Connection connection;
    private final AtomicReference<@Nullable Operation> reading = new AtomicReference<>();
    private final AtomicReference<@Nullable Operation> writing = new AtomicReference<>();
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
    public Future<Integer> read(ByteBuffer target) {
        Operation.Awaited operation = new Operation.Awaited(this, target);
        read(operation);
        return operation.future();
    }

    @Override
    public <A extends @Nullable Object> void write(
            ByteBuffer source, A attachment, CompletionHandler<Integer, ? super A> handler) {
        write(new Operation.Called<>(source, attachment, Objects.requireNonNull(handler, "handler")));
    }

    @Override
    public Future<Integer> write(ByteBuffer source) {
        Operation.Awaited operation = new Operation.Awaited(this, source);
        write(operation);
        return operation.future();
    }

    private void read(Operation operation) {
        if (operation.buffer.isReadOnly()) {
            throw new IllegalArgumentException("the buffer to read into is read-only");
        }
        if (closed) {
            fail(operation, new ClosedChannelException());
            return;
        }
        if (!operation.buffer.hasRemaining()) {
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
        if (known != null && inputEnded) {
            completeRead(-1);
        } else if (known != null) {
            failRead(failure(known));
        }
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
        int count = Math.min(source.remaining(), MOST_PER_WRITE);
        connection.write(source.slice(source.position(), count), operation, new CompletionHandler<Void, Operation>() {
            @Override
            public void completed(Void none, Operation sent) {
                sent.buffer.position(sent.buffer.position() + count);
                writing.set(null);
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

    /** Takes back a read; a write that has begun is not taken back, only no longer waited for. */
    boolean withdraw(Operation operation) {
        return reading.compareAndSet(operation, null) || writing.get() == operation;
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
        Operation operation = reading.getAndSet(null);
        if (operation == null) {
            return;
        }
        int count = Math.min(data.remaining(), operation.buffer.remaining());
        operation.buffer.put(data.slice(data.position(), count));
        data.position(data.position() + count);
        operation.completed(count);
    }

    void inputEnded() {
        inputEnded = true;
        Operation operation = reading.getAndSet(null);
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
