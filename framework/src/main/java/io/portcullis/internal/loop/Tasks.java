// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

/** Where work is done that may block. From any thread. */
@FunctionalInterface
public interface Tasks {

    /**
     * Runs a task that may take long, or block, off the dispatcher threads.
     *
     * @throws java.util.concurrent.RejectedExecutionException if too many of its sort wait
     */
    void run(Work work, Runnable task);
}
