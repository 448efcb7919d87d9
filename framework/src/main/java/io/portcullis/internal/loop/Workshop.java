// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/** The threads of one sort of {@link Work}, and the queue in front of them, which is bounded. */
public final class Workshop {
    /** So many wait; a connection has one look-up or one chunk of a file under way, and one more is refused by name. */
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
     * Runs it on one of the threads, soon.
     *
     * @throws RejectedExecutionException if too many wait, or the dispatcher has ended
     */
    public void run(Runnable task) {
        try {
            threads.execute(task);
        } catch (RejectedExecutionException refused) {
            String why = threads.isShutdown()
                    ? "the dispatcher has ended"
                    : QUEUE + " others wait already for the " + threads.getMaximumPoolSize()
                            + " threads for work of the sort " + work + ", which are slow or too few (taskThreads)";
            throw new RejectedExecutionException(why, refused);
        }
    }

    /** How many wait. */
    public int waiting() {
        return threads.getQueue().size();
    }

    public void end() {
        threads.shutdown();
    }
}
