// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.buffer.BufferPool;
import java.util.concurrent.Future;

/** What a connection needs of the dispatcher; a test gives it a virtual clock and a thread of its own. */
interface Machine extends Strand.Host {

    /** Lends the buffers. */
    BufferPool buffers();

    /** Sees to it that there are enough of them. */
    MemoryWatch memory();

    /** The time, in nanoseconds of {@link System#nanoTime()}. */
    long now();

    /**
     * Sets a timer, on any thread: it expires at this time or soon after, and no longer at the one that it was set to before.
     *
     * @param expiry in the time of {@link #now()}; {@link TimingWheel#NEVER} to stop it
     */
    void setTimer(TimingWheel.Timer timer, long expiry);

    /**
     * Runs code once, on the timer's thread, which must not be held up. For what happens seldom and must be exact; the
     * deadlines of connections are timers.
     *
     * @return cancels the plan; never waited for
     */
    Future<?> schedule(Runnable code, long delayNanos);

    /**
     * Runs code once when the dispatcher's threads have taken up what waits for them now; on any thread, which must not be
     * held up.
     */
    void afterRound(Runnable code);

    /**
     * Runs a task that may take long, or block, off the dispatcher threads.
     *
     * @throws java.util.concurrent.RejectedExecutionException if too many of its sort wait
     */
    void run(Work work, Runnable task);
}
