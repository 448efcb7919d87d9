// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.log;

import io.portcullis.Connection;
import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongSupplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.slf4j.event.Level;

/**
 * Logs failures that peers can cause, with a rate limit so that no peer can fill a disk. Only a few lines of each kind
 * are logged in ten seconds; the others are counted, and the number is logged when the next window begins. A stack
 * trace, which indicates a fault on this side, is logged once for each place at which it was thrown. At debug level
 * everything is logged. Thread-safe and non-blocking.
 */
public final class FailureLog {
    /** The number of lines of each kind in a window. */
    public static final int LINES = 3;

    /** The number of places that are distinguished; failures at further places are logged without a stack trace. */
    static final int STACKS = 64;

    /** The kinds of failures other than those of TLS. */
    public enum Sort {
        HANDLER(Level.WARN, "a callback of the handler failed; the connection is closed"),
        GATE(Level.WARN, "the gate failed; the connection is refused"),
        DEFECT(Level.ERROR, "the connection was ended by a defect of the framework"),
        MACHINE(Level.ERROR, "a defect of the framework was caught; the dispatcher thread continues"),
        CREW(
                Level.ERROR,
                "the dispatcher may have lost threads or accepts (for lack of memory, if the cause says so): all"
                        + " threads are replaced, and the listeners are reopened. Existing connections may have lost"
                        + " data, and end at their deadlines. Give the JVM more memory, and run it with"
                        + " -XX:+ExitOnOutOfMemoryError under a supervisor that restarts it"),
        ACCEPT(Level.ERROR, "a connection was lost while it was accepted"),
        OPEN_AGAIN(Level.ERROR, "a listener cannot be reopened yet; retrying every second"),
        LISTENER(Level.WARN, "a connection observer failed; the exception is ignored"),
        SUPPLIER(Level.WARN, "the supplier of handlers failed; the new connection is closed"),
        VIOLATION(Level.INFO, "the handler reported a protocol violation by the peer"),
        UNREAD_LIMIT(Level.WARN, "the handler left more data unread than unreadLimit(...) allows"),
        LENT_BUFFER(Level.WARN, "the application modified a buffer that it did not own"),
        LOST_BUFFER(Level.ERROR, "a socket could not be closed, and its buffers are lost"),
        MEMORY_LIMIT(Level.WARN, "the buffer budget is exhausted; raise it, or limit what connections may hold");

        private final Level level;
        private final String text;

        Sort(Level level, String text) {
            this.level = level;
            this.text = text;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

    /**
     * The number of stack frames, and of causes, that identify a place. Deeper frames depend on what a thread had done
     * before.
     */
    private static final int FRAMES = 3;

    private static final int CAUSES = 4;

    private final LongSupplier clock;

    /** Keyed by {@link HandshakeFailure} and {@link Sort}. */
    private final Map<Enum<?>, AtomicInteger> counts;

    private final Set<Integer> places = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicLong windowEnd = new AtomicLong();

    /**
     * Creates an empty log.
     *
     * @param clock returns the time in nanoseconds
     */
    public FailureLog(LongSupplier clock) {
        this.clock = clock;
        Map<Enum<?>, AtomicInteger> all = new HashMap<>();
        for (HandshakeFailure failure : HandshakeFailure.values()) {
            all.put(failure, new AtomicInteger());
        }
        for (Sort sort : Sort.values()) {
            all.put(sort, new AtomicInteger());
        }
        counts = Map.copyOf(all);
    }

    /** Logs that TLS has failed on a connection. */
    public void failed(Connection connection, TlsException failure) {
        Throwable cause = failure.getCause();
        if (failure.failure() == HandshakeFailure.UNDECIDED && cause != null) {
            threw(Sort.GATE, connection, cause);
        } else {
            String text = failure.getMessage();
            LogContext.with(
                    connection.id(), () -> log(few(failure.failure()) ? Level.INFO : Level.DEBUG, connection, text));
        }
    }

    /** Logs an event of a connection that has no stack trace. */
    public void happened(Sort sort, Connection connection, String why) {
        String text = ForeignText.line(why);
        LogContext.with(connection.id(), () -> log(few(sort) ? sort.level : Level.DEBUG, connection, text));
    }

    /**
     * Logs an exception thrown by code of the application or the framework, for a connection or listener if there is
     * one.
     */
    public void threw(Sort sort, @Nullable Object where, Throwable failure) {
        Throwable safe = ForeignFailure.of(failure);
        boolean first = places.size() < STACKS && places.add(place(failure));
        boolean few = few(sort);
        Runnable line = () -> {
            String subject = where == null ? "" : where + ": ";
            if (first || (!few && LOG.isDebugEnabled())) {
                LOG.atLevel(first ? sort.level : Level.DEBUG).setCause(safe).log("{}{}", subject, sort.text);
            } else if (few) {
                LOG.atLevel(sort.level).log("{}{}: {}{}", subject, sort.text, ForeignText.of(failure), where(failure));
            }
        };
        if (where instanceof Connection connection) {
            LogContext.with(connection.id(), line);
        } else {
            LogContext.without(line);
        }
    }

    private static void log(Level level, Connection connection, @Nullable String text) {
        LOG.atLevel(level).log("{}: {}", connection, text);
    }

    /** Counts a failure; returns whether it may be logged. */
    private boolean few(Enum<?> sort) {
        if (begun.compareAndSet(false, true)) {
            windowEnd.set(clock.getAsLong() + WINDOW);
        }
        look();
        AtomicInteger count = counts.get(sort);
        return count == null || count.incrementAndGet() <= LINES;
    }

    private static String where(Throwable failure) {
        StackTraceElement[] stack = failure.getStackTrace();
        return stack.length == 0 ? "" : " at " + stack[0];
    }

    /** Hashes the classes and places of a failure and its causes, but no messages: a peer may have chosen those. */
    private static int place(Throwable failure) {
        int hash = 0;
        Throwable cause = failure;
        for (int depth = 0; cause != null && depth < CAUSES; depth++, cause = cause.getCause()) {
            hash = 31 * hash + cause.getClass().hashCode();
            StackTraceElement[] stack = cause.getStackTrace();
            for (int i = 0; i < stack.length && i < FRAMES; i++) {
                hash = 31 * hash + stack[i].hashCode();
            }
        }
        return hash;
    }

    /** Logs how many failures were not logged, if a window has ended. */
    public void look() {
        long end = windowEnd.get();
        long now = clock.getAsLong();
        if (begun.get() && now - end >= 0 && windowEnd.compareAndSet(end, now + WINDOW)) {
            logRest();
        }
    }

    /** Logs how many failures were not logged. Called after the last failure. */
    public void logRest() {
        counts.forEach((sort, count) -> {
            int leftOut = count.getAndSet(0) - LINES;
            if (leftOut > 0) {
                LogContext.without(() -> logRest(sort, leftOut));
            }
        });
    }

    private static void logRest(Enum<?> sort, int leftOut) {
        if (sort instanceof Sort own) {
            LOG.atLevel(own.level).log("{} more times: {}; each is logged at debug level", leftOut, own.text);
        } else {
            LOG.info("{} more connections failed with {}; each is logged at debug level", leftOut, sort);
        }
    }
}
