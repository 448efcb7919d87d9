// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.util.concurrent.CompletableFuture;

/** Owns the threads, deadlines and buffers of any number of servers and clients. */
public final class Dispatcher implements AutoCloseable {
    private Dispatcher() {}

    /**
     * A dispatcher with default settings.
     *
     * @return the dispatcher
     * @throws IOException if the system gives no channel group
     */
    public static Dispatcher create() throws IOException {
        return builder().build();
    }

    /**
     * Starts the settings of a dispatcher.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /** Ends every connection with {@code SHUTDOWN} and then the threads. Does not wait; {@link #closed()} does. */
    @Override
    public void close() {
        throw new UnsupportedOperationException();
    }

    /**
     * Completes when the last thread has ended.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        throw new UnsupportedOperationException();
    }

    /** Settings of a dispatcher. */
    public static final class Builder {
        Builder() {}

        /**
         * Sets the number of threads.
         *
         * @param threads how many
         * @return this
         */
        public Builder threads(int threads) {
            return this;
        }

        /**
         * Makes the dispatcher.
         *
         * @return the dispatcher
         * @throws IOException if the system gives no channel group
         */
        public Dispatcher build() throws IOException {
            throw new UnsupportedOperationException();
        }
    }
}
