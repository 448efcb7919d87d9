// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.accept;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.Clock;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Handles failures of an accept, such as those that occur while no descriptor is left. The channel reports such a
 * failure once and then accepts no more, so the accept is retried after a pause, which doubles up to a second. A
 * warning is logged at most once a minute.
 */
public final class AcceptFailures {
    private static final Logger LOG = LoggerFactory.getLogger(AcceptFailures.class);
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);
    private static final long SILENCE = TimeUnit.MINUTES.toNanos(1);

    private final Clock clock;
    private volatile long pause = FIRST_PAUSE;
    private boolean warned;
    private long lastWarning;
    private int unreported;

    public AcceptFailures(Clock clock) {
        this.clock = clock;
    }

    /** Called when an accept has succeeded. */
    public void over() {
        pause = FIRST_PAUSE;
    }

    /**
     * Called when an accept has failed; returns the delay in nanoseconds before the next attempt. Never called by two
     * threads at once.
     */
    public long pause(Throwable failure) {
        long now = pause;
        pause = Math.min(now * 2, LONGEST_PAUSE);
        long time = clock.now();
        if (!warned || time - lastWarning >= SILENCE) {
            int before = unreported;
            Guard.quietly(() -> LOG.warn(
                    "accepting failed ({}), {} more times since the last warning; retrying at least every second. If"
                            + " descriptors are exhausted, raise their limit (ulimit -n), or limit the connections"
                            + " (ConnectionLimits)",
                    ForeignText.of(failure.getMessage()),
                    before));
            warned = true;
            lastWarning = time;
            unreported = 0;
        } else {
            unreported++;
        }
        return now;
    }
}
