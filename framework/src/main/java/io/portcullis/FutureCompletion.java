// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;

/** Completes the future that is the attachment with the outcome of its operation. */
enum FutureCompletion implements CompletionHandler<Void, CompletableFuture<Void>> {
    /** There is no state. */
    INSTANCE;

    @Override
    @SuppressWarnings("NullAway") // Void has only null
    public void completed(Void none, CompletableFuture<Void> future) {
        future.complete(null);
    }

    @Override
    public void failed(Throwable cause, CompletableFuture<Void> future) {
        future.completeExceptionally(cause);
    }
}
