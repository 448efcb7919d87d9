// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.Future;

/** A clock with timers. Thread-safe. */
public interface Timers extends Clock {

    /**
     * Sets a timer: it expires at the given time or soon after, and no longer at the time it was set to before.
     *
     * @param expiry in the time of {@link #now()}; {@link TimingWheel#NEVER} to stop the timer
     */
    void setTimer(TimingWheel.Timer timer, long expiry);

    /**
     * Runs code once on the timer's thread, which must not be blocked. For rare events that need an exact time; the
     * deadlines of connections are timers.
     *
     * @return a future that cancels the code; must not be waited for
     */
    Future<?> schedule(Runnable code, long delayNanos);

    /**
     * Runs code once after the dispatcher's threads have processed what is queued for them now. The code may run on any
     * thread, and must not block it.
     */
    void afterRound(Runnable code);
}
