// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** Writes until nothing is left: each part when the one before is sent. */
final class Sending implements CompletionHandler<Integer, @Nullable Void> {
    private final AsynchronousByteChannel channel;
    /**
     * A view, so that what is left to do depends on nobody else, and the caller's may be sent elsewhere at the same
     * time.
     */
    private final ByteBuffer view;

    private final CompletableFuture<Void> future = new CompletableFuture<>();

    Sending(AsynchronousByteChannel channel, ByteBuffer source) {
        this.channel = channel;
        this.view = source.duplicate();
    }

    /** Begins; to be called once. */
    CompletableFuture<Void> start() {
        channel.write(view, null, this);
        return future;
    }

    @Override
    @SuppressWarnings("NullAway") // Void has only null
    public void completed(Integer count, @Nullable Void none) {
        if (view.hasRemaining()) {
            channel.write(view, null, this);
        } else {
            future.complete(null);
        }
    }

    @Override
    public void failed(Throwable cause, @Nullable Void none) {
        future.completeExceptionally(cause);
    }
}
