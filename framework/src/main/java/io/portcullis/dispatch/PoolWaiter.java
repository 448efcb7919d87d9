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

    PoolWaiter(
            Function<? super PooledConnection, ? extends ConnectionHandler> handler, Consumer<PoolWaiter> onDeadline) {
        this.handler = handler;
        this.onDeadline = onDeadline;
    }

    @Override
    public void expired() {
        onDeadline.accept(this);
    }
}
