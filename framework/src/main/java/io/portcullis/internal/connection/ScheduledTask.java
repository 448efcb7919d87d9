// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/** A task of the application's that runs in a connection's turn when its time has come. From any thread. */
final class ScheduledTask extends CompletableFuture<Void> implements Runnable {
    private final Runnable task;

    ScheduledTask(Runnable task) {
        this.task = Objects.requireNonNull(task, "task");
    }

    /** Set by the timer that runs it; no longer needed once this is done. */
    void plan(Future<?> timer) {
        var unused = whenComplete((none, cancelled) -> timer.cancel(false));
    }

    /**
     * Its time has come, on the timer's thread.
     *
     * @param execute has it run in the connection's turn, or returns false if there is none any more
     */
    void due(Predicate<Runnable> execute) {
        if (!isDone() && !execute.test(this)) {
            cancel(false);
        }
    }

    /** In the connection's turn. */
    @Override
    @SuppressWarnings("NullAway") // Void has only null
    public void run() {
        if (isDone()) {
            return;
        }
        try {
            task.run();
        } catch (Throwable failure) {
            completeExceptionally(failure);
            throw failure;
        }
        complete(null);
    }
}
