// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.time.Duration;

/** Durations in nanoseconds, as clocks and timers count. */
public final class Durations {
    /** Longer than any process runs, and short enough to be added to any time of {@link Clock#now()}. */
    public static final long LONGEST = Long.MAX_VALUE / 4;

    private static final Duration LIMIT = Duration.ofNanos(LONGEST);

    private Durations() {}

    /** The duration, at least 0 and at most {@link #LONGEST}. */
    public static long nanos(Duration duration) {
        if (duration.isNegative()) {
            return 0;
        }
        return duration.compareTo(LIMIT) < 0 ? duration.toNanos() : LONGEST;
    }

    /**
     * A timeout, at most {@link #LONGEST}.
     *
     * @param what the setting, for the message
     * @throws IllegalArgumentException if it is not more than 0
     */
    public static long timeout(String what, Duration timeout) {
        if (timeout.isZero() || timeout.isNegative()) {
            throw new IllegalArgumentException(what + " must be more than 0, not " + timeout);
        }
        return nanos(timeout);
    }
}
