// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.Future;

/** What happens when it is time. From any thread. */
public interface Timers extends Clock {

    /**
     * Sets a timer: it expires at this time or soon after, and no longer at the one that it was set to before.
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
     * Runs code once when the dispatcher's threads have taken up what waits for them now; on any thread, which must not
     * be held up.
     */
    void afterRound(Runnable code);
}
