// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;

/** Runs its tasks when the test says so, on the thread of the test. */
final class ManualExecutor implements Executor {
    final ArrayDeque<Runnable> tasks = new ArrayDeque<>();

    /** How many tasks it has accepted. */
    int accepted;

    boolean refusing;

    @Override
    public void execute(Runnable task) {
        if (refusing) {
            throw new RejectedExecutionException("shut down");
        }
        accepted++;
        tasks.add(task);
    }

    void runOne() {
        tasks.remove().run();
    }

    void runAll() {
        while (!tasks.isEmpty()) {
            runOne();
        }
    }
}
