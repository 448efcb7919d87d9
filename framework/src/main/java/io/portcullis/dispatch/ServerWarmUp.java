// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Gate;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.Durations;
import io.portcullis.tls.WarmUp;
import java.time.Duration;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The limits of a server's warm-up, which ends when one of them is reached.
 *
 * @param handshakes the maximum number of handshakes, full and resumed ones together
 * @param time the maximum duration
 */
record ServerWarmUp(int handshakes, Duration time) {
    /** No warm-up. */
    static final ServerWarmUp NONE = new ServerWarmUp(0, Duration.ZERO);

    /** About as many handshakes as the JDK's engine needs to reach its full speed. */
    static final int ENOUGH = 10_000;

    private static final Logger LOG = LoggerFactory.getLogger(ServerWarmUp.class);

    boolean wanted() {
        return handshakes > 0;
    }

    /** Warms up on the calling thread. Never throws. An interrupt ends it early, and remains set. */
    void run(List<Gate> gates) {
        long begin = System.nanoTime();
        WarmUp lessons = WarmUp.of(GateProfiles.of(gates));
        boolean goesOn = true;
        while (goesOn) {
            goesOn = lessons.round()
                    && lessons.handshakes() < handshakes
                    && System.nanoTime() - begin < Durations.nanos(time)
                    && !Thread.currentThread().isInterrupted();
        }
        long millis = (System.nanoTime() - begin) / 1_000_000;
        Guard.quietly(() -> {
            LOG.info("warmed up by {} handshakes in {} ms", lessons.handshakes(), millis);
            lessons.skipped().forEach(reason -> LOG.debug("not warmed up: {}", reason));
        });
    }
}
