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
 * The reads and writes of a connection that is exposed as a channel; the basis of all its faces.
 *
 * <p>Each direction has one slot for its pending operation; the thread that takes an operation out of its slot
 * completes it. The connection is paused while no read is pending. May be used from any thread.
 */
final class ChannelOperations implements Operation.Owner {
    /**
     * The maximum size of one write; below the high watermark, above which a connection is not read, because a channel
     * can always be read.
     */
    private static final int MOST_PER_WRITE = 64 * 1024;

    /** Writes complete in order, so the result of the last write of a part applies to the whole part. */
    private static final CompletionHandler<Void, Object> UNHEARD = new CompletionHandler<>() {
        @Override
        public void completed(Void none, Object channel) {}

        @Override
        public void failed(Throwable cause, Object channel) {}
    };

    private final Connection connection;
    private final Slot reading = new Slot("reading", ReadPendingException::new);
    private final Slot writing = new Slot("writing", WritePendingException::new);

    /** Bytes of a read that was withdrawn; the next read returns them first. */
    private volatile @Nullable ByteBuffer returned;

    private volatile boolean inputEnded;
    private volatile boolean inputShutdown;
    private volatile boolean outputShutdown;
    private volatile boolean closed;
    private volatile @Nullable End end;

    private record End(CloseReason reason, @Nullable Throwable cause) {
        /** Whether this side ended it, as if the channel had been closed. */
        boolean local() {
            return reason == CloseReason.LOCAL_CLOSE
                    || reason == CloseReason.LOCAL_ABORT
                    || reason == CloseReason.SHUTDOWN;
        }
    }

    ChannelOperations(Connection connection) {
        this.connection = connection;
    }

    /** Ends a connection with an exception thrown elsewhere, as if one of its callbacks had thrown it. */
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

    /** Times a read out; bytes that arrive later are not delivered to it. */
    private void expireRead(Operation operation) {
        if (reading.expire(operation)) {
            fail(operation, new InterruptedByTimeoutException());
        }
    }

    /** In a turn: completes the pending read from the known state, or requests data from the connection. */
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

    /** In a turn: discards everything that has arrived or will arrive. */
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

    /** Ends the output after a pending write has been sent. */
    void shutdownOutput() throws ClosedChannelException {
        requireOpen();
        outputShutdown = true;
        shutdownOutputIfIdle();
    }

    /**
     * At least one of two threads sees the other: the one that shuts the output down, and the one that completes a
     * write.
     */
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

    /** At least one of this method and {@link #ended} sees the other, so that no operation is left in its slot. */
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

    /** The thread that takes the pending read out of its slot owns it, and the returned bytes. */
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

    /** Keeps the slot until the last part has been sent, so that no other bytes come between two parts. */
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

    /** Times a write out. It may still be sent, and the channel accepts no other write. */
    private void expireWrite(Operation operation) {
        if (writing.expire(operation)) {
            shutdownOutputIfIdle();
            fail(operation, new InterruptedByTimeoutException());
        }
    }

    private static IOException asIoException(Throwable cause) {
        return cause instanceof IOException failure ? failure : new IOException(cause);
    }

    /** Leaves the bytes of a withdrawn read to the next one; called while no read is pending. */
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

    // Callbacks of the connection, in its turn:

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

    /** Never calls a completion handler within the call that started its operation, so the stack does not grow. */
    void callBack(Runnable completion) {
        if (!connection.execute(completion)) {
            var unused = CompletableFuture.runAsync(completion);
        }
    }
}
