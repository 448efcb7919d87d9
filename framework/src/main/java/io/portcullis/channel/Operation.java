// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A read or a write that somebody waits for. The thread that has claimed it from its slot completes it, once. */
abstract class Operation {
    final ByteBuffer buffer;

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

    /** Whether a read into it has no room. */
    boolean full() {
        return !buffer.hasRemaining();
    }

    /** Everything up to a position has been sent. Its owner may have touched the buffer meanwhile, and shortened it. */
    final void moveTo(int position) {
        buffer.position(Math.min(position, buffer.limit()));
    }

    /** Moves what was received, as much as there is room for; returns how much. */
    int take(ByteBuffer data) {
        int count = Math.min(data.remaining(), buffer.remaining());
        buffer.put(data.slice(data.position(), count));
        data.position(data.position() + count);
        return count;
    }

    /** Whether a part of what was to be written has been sent, and the rest is to follow before it is completed. */
    boolean goesOn() {
        return false;
    }

    abstract void completed(int count);

    abstract void failed(Throwable cause);

    /** Whether its completion runs code of the application, which wants a dispatcher thread. */
    abstract boolean callsBack();

    /** One that tells a completion handler. */
    static final class Called<A extends @Nullable Object> extends Operation {
        private final A attachment;
        private final CompletionHandler<Integer, ? super A> handler;

        Called(ByteBuffer buffer, A attachment, CompletionHandler<Integer, ? super A> handler) {
            super(buffer);
            this.attachment = attachment;
            this.handler = handler;
        }

        @Override
        void completed(int count) {
            handler.completed(count, attachment);
        }

        @Override
        void failed(Throwable cause) {
            handler.failed(cause, attachment);
        }

        @Override
        boolean callsBack() {
            return true;
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

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private static ByteBuffer copyOf(ByteBuffer data) {
        return ByteBuffer.allocate(data.remaining()).put(data).flip();
    }

    /** A read that takes what there is, for whoever is told. */
    abstract static class Taking extends Operation {
        private ByteBuffer taken = NOTHING;

        Taking() {
            super(NOTHING);
        }

        /** What was taken; nothing at the end of the stream. */
        final ByteBuffer taken() {
            return taken;
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
