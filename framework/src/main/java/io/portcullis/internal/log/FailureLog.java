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
 * Logs what fails because of a peer, so that nobody fills a disk from outside. Of each sort only a few lines come in
 * ten seconds; the others are counted, and the next window begins with their number. A stack trace, of what is a fault
 * of this side, is printed once for each place at which it was thrown. At debug level everything is there. May be
 * called from any thread; nobody waits.
 */
public final class FailureLog {
    /** Of each sort in a window. */
    public static final int LINES = 3;

    /** So many places are told apart; whoever fails at others has no stack trace. */
    static final int STACKS = 64;

    /** What fails besides TLS. */
    public enum Sort {
        HANDLER(Level.WARN, "a callback of the handler failed; it is closed"),
        GATE(Level.WARN, "the gate failed; it is refused"),
        DEFECT(Level.ERROR, "a defect of the framework ended it"),
        MACHINE(Level.ERROR, "a thread of the dispatcher goes on behind a defect of the framework"),
        CREW(
                Level.ERROR,
                "for lack of memory, if the cause says so, the dispatcher may have lost threads or accepts: all threads are"
                        + " replaced, and the listeners opened again. Connections of before may have lost bytes and end at their"
                        + " deadlines. Give the JVM more memory, and run it with -XX:+ExitOnOutOfMemoryError under something that"
                        + " starts it again"),
        ACCEPT(Level.ERROR, "a connection was lost while it was accepted"),
        OPEN_AGAIN(Level.ERROR, "a listener cannot be opened again yet; it is tried every second"),
        LISTENER(Level.WARN, "a connection listener failed; it is ignored"),
        SUPPLIER(Level.WARN, "the supplier of handlers failed; the new connection is closed"),
        VIOLATION(Level.INFO, "the handler found its peer at fault"),
        UNREAD_LIMIT(Level.WARN, "the handler left more unread than unreadLimit(...) allows"),
        LENT_BUFFER(Level.WARN, "the application changed a buffer that was not its own"),
        LOST_BUFFER(Level.ERROR, "a socket could not be closed, and its buffers are lost"),
        MEMORY_LIMIT(Level.WARN, "the budget of the buffers is used up; raise it, or bound what connections hold");

        private final Level level;
        private final String words;

        Sort(Level level, String words) {
            this.level = level;
            this.words = words;
        }
    }

    private static final Logger LOG = LoggerFactory.getLogger(FailureLog.class);
    private static final long WINDOW = TimeUnit.SECONDS.toNanos(10);

    /**
     * How much of a stack makes a place, and of how many causes. Further down it depends on what a thread had done
     * before.
     */
    private static final int FRAMES = 3;

    private static final int CAUSES = 4;

    private final LongSupplier clock;

    /** By {@link HandshakeFailure} and {@link Sort}. */
    private final Map<Enum<?>, AtomicInteger> counts;

    private final Set<Integer> places = ConcurrentHashMap.newKeySet();
    private final AtomicBoolean begun = new AtomicBoolean();
    private final AtomicLong windowEnd = new AtomicLong();

    /**
     * A log without a line.
     *
     * @param clock in nanoseconds
     */
    public FailureLog(LongSupplier clock) {
        this.clock = clock;
        Map<Enum<?>, AtomicInteger> all = new HashMap<>();
        for (HandshakeFailure word : HandshakeFailure.values()) {
            all.put(word, new AtomicInteger());
        }
        for (Sort sort : Sort.values()) {
            all.put(sort, new AtomicInteger());
        }
        counts = Map.copyOf(all);
    }

    /** TLS has failed at this connection. */
    public void failed(Connection connection, TlsException failure) {
        Throwable cause = failure.getCause();
        if (failure.failure() == HandshakeFailure.UNDECIDED && cause != null) {
            threw(Sort.GATE, connection, cause);
        } else {
            String words = failure.getMessage();
            LogContext.with(
                    connection.id(), () -> log(few(failure.failure()) ? Level.INFO : Level.DEBUG, connection, words));
        }
    }

    /** Something happened to this connection that has no stack to tell. */
    public void happened(Sort sort, Connection connection, String why) {
        String words = ForeignText.line(why);
        LogContext.with(connection.id(), () -> log(few(sort) ? sort.level : Level.DEBUG, connection, words));
    }

    /** Code of the application, or of ours, has thrown something; at this connection or listener, if there is one. */
    public void threw(Sort sort, @Nullable Object where, Throwable failure) {
        Throwable safe = ForeignFailure.of(failure);
        boolean first = places.size() < STACKS && places.add(place(failure));
        boolean few = few(sort);
        Runnable line = () -> {
            String who = where == null ? "" : where + ": ";
            if (first || (!few && LOG.isDebugEnabled())) {
                LOG.atLevel(first ? sort.level : Level.DEBUG).setCause(safe).log("{}{}", who, sort.words);
            } else if (few) {
                LOG.atLevel(sort.level).log("{}{}: {}{}", who, sort.words, ForeignText.of(failure), where(failure));
            }
        };
        if (where instanceof Connection connection) {
            LogContext.with(connection.id(), line);
        } else {
            LogContext.without(line);
        }
    }

    private static void log(Level level, Connection connection, @Nullable String words) {
        LOG.atLevel(level).log("{}: {}", connection, words);
    }

    /** Counts one more; returns whether it may be told. */
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

    /** The classes and the places of it and its causes, but no message: a peer may have chosen that. */
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

    /** Tells what was left out, if a window has ended. */
    public void look() {
        long end = windowEnd.get();
        long now = clock.getAsLong();
        if (begun.get() && now - end >= 0 && windowEnd.compareAndSet(end, now + WINDOW)) {
            tellRest();
        }
    }

    /** Tells what was left out; nothing more is to come. */
    public void tellRest() {
        counts.forEach((sort, count) -> {
            int leftOut = count.getAndSet(0) - LINES;
            if (leftOut > 0) {
                LogContext.without(() -> tellRest(sort, leftOut));
            }
        });
    }

    private static void tellRest(Enum<?> sort, int leftOut) {
        if (sort instanceof Sort own) {
            LOG.atLevel(own.level).log("{} more times: {}; at debug level each has its line", leftOut, own.words);
        } else {
            LOG.info("{} more connections failed with {}; at debug level each has its line", leftOut, sort);
        }
    }
}
