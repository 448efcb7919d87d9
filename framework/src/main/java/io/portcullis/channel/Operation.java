// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A pending read or write. The thread that has taken it out of its slot completes it, once. */
abstract class Operation {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteBuffer buffer;

    /** The holder of an operation while it is pending. */
    interface Owner {
        /**
         * Withdraws a read; a write that has begun cannot be withdrawn, but its result is no longer awaited.
         *
         * @return false if it has already completed
         */
        boolean withdraw(Operation operation);

        /** Closes the channel that it belongs to. */
        void close();
    }

    Operation(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** An operation without a buffer of the caller's. */
    Operation() {
        this(NOTHING);
    }

    // A read:

    /** Whether nothing can be read into it. */
    boolean readOnly() {
        return buffer.isReadOnly();
    }

    /** Whether there is no space left to read into. */
    boolean full() {
        return !buffer.hasRemaining();
    }

    /** Copies received bytes, as many as there is space for; returns their number. */
    int take(ByteBuffer data) {
        return move(data, buffer);
    }

    private static int move(ByteBuffer data, ByteBuffer target) {
        int count = Math.min(data.remaining(), target.remaining());
        target.put(data.slice(data.position(), count));
        data.position(data.position() + count);
        return count;
    }

    // A write:

    /** Whether there is nothing to write. */
    boolean empty() {
        return !buffer.hasRemaining();
    }

    /** Returns the next bytes to write, at least one: views of at most the given number of bytes in total. */
    Part next(int most) {
        int begin = buffer.position();
        int count = Math.min(buffer.remaining(), most);
        return new Part(List.of(buffer.slice(begin, count)), count, () -> moveTo(buffer, begin + count));
    }

    /**
     * Called when all bytes up to a position have been sent. The owner may have shortened the buffer in the meantime.
     */
    private static void moveTo(ByteBuffer buffer, int position) {
        buffer.position(Math.min(position, buffer.limit()));
    }

    /**
     * A part of what is to be written.
     *
     * @param views views of the buffers, in order
     * @param count the number of their bytes
     * @param sent advances the positions of the buffers past this part
     */
    record Part(List<ByteBuffer> views, int count, Runnable sent) {}

    /** Whether a write completes only when all its bytes have been sent. */
    boolean whole() {
        return false;
    }

    /** Starts the time limit, if there is one. */
    void startTime(Runnable expiry) {}

    abstract void completed(int count);

    abstract void failed(Throwable cause);

    /** Whether its completion runs application code, which needs a dispatcher thread. */
    abstract boolean callsBack();

    /** An operation that calls a completion handler, and may have a time limit. */
    abstract static class Calling<V, A extends @Nullable Object> extends Operation {
        private final A attachment;
        private final CompletionHandler<V, ? super A> handler;
        private final @Nullable TimeLimit limit;

        Calling(ByteBuffer buffer, A attachment, CompletionHandler<V, ? super A> handler, @Nullable TimeLimit limit) {
            super(buffer);
            this.attachment = attachment;
            this.handler = handler;
            this.limit = limit;
        }

        final void complete(V result) {
            stopTime();
            handler.completed(result, attachment);
        }

        @Override
        final void failed(Throwable cause) {
            stopTime();
            handler.failed(cause, attachment);
        }

        @Override
        final void startTime(Runnable expiry) {
            if (limit != null) {
                limit.start(expiry);
            }
        }

        private void stopTime() {
            if (limit != null) {
                limit.over();
            }
        }

        @Override
        final boolean callsBack() {
            return true;
        }
    }

    /** An operation with a single buffer. */
    static final class Called<A extends @Nullable Object> extends Calling<Integer, A> {
        Called(
                ByteBuffer buffer,
                A attachment,
                CompletionHandler<Integer, ? super A> handler,
                @Nullable TimeLimit limit) {
            super(buffer, attachment, handler, limit);
        }

        @Override
        void completed(int count) {
            complete(count);
        }
    }

    /** A scattering read, or a gathering write. */
    static final class Vectored<A extends @Nullable Object> extends Calling<Long, A> {
        private final List<ByteBuffer> buffers;

        Vectored(
                List<ByteBuffer> buffers,
                A attachment,
                CompletionHandler<Long, ? super A> handler,
                @Nullable TimeLimit limit) {
            super(NOTHING, attachment, handler, limit);
            this.buffers = buffers;
        }

        @Override
        void completed(int count) {
            complete((long) count);
        }

        @Override
        boolean readOnly() {
            return buffers.stream().anyMatch(ByteBuffer::isReadOnly);
        }

        @Override
        boolean full() {
            return empty();
        }

        @Override
        boolean empty() {
            return buffers.stream().noneMatch(ByteBuffer::hasRemaining);
        }

        @Override
        int take(ByteBuffer data) {
            int count = 0;
            for (ByteBuffer target : buffers) {
                count += move(data, target);
            }
            return count;
        }

        @Override
        Part next(int most) {
            List<ByteBuffer> views = new ArrayList<>();
            List<Runnable> moves = new ArrayList<>();
            int count = 0;
            for (ByteBuffer source : buffers) {
                int begin = source.position();
                int length = Math.min(source.remaining(), most - count);
                if (length > 0) {
                    views.add(source.slice(begin, length));
                    moves.add(() -> moveTo(source, begin + length));
                    count += length;
                }
            }
            return new Part(views, count, () -> moves.forEach(Runnable::run));
        }
    }

    /** An operation that completes a future. */
    abstract static class Awaited<T> extends Operation {
        private final Owner owner;
        private final Result future = new Result();

        Awaited(Owner owner, ByteBuffer buffer) {
            super(buffer);
            this.owner = owner;
        }

        final CompletableFuture<T> future() {
            return future;
        }

        @Override
        final void failed(Throwable cause) {
            future.broken(cause);
        }

        @Override
        final boolean callsBack() {
            return false;
        }

        /** Completes the future, unless it has been cancelled or completed otherwise. */
        final void complete(T value) {
            future.done(value);
        }

        /**
         * Withdraws the operation if the caller cancels or completes the future, with a timeout or otherwise, so that
         * no byte is lost.
         */
        private final class Result extends CompletableFuture<T> {
            void done(T value) {
                super.complete(value);
            }

            void broken(Throwable cause) {
                super.completeExceptionally(cause);
            }

            @Override
            public boolean complete(T value) {
                return owner.withdraw(Awaited.this) && super.complete(value);
            }

            @Override
            public boolean completeExceptionally(Throwable cause) {
                return owner.withdraw(Awaited.this) && super.completeExceptionally(cause);
            }

            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                if (!owner.withdraw(Awaited.this) || !super.cancel(mayInterruptIfRunning)) {
                    return false;
                }
                if (mayInterruptIfRunning) {
                    owner.close();
                }
                return true;
            }
        }
    }

    /** An operation whose future completes with the number of bytes. */
    static final class Counted extends Awaited<Integer> {
        Counted(Owner owner, ByteBuffer buffer) {
            super(owner, buffer);
        }

        @Override
        void completed(int count) {
            complete(count);
        }
    }

    private static ByteBuffer copyOf(ByteBuffer data) {
        return ByteBuffer.allocate(data.remaining()).put(data).flip();
    }

    /** A read that takes all available bytes, in its own buffer. */
    abstract static class Taking extends Operation {
        private ByteBuffer taken = NOTHING;

        /** The bytes read; empty at the end of the stream. */
        final ByteBuffer taken() {
            return taken;
        }

        @Override
        final boolean readOnly() {
            return false;
        }

        @Override
        final boolean full() {
            return false;
        }

        @Override
        final int take(ByteBuffer data) {
            taken = copyOf(data);
            return taken.remaining();
        }
    }

    /** The same with a future. */
    static final class Chunk extends Awaited<ByteBuffer> {
        private ByteBuffer taken = NOTHING;

        Chunk(Owner owner) {
            super(owner, NOTHING);
        }

        @Override
        boolean full() {
            return false;
        }

        @Override
        int take(ByteBuffer data) {
            taken = copyOf(data);
            return taken.remaining();
        }

        @Override
        void completed(int count) {
            complete(taken);
        }
    }
}
