// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A write that goes on until nothing is left: it is pending until its last part is sent. */
final class Sending extends Operation {
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    /**
     * Of a view, so that what is left to do depends on nobody else, and the caller's buffer may be sent elsewhere at
     * the same time.
     */
    Sending(ByteBuffer source) {
        super(source.duplicate());
    }

    CompletableFuture<Void> future() {
        return future;
    }

    @Override
    boolean whole() {
        return true;
    }

    @Override
    @SuppressWarnings("NullAway") // Void has only null
    void completed(int count) {
        future.complete(null);
    }

    @Override
    void failed(Throwable cause) {
        future.completeExceptionally(cause);
    }

    @Override
    boolean callsBack() {
        return true;
    }
}
