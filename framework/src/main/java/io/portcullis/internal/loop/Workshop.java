// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads for one kind of {@link Work}, with a bounded queue. */
public final class Workshop {
    /**
     * The capacity of the queue. A connection has at most one lookup or one file chunk pending; if the queue is full,
     * the next task is rejected with a message that names the kind.
     */
    public static final int QUEUE = 10_000;

    private static final int IDLE_SECONDS = 30;

    private final Work work;
    private final ThreadPoolExecutor threads;

    public Workshop(Work work, int size, ThreadFactory factory) {
        this.work = work;
        this.threads = new ThreadPoolExecutor(
                size, size, IDLE_SECONDS, TimeUnit.SECONDS, new LinkedBlockingQueue<>(QUEUE), factory);
        threads.allowCoreThreadTimeOut(true);
    }

    /**
     * Runs a task on one of the threads, soon.
     *
     * @throws RejectedExecutionException if too many tasks are waiting, or the dispatcher has ended
     */
    public void run(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException refused) {
            String why = threads.isShutdown()
                    ? "the dispatcher has ended"
                    : QUEUE + " others wait already for the " + threads.getMaximumPoolSize()
                            + " threads for work of the kind " + work + ": they are slow or too few (taskThreads)";
            throw new RejectedExecutionException(why, refused);
        }
    }

    /** Returns how many tasks are waiting. */
    public int waiting() {
        return threads.getQueue().size();
    }

    public void end() {
        threads.shutdown();
    }
}
