// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.internal.log.Guard;
import io.portcullis.internal.log.LogContext;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects turns that block their thread, such as those of a callback that blocks. The threads are sampled from outside,
 * ten times a second while any is within a turn; the cost for a turn is one addition. Except for {@link #add} and
 * {@link #remove}, all state is accessed by the timer's thread only.
 */
public final class ThreadWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadWatch.class);
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long BETWEEN_LOG_LINES = TimeUnit.SECONDS.toNanos(10);

    /** More than one, so that resuming a suspended process is not mistaken for a blocked thread. */
    private static final int LOOKS = 5;

    private final List<Watched> threads = new CopyOnWriteArrayList<>();
    private final Consumer<Runnable> elsewhere;
    private final AtomicLong turnsBefore = new AtomicLong();
    private volatile long stalls;
    private boolean logged;
    private long lastLogged;
    private int unlogged;

    /**
     * A thread that runs one task after the other. Methods are called from other threads, and values may be slightly
     * outdated.
     */
    interface Runner {
        /** Returns the running task, or null. */
        @Nullable
        Runnable running();

        /** Returns how many tasks have run. */
        long turn();

        /** Returns how many of them were turns of strands. */
        long turnsOfStrands();

        /** Returns how many tasks are queued after the running one. */
        int ready();

        String getName();

        StackTraceElement[] getStackTrace();
    }

    /** A turn that is notified if it blocks its thread. */
    public interface Listener {
        /** Returns the id of the connection, for the log context. */
        long id();

        /** Called when the turn has blocked its thread for the given time. */
        void threadHeld(Duration time, List<StackTraceElement> stack);
    }

    /** The observations of one thread. */
    private static final class Watched {
        private final Runner thread;
        private long turn;
        private long since;
        private int looks;
        private boolean reported;

        Watched(Runner thread) {
            this.thread = thread;
        }
    }

    /**
     * Creates a watch without threads.
     *
     * @param elsewhere runs reports, which may take long because they call the application's observer
     */
    ThreadWatch(Consumer<Runnable> elsewhere) {
        this.elsewhere = elsewhere;
    }

    void add(Runner thread) {
        threads.add(new Watched(thread));
    }

    void remove(Runner thread) {
        turnsBefore.addAndGet(thread.turnsOfStrands());
        threads.removeIf(watched -> watched.thread.equals(thread));
    }

    /** Returns how many turns strands have had so far; may be slightly outdated. */
    public long turns() {
        long sum = turnsBefore.get();
        for (Watched watched : threads) {
            sum += watched.thread.turnsOfStrands();
        }
        return sum;
    }

    /** Returns how many strands are queued after the running turns. */
    public int ready() {
        return threads.stream().mapToInt(watched -> watched.thread.ready()).sum();
    }

    /** Returns how many turns have blocked their thread so far. */
    public long stalls() {
        return stalls;
    }

    /** Examines every thread; returns whether any is within a turn. */
    boolean look(long now) {
        boolean busy = false;
        for (Watched watched : threads) {
            busy |= look(watched, now);
        }
        return busy;
    }

    private boolean look(Watched watched, long now) {
        Runnable running = watched.thread.running();
        long turn = watched.thread.turn();
        if (running == null) {
            watched.looks = 0;
            return false;
        }
        if (watched.looks == 0 || watched.turn != turn) {
            watched.turn = turn;
            watched.since = now;
            watched.looks = 1;
            watched.reported = false;
        } else if (++watched.looks >= LOOKS && !watched.reported && now - watched.since >= PATIENCE) {
            report(watched, running, now);
        }
        return true;
    }

    private void report(Watched watched, Runnable running, long now) {
        Runner thread = watched.thread;
        List<StackTraceElement> stack = List.of(thread.getStackTrace());
        if (thread.turn() != watched.turn || !running.equals(thread.running())) {
            return;
        }
        watched.reported = true;
        long stallsBefore = stalls;
        stalls = stallsBefore + 1;
        Duration time = Duration.ofNanos(now - watched.since);
        boolean log = !logged || now - lastLogged >= BETWEEN_LOG_LINES;
        int before = unlogged;
        if (log) {
            logged = true;
            lastLogged = now;
            unlogged = 0;
        } else {
            unlogged++;
        }
        elsewhere.accept(() -> report(running, thread.getName(), time, stack, log, before));
    }

    private static void report(
            Runnable running, String thread, Duration time, List<StackTraceElement> stack, boolean log, int before) {
        Strand.Turn turn = running instanceof Strand strand ? strand.body() : null;
        if (turn instanceof Listener observed) {
            LogContext.with(observed.id(), () -> report(turn, observed, thread, time, stack, log, before));
        } else {
            LogContext.without(() -> report(turn, null, thread, time, stack, log, before));
        }
    }

    private static void report(
            Strand.@Nullable Turn turn,
            @Nullable Listener observed,
            String thread,
            Duration time,
            List<StackTraceElement> stack,
            boolean log,
            int before) {
        if (log) {
            Throwable where = new Throwable("the stack of " + thread);
            where.setStackTrace(stack.toArray(StackTraceElement[]::new));
            Guard.quietly(() -> LOG.warn(
                    "{}: a callback has blocked thread {} for {} ms, and the other connections of this thread wait;"
                            + " run callbacks on threads that may block, with callbackExecutor(...), or hand the"
                            + " work to other threads{}",
                    turn == null ? "accepting" : turn,
                    thread,
                    time.toMillis(),
                    before == 0 ? "" : " (" + before + " similar reports were not logged)",
                    where));
        }
        if (observed != null) {
            observed.threadHeld(time, stack);
        }
    }
}
