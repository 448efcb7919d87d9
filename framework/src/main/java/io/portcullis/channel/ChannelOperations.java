// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
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

    /** The completions of writes come in their order: what becomes of the last one of a part holds for all. */
    private static final CompletionHandler<Void, Object> UNHEARD = new CompletionHandler<>() {
        @Override
        public void completed(Void none, Object channel) {}

        @Override
        public void failed(Throwable cause, Object channel) {}
    };

    private final Connection connection;
    private final Slot reading = new Slot("reading", ReadPendingException::new);
    private final Slot writing = new Slot("writing", WritePendingException::new);

    /** Bytes that were read for somebody who does not want them any more; the next read has them first. */
    private volatile @Nullable ByteBuffer returned;

    private volatile boolean inputEnded;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
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
        if (operation.readOnly()) {
            throw new IllegalArgumentException("a buffer to read into is read-only");
        }
        if (closed) {
            fail(operation, new ClosedChannelException());
            return;
        }
        if (inputShutdown || operation.full()) {
            reading.requireFree();
            succeed(operation, inputShutdown ? -1 : 0);
            return;
        }
        reading.put(operation);
        operation.startTime(() -> expireRead(operation));
        if (closed) {
            failRead(new ClosedChannelException());
        } else if (!connection.execute(this::serveRead)) {
            failReadIfEnded();
        }
    }

    /** A read whose time is up leaves what arrives later where it is. */
    private void expireRead(Operation operation) {
        if (reading.expire(operation)) {
            fail(operation, new InterruptedByTimeoutException());
        }
    }

    /** In a turn: completes the pending read from what is known, or asks the connection for data. */
    private void serveRead() {
        if (inputShutdown) {
            discardInput();
        } else if (serveReturned()) {
            return;
        } else if (inputEnded) {
            completeRead(-1);
        } else if (end != null) {
            failReadIfEnded();
        } else {
            connection.resume();
        }
    }

    /** In a turn: what has arrived, and will, is for nobody. */
    private void discardInput() {
        returned = null;
        completeRead(-1);
        connection.resume();
    }

    void shutdownInput() throws ClosedChannelException {
        requireOpen();
        inputShutdown = true;
        connection.execute(this::discardInput);
    }

    /** A write that is pending is sent first. */
    void shutdownOutput() throws ClosedChannelException {
        requireOpen();
        outputShutdown = true;
        shutdownOutputIfIdle();
    }

    /** One of those sees the other: the thread that shuts the output down, and the one that completes a write. */
    private void shutdownOutputIfIdle() {
        if (outputShutdown && !writing.pending()) {
            connection.shutdownOutput();
        }
    }

    void requireOpen() throws ClosedChannelException {
        if (closed) {
            throw new ClosedChannelException();
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
        Operation operation = data == null ? null : reading.take();
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
        Operation operation = reading.take();
        if (operation != null) {
            succeed(operation, count);
        }
    }

    private void failRead(IOException cause) {
        Operation operation = reading.take();
        if (operation != null) {
            fail(operation, cause);
        }
    }

    void write(Operation operation) {
        if (closed) {
            fail(operation, new ClosedChannelException());
            return;
        }
        if (outputShutdown || operation.empty()) {
            writing.requireFree();
            if (outputShutdown) {
                fail(operation, new ClosedChannelException());
            } else {
                succeed(operation, 0);
            }
            return;
        }
        writing.put(operation);
        operation.startTime(() -> expireWrite(operation));
        writePart(operation);
    }

    /** The slot is kept until the last part is sent: nobody else's bytes get between two of them. */
    private void writePart(Operation operation) {
        Operation.Part part = operation.next(MOST_PER_WRITE);
        List<ByteBuffer> views = part.views();
        int last = views.size() - 1;
        for (ByteBuffer view : views.subList(0, last)) {
            connection.write(view, this, UNHEARD);
        }
        connection.write(views.get(last), operation, new CompletionHandler<Void, Operation>() {
            @Override
            public void completed(Void none, Operation sent) {
                partSent(sent, part);
            }

            @Override
            public void failed(Throwable cause, Operation unsent) {
                if (writing.take(unsent)) {
                    shutdownOutputIfIdle();
                    unsent.failed(closed ? new AsynchronousCloseException() : asIoException(cause));
                }
            }
        });
    }

    private void partSent(Operation operation, Operation.Part part) {
        if (operation.whole()) {
            part.sent().run();
        }
        if (operation.whole() && !operation.empty()) {
            writePart(operation);
        } else if (writing.take(operation)) {
            part.sent().run();
            shutdownOutputIfIdle();
            operation.completed(part.count());
        }
    }

    /** A write whose time is up may be sent all the same, and the channel takes no other one. */
    private void expireWrite(Operation operation) {
        if (writing.expire(operation)) {
            shutdownOutputIfIdle();
            fail(operation, new InterruptedByTimeoutException());
        }
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
        return reading.take(operation) || writing.holds(operation);
    }

    @Override
    public void close() {
        if (closed) {
            return;
        }
        closed = true;
        if (writing.free()) {
            connection.close();
        } else {
            connection.abort();
        }
        failRead(new AsynchronousCloseException());
    }

    // Told by the connection, in its turn.

    void received(ByteBuffer data) {
        if (inputShutdown) {
            data.position(data.limit());
            completeRead(-1);
            return;
        }
        connection.pause();
        Operation operation = serveReturned() ? null : reading.take();
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
        Operation operation = serveReturned() ? null : reading.take();
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

    private void deliver(Operation operation, Runnable completion) {
        if (operation.callsBack()) {
            callBack(completion);
        } else {
            completion.run();
        }
    }

    /** Never calls a completion handler within the call that started its operation: the stack does not grow. */
    void callBack(Runnable completion) {
        if (!connection.execute(completion)) {
            var unused = CompletableFuture.runAsync(completion);
        }
    }
}
