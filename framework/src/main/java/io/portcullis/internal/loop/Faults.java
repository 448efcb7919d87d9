// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.internal.log.FailureLog;
import io.portcullis.internal.log.Guard;
import org.jspecify.annotations.Nullable;

/**
 * Handles failures outside of connections: logs them with a rate limit, and records those caused by a lack of memory.
 * Methods never fail. Thread-safe.
 */
public final class Faults {
    private final Clock clock;
    private final FailureLog failures;

    /** The last lack of memory that reached framework code outside of a connection; {@link #lackSince} is its time. */
    private volatile @Nullable Throwable lack;

    private volatile long lackSince;
    private volatile boolean starved;

    Faults(Clock clock) {
        this.clock = clock;
        this.failures = new FailureLog(clock::now);
    }

    /**
     * Reports that code on a thread of the framework has thrown, which it must not. The log is rate-limited; excess
     * failures are counted.
     */
    public void defect(Throwable failure) {
        suspect(failure);
        tell(FailureLog.Sort.MACHINE, null, failure);
    }

    /** Logs a failure. The log is rate-limited; excess failures are counted. */
    public void tell(FailureLog.Sort sort, @Nullable Object where, Throwable failure) {
        try {
            failures.threw(sort, where, failure);
        } catch (Throwable noMemoryToSaySo) {
            return;
        }
    }

    /** Runs one of several steps that must not keep each other from running. */
    void tryTo(Runnable step) {
        try {
            step.run();
        } catch (Throwable notYet) {
            defect(notYet);
        }
    }

    /**
     * Called for a failure outside of a connection. If it was caused by a lack of memory, the JDK may have lost
     * anything: an accept that it believes to be outstanding, or a thread that no longer waits for the operating system
     * but stays alive. So everything is restarted.
     */
    public void suspect(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            starved = true;
            lackSince = clock.now();
            lack = failure;
        }
    }

    /**
     * Returns the last lack of memory if it occurred at least this long ago and nothing was restarted since, or null.
     */
    @Nullable
    Throwable lackBefore(long nanos) {
        return clock.now() - lackSince >= nanos ? lack : null;
    }

    /** Called when everything is restarted. */
    void beginAnew() {
        lack = null;
        starved = true;
    }

    /** Returns whether the JDK may have lost a channel: then no group terminates by itself. */
    boolean starved() {
        return starved;
    }

    /** Logs how many failures were not logged, if it is time to do so. */
    void look() {
        failures.look();
    }

    /** Logs how many failures were not logged. Called after the last failure. */
    void reportRest() {
        Guard.quietly(failures::logRest);
    }
}
