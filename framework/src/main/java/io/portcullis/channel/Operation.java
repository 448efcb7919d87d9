// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A read or a write that somebody waits for. The thread that has claimed it from its slot completes it, once. */
abstract class Operation {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final ByteBuffer buffer;

    /** Keeps it while it is pending. */
    interface Owner {
        /**
         * Takes back a read; a write that has begun is not taken back, only no longer waited for.
         *
         * @return false if it is over
         */
        boolean withdraw(Operation operation);

        /** Closes the channel that it belongs to. */
        void close();
    }

    Operation(ByteBuffer buffer) {
        this.buffer = buffer;
    }

    /** One without a buffer of the caller's. */
    Operation() {
        this(NOTHING);
    }

    // A read:

    /** Whether nothing can be read into it. */
    boolean readOnly() {
        return buffer.isReadOnly();
    }

    /** Whether a read into it has no room. */
    boolean full() {
        return !buffer.hasRemaining();
    }

    /** Moves what was received, as much as there is room for; returns how much. */
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

    /** What to write next, of which there is something: views of at most so many bytes together. */
    Part next(int most) {
        int begin = buffer.position();
        int count = Math.min(buffer.remaining(), most);
        return new Part(List.of(buffer.slice(begin, count)), count, () -> moveTo(buffer, begin + count));
    }

    /** Everything up to a position has been sent. Its owner may have touched the buffer meanwhile, and shortened it. */
    private static void moveTo(ByteBuffer buffer, int position) {
        buffer.position(Math.min(position, buffer.limit()));
    }

    /**
     * A part of what is to be written.
     *
     * @param views of the buffers, in their order
     * @param count how many bytes they have
     * @param sent moves the positions of the buffers behind it
     */
    record Part(List<ByteBuffer> views, int count, Runnable sent) {}

    /** Whether a write is completed only when nothing is left of it. */
    boolean whole() {
        return false;
    }

    /** Starts its time, if that is limited. */
    void startTime(Runnable expiry) {}

    abstract void completed(int count);

    abstract void failed(Throwable cause);

    /** Whether its completion runs code of the application, which wants a dispatcher thread. */
    abstract boolean callsBack();

    /** One that calls a completion handler, and may have a time limit. */
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

    /** One with a single buffer. */
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

    /** One that completes a future. */
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

        /** Completes the future, unless somebody has given it up. */
        final void complete(T value) {
            future.done(value);
        }

        /**
         * A caller that gives the future up, by a timeout or otherwise, takes back what it stands for, so that no byte
         * is lost.
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

    /** One whose future is the number of bytes. */
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

    /** A read that takes what there is, for whoever is told. */
    abstract static class Taking extends Operation {
        private ByteBuffer taken = NOTHING;

        /** What was taken; nothing at the end of the stream. */
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
