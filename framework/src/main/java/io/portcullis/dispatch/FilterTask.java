// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.tls.Filter;
import org.jspecify.annotations.Nullable;

/** The task that a filter has asked for, on this thread or on one for tasks. While it runs the filter is left alone. */
final class FilterTask {
    private final SocketConnection connection;
    private final Machine machine;
    private boolean running;

    /** Written by the task's thread before the signal, read by the strand after it. */
    private @Nullable Throwable failure;

    FilterTask(SocketConnection connection, Machine machine) {
        this.connection = connection;
        this.machine = machine;
    }

    boolean running() {
        return running;
    }

    /** Runs it; returns whether it has run already, and the connection goes on. */
    boolean run(Filter filter) {
        Runnable task = filter.task();
        if (task == null) {
            return true;
        }
        if (!filter.tasksMayBlock()) {
            runGuarded(task);
            return passed();
        }
        machine.runTask(() -> {
            runGuarded(task);
            connection.signal(Signal.TASK_DONE);
        });
        running = true;
        return false;
    }

    private void runGuarded(Runnable task) {
        try {
            task.run();
        } catch (Throwable thrown) {
            failure = thrown;
        }
    }

    /** In the turn after the signal. */
    void done() {
        running = false;
        passed();
    }

    private boolean passed() {
        if (failure != null) {
            connection.taskFailed(failure);
        }
        return failure == null;
    }
}
