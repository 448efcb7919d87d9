// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.internal.loop.TimingWheel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;

/** One pending acquire. */
final class PoolWaiter extends TimingWheel.Timer {
    final Function<? super PooledConnection, ? extends ConnectionHandler> handler;
    final CompletableFuture<PooledConnection> future = new CompletableFuture<>();
    private final Consumer<PoolWaiter> onDeadline;

    /** Its position in the queue; accessed only on the strand of the pool. */
    long number;

    /** Whether the pool completes it; accessed by the thread that completes the future. */
    private boolean served;

    PoolWaiter(
            Function<? super PooledConnection, ? extends ConnectionHandler> handler, Consumer<PoolWaiter> onDeadline) {
        this.handler = handler;
        this.onDeadline = onDeadline;
    }

    /** Completes the acquire; returns false if it was abandoned. */
    boolean complete(PooledConnection lease) {
        served = true;
        return future.complete(lease);
    }

    /** Returns whether a completed acquire has failed, or was completed by its caller. */
    boolean abandoned() {
        return !served || future.isCompletedExceptionally();
    }

    @Override
    public void expired() {
        onDeadline.accept(this);
    }
}
