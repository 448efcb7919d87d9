// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.function.Predicate;

/** A task of the application that runs in a turn of the connection when it is due. May be used from any thread. */
final class ScheduledTask extends CompletableFuture<Void> implements Runnable {
    private final Runnable task;

    ScheduledTask(Runnable task) {
        this.task = Objects.requireNonNull(task, "task");
    }

    /** Sets the timer that triggers it, which is cancelled once this is done. */
    void plan(Future<?> timer) {
        var unused = whenComplete((none, cancelled) -> timer.cancel(false));
    }

    /**
     * Called on the timer's thread when the task is due.
     *
     * @param execute runs it in a turn of the connection, or returns false if the connection is over
     */
    void due(Predicate<Runnable> execute) {
        if (!isDone() && !execute.test(this)) {
            cancel(false);
        }
    }

    /** Runs the task, in a turn of the connection. */
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
