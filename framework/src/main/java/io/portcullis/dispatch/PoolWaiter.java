// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.internal.loop.TimingWheel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** One pending acquire. */
final class PoolWaiter extends TimingWheel.Timer {
    final ConnectionHandler handler;
    final CompletableFuture<PooledConnection> future = new CompletableFuture<>();
    private final Consumer<PoolWaiter> onDeadline;

    /** Its position in the queue; accessed only on the strand of the pool. */
    long number;

    PoolWaiter(ConnectionHandler handler, Consumer<PoolWaiter> onDeadline) {
        this.handler = handler;
        this.onDeadline = onDeadline;
    }

    @Override
    public void expired() {
        onDeadline.accept(this);
    }
}
