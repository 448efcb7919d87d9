// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Detects leases that are never released. A tracked lease that becomes unreachable while it is active is reported
 * together with the place where it was acquired, and counts as leaked instead of active. Its buffer is not reused,
 * because a reference to the {@code ByteBuffer} may still exist.
 *
 * <p>Only tracked loans incur a cost: a stack trace and a few objects each. A leak is found after the garbage collector
 * has noticed it, by the next tracked loan or by {@link BufferPool#statistics()}. A loan that is not tracked and never
 * released counts as active forever.
 */
public final class LeakDetector {
    private final int interval;
    private final Consumer<? super OutstandingLease> report;

    private LeakDetector(int interval, Consumer<? super OutstandingLease> report) {
        this.interval = interval;
        this.report = report;
    }

    /**
     * Returns a detector that tracks a random sample of loans.
     *
     * @param interval one loan in this many is tracked, on average; 1 tracks every loan
     * @param report called for each leak, on the thread that finds it, possibly in the middle of a lease: must be
     *     thread-safe and must not block. Exceptions it throws are passed to the uncaught exception handler of that
     *     thread
     * @return the detector
     * @throws IllegalArgumentException if the interval is below 1
     */
    public static LeakDetector sampled(int interval, Consumer<? super OutstandingLease> report) {
        if (interval < 1) {
            throw new IllegalArgumentException(
                    "interval must be at least 1, not " + interval + "; 1 tracks every loan");
        }
        return new LeakDetector(interval, report);
    }

    boolean samples() {
        return interval == 1 || ThreadLocalRandom.current().nextInt(interval) == 0;
    }

    void report(OutstandingLease leaked) {
        try {
            report.accept(leaked);
        } catch (RuntimeException | Error e) {
            Thread thread = Thread.currentThread();
            thread.getUncaughtExceptionHandler().uncaughtException(thread, e);
        }
    }
}
