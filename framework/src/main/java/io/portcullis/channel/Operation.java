// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A read or a write that somebody waits for. Whoever has claimed it from its slot completes it, once. */
abstract class Operation {
    final ByteBuffer buffer;

    Operation(ByteBuffer buffer) {
        this.buffer = buffer;
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
    static final class Awaited extends Operation {
        private final ConnectionChannel channel;
        private final Result future = new Result();

        Awaited(ConnectionChannel channel, ByteBuffer buffer) {
            super(buffer);
            this.channel = channel;
        }

        CompletableFuture<Integer> future() {
            return future;
        }

        @Override
        void completed(int count) {
            future.complete(count);
        }

        @Override
        void failed(Throwable cause) {
            future.completeExceptionally(cause);
        }

        @Override
        boolean callsBack() {
            return false;
        }

        private final class Result extends CompletableFuture<Integer> {
            @Override
            public boolean cancel(boolean mayInterruptIfRunning) {
                if (!channel.withdraw(Awaited.this) || !super.cancel(mayInterruptIfRunning)) {
                    return false;
                }
                if (mayInterruptIfRunning) {
                    channel.close();
                }
                return true;
            }
        }
    }
}
