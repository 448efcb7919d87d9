// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;

/** A write of all bytes of a buffer: it is pending until its last part has been sent. */
final class Sending extends Operation {
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    /**
     * Creates a write of a view, so that the remaining bytes do not depend on the caller's buffer, which may be sent
     * elsewhere at the same time.
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
