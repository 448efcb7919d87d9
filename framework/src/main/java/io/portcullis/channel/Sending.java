// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Writes until nothing is left: each part when the one before is sent. */
final class Sending implements CompletionHandler<Integer, @Nullable Void> {
    private final ConnectionChannel channel;
    private final ByteBuffer source;
    private final CompletableFuture<Void> future = new CompletableFuture<>();

    Sending(ConnectionChannel channel, ByteBuffer source) {
        this.channel = channel;
        this.source = source;
    }

    CompletableFuture<Void> future() {
        return future;
    }

    @Override
    @SuppressWarnings("NullAway") // Void has only null
    public void completed(Integer count, @Nullable Void none) {
        if (source.hasRemaining()) {
            channel.write(source, null, this);
        } else {
            future.complete(null);
        }
    }

    @Override
    public void failed(Throwable cause, @Nullable Void none) {
        future.completeExceptionally(cause);
    }
}
