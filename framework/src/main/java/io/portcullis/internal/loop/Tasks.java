// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

/** Executes work that may block. Thread-safe. */
@FunctionalInterface
public interface Tasks {

    /**
     * Runs a task that may take long or block on a thread other than the dispatcher threads.
     *
     * @throws java.util.concurrent.RejectedExecutionException if too many tasks of its kind are waiting
     */
    void run(Work work, Runnable task);
}
