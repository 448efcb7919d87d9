// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;

/**
 * Watches for leases that are never released: a watched lease that becomes unreachable while it is out is reported with
 * the place where it was taken, and counts as leaked instead of out. Its buffer is not used again, because somebody may
 * still hold the {@code ByteBuffer}.
 *
 * <p>Only watched loans pay, with a stack trace and a few objects each. A leak is found after the garbage collector has
 * noticed it, by the next watched loan or by {@link BufferPool#statistics()}. A loan that is not watched and never
 * released counts as out for ever.
 */
public final class LeakDetector {
    private final int interval;
    private final Consumer<? super OutstandingLease> report;

    private LeakDetector(int interval, Consumer<? super OutstandingLease> report) {
        this.interval = interval;
        this.report = report;
    }

    /**
     * Watches one loan of so many, chosen at random.
     *
     * @param interval how many loans there are, on average, for each that is watched; 1 watches every loan
     * @param report is told of each leak, on the thread that finds it, which may be in the middle of a lease: must be
     *     thread-safe and must not block. What it throws goes to the uncaught exception handler of that thread
     * @return the watch
     * @throws IllegalArgumentException if the interval is below 1
     */
    public static LeakDetector sampled(int interval, Consumer<? super OutstandingLease> report) {
        if (interval < 1) {
            throw new IllegalArgumentException("Cannot watch one loan of " + interval + ": use 1 to watch every loan");
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
