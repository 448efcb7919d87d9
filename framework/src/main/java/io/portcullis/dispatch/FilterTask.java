// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.Filter;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** A task that a filter has asked for and that may block, on a thread for tasks. Until it is done the filter is left alone. */
final class FilterTask implements Runnable {
    private final SocketConnection connection;
    private final Runnable work;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** Written by the task's thread before the signal, read by the strand after it. */
    private @Nullable Throwable failure;

    private FilterTask(SocketConnection connection, Runnable work) {
        this.connection = connection;
        this.work = work;
    }

    /**
     * Runs the task of a filter, at once unless it may block.
     *
     * @return the task if it runs elsewhere, or null if there is nothing to wait for
     */
    static @Nullable FilterTask start(Filter filter, SocketConnection connection, Machine machine) {
        Runnable work = filter.task();
        if (work == null) {
            return null;
        }
        if (filter.tasksMayBlock()) {
            return startElsewhere(new FilterTask(connection, work), machine);
        }
        try {
            work.run();
        } catch (Throwable failure) {
            connection.taskFailed(failure);
        }
        return null;
    }

    private static @Nullable FilterTask startElsewhere(FilterTask task, Machine machine) {
        try {
            machine.run(Work.TASK, task);
            return task;
        } catch (RejectedExecutionException tooMany) {
            task.connection.taskRefused(tooMany);
            return null;
        } catch (Throwable noMemory) {
            // An executor may throw although it has taken the task; then the filter must be left alone until it is done
            if (task.take()) {
                throw noMemory;
            }
            return task;
        }
    }

    /** By who comes first: the thread that runs it, or the strand, because it could not be started. */
    private boolean take() {
        return taken.compareAndSet(false, true);
    }

    @Override
    public void run() {
        if (!take()) {
            return;
        }
        try {
            work.run();
        } catch (Throwable thrown) {
            failure = thrown;
        }
        connection.signal(Signal.TASK_DONE);
    }

    /** In the turn after the signal. */
    void done() {
        if (failure != null) {
            connection.taskFailed(failure);
        }
    }
}
