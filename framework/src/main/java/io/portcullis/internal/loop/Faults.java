// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.internal.log.FailureLog;
import io.portcullis.internal.log.Guard;
import org.jspecify.annotations.Nullable;

/**
 * What has failed outside of connections: told in a few lines, and remembered if it was for lack of memory. Never
 * fails. From any thread.
 */
public final class Faults {
    private final Clock clock;
    private final FailureLog failures;

    /** The last lack of memory that reached code of ours outside of a connection, and when that was. */
    private volatile @Nullable Throwable lack;

    private volatile long lackSince;
    private volatile boolean starved;

    Faults(Clock clock) {
        this.clock = clock;
        this.failures = new FailureLog(clock::now);
    }

    /** Something that runs on a thread of ours has thrown, which it must not: a few lines, and then their number. */
    public void defect(Throwable failure) {
        suspect(failure);
        tell(FailureLog.Sort.MACHINE, null, failure);
    }

    /** Logs a failure: a few lines, and then their number. */
    public void tell(FailureLog.Sort sort, @Nullable Object where, Throwable failure) {
        try {
            failures.threw(sort, where, failure);
        } catch (Throwable noMemoryToSaySo) {
            return;
        }
    }

    /** Runs a step of several that must not keep each other from running. */
    void tryTo(Runnable step) {
        try {
            step.run();
        } catch (Throwable notYet) {
            defect(notYet);
        }
    }

    /**
     * Something has failed outside of a connection. If it is for lack of memory, nobody knows what the JDK has lost: an
     * accept that it takes for outstanding, or a thread that waits for the operating system no more but lives on. So
     * all is begun anew.
     */
    public void suspect(Throwable failure) {
        if (failure instanceof OutOfMemoryError) {
            starved = true;
            lackSince = clock.now();
            lack = failure;
        }
    }

    /** The last lack of memory, if it is at least so long ago, and nothing was begun anew since; or null. */
    @Nullable
    Throwable lackBefore(long nanos) {
        return clock.now() - lackSince >= nanos ? lack : null;
    }

    /** All is begun anew. */
    void beginAnew() {
        lack = null;
        starved = true;
    }

    /** Whether the JDK may have lost a channel: then no group ends by itself. */
    boolean starved() {
        return starved;
    }

    /** Tells what was left out, if it is time. */
    void look() {
        failures.look();
    }

    /** Tells what was left out; nothing more is to come. */
    void tellRest() {
        Guard.quietly(failures::tellRest);
    }
}
