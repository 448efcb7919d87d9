// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.util.EnumMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Logs connections at which TLS failed: a line each, without a stack trace, and of the same word only a few in ten seconds; the
 * others are counted, and the next window begins with their number. So a scanner costs a handful of lines, whatever it tries.
 * At debug level every line is there. May be called from any thread; nobody waits.
 */
final class FailureLog {
    /** Of each word in a window. */
    static final int LINES = 3;

    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

    private final Machine machine;
    private final Map<HandshakeFailure, AtomicInteger> counts = new EnumMap<>(HandshakeFailure.class);
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicLong windowEnd = new AtomicLong();

    FailureLog(Machine machine) {
        this.machine = machine;
        for (HandshakeFailure word : HandshakeFailure.values()) {
            counts.put(word, new AtomicInteger());
        }
    }

    /** TLS has failed at this connection. */
    void failed(Connection connection, TlsException failure) {
        if (begun.compareAndSet(false, true)) {
            windowEnd.set(machine.now() + WINDOW);
        }
        look();
        AtomicInteger count = counts.get(failure.failure());
        boolean seldom = count == null || count.incrementAndGet() <= LINES;
        LogContext.with(connection.id(), () -> {
            if (seldom) {
                LOG.info("{}: {}", connection, failure.getMessage());
            } else {
                LOG.debug("{}: {}", connection, failure.getMessage());
            }
        });
    }

    /** Tells what was left out, if a window has ended. */
    void look() {
        long end = windowEnd.get();
        long now = machine.now();
        if (begun.get() && now - end >= 0 && windowEnd.compareAndSet(end, now + WINDOW)) {
            tellRest();
        }
    }

    /** Tells what was left out; nothing more is to come. */
    void tellRest() {
        counts.forEach((word, count) -> {
            int leftOut = count.getAndSet(0) - LINES;
            if (leftOut > 0) {
                LOG.info("{} more connections failed with {}; at debug level each has its line", leftOut, word);
            }
        });
    }
}
