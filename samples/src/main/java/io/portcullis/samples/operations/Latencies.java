// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.HdrHistogram.Histogram;
import org.HdrHistogram.Recorder;
import org.jspecify.annotations.Nullable;

/** The durations of requests: recorded on any thread without waiting, read on one. */
final class Latencies {
    private static final int DIGITS = 2;
    private static final double NANOS_PER_MILLI = 1e6;
    private static final double MEDIAN = 50;
    private static final double NEARLY_ALL = 99;
    private static final long HIGHEST = TimeUnit.MINUTES.toNanos(5);

    private final Recorder recorder = new Recorder(HIGHEST, DIGITS);
    private final LongAdder count = new LongAdder();
    private @Nullable Histogram interval;

    /**
     * The durations recorded in one interval.
     *
     * @param median in milliseconds
     * @param nearlyAll the 99th percentile, in milliseconds
     */
    record Summary(double median, double nearlyAll) {}

    /** Counts a request, and records its duration if it is of interest. */
    void add(long nanos, boolean interesting) {
        count.increment();
        if (interesting) {
            recorder.recordValue(Math.min(nanos, HIGHEST));
        }
    }

    long count() {
        return count.sum();
    }

    /** Returns a summary of the durations recorded since the last call, or null if there were none. */
    @Nullable
    Summary take() {
        Histogram taken = recorder.getIntervalHistogram(interval);
        interval = taken;
        if (taken.getTotalCount() == 0) {
            return null;
        }
        return new Summary(
                taken.getValueAtPercentile(MEDIAN) / NANOS_PER_MILLI,
                taken.getValueAtPercentile(NEARLY_ALL) / NANOS_PER_MILLI);
    }
}
