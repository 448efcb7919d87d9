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
 * Finds turns that hold their thread, as those of a callback that blocks do. It looks at the threads from outside, ten
 * times a second while there is something to see; a turn pays one addition for it. Touched by the timer's thread, but
 * for {@link #add} and {@link #remove}.
 */
public final class ThreadWatch {
    private static final Logger LOG = LoggerFactory.getLogger(ThreadWatch.class);
    private static final long PATIENCE = TimeUnit.MILLISECONDS.toNanos(500);
    private static final long BETWEEN_LOG_LINES = TimeUnit.SECONDS.toNanos(10);

    /** More than one, so that a process that was stopped and goes on is not taken for a thread that is held. */
    private static final int LOOKS = 5;

    private final List<Watched> threads = new CopyOnWriteArrayList<>();
    private final Consumer<Runnable> elsewhere;
    private final AtomicLong turnsBefore = new AtomicLong();
    private volatile long stalls;
    private boolean logged;
    private long lastLogged;
    private int unlogged;

    /** A thread that runs one thing after the other. Asked from outside, and a moment old. */
    interface Runner {
        /** What runs, or null. */
        @Nullable
        Runnable running();

        /** How many things have run. */
        long turn();

        /** How many of them were turns of strands. */
        long turnsOfStrands();

        /** How many wait behind what runs. */
        int ready();

        String getName();

        StackTraceElement[] getStackTrace();
    }

    /** A turn that somebody is told of, if it holds its thread. */
    public interface Told {
        /** Of the connection, for the log context. */
        long id();

        /** The turn has held its thread for so long. */
        void threadHeld(Duration time, List<StackTraceElement> stack);
    }

    /** What was seen of a thread. */
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
     * A watch without threads.
     *
     * @param elsewhere runs what may take long: a report calls the application's listener
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

    /** How many turns strands have had so far; a moment old. */
    public long turns() {
        long sum = turnsBefore.get();
        for (Watched watched : threads) {
            sum += watched.thread.turnsOfStrands();
        }
        return sum;
    }

    /** How many strands wait behind the turns that run. */
    public int ready() {
        return threads.stream().mapToInt(watched -> watched.thread.ready()).sum();
    }

    /** How many turns have held their thread so far. */
    public long stalls() {
        return stalls;
    }

    /** Looks at every thread; returns whether one is within a turn. */
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
        elsewhere.accept(() -> tell(running, thread.getName(), time, stack, log, before));
    }

    private static void tell(
            Runnable running, String thread, Duration time, List<StackTraceElement> stack, boolean log, int before) {
        Strand.Turn turn = running instanceof Strand strand ? strand.body() : null;
        if (turn instanceof Told told) {
            LogContext.with(told.id(), () -> tell(turn, told, thread, time, stack, log, before));
        } else {
            LogContext.without(() -> tell(turn, null, thread, time, stack, log, before));
        }
    }

    private static void tell(
            Strand.@Nullable Turn turn,
            @Nullable Told told,
            String thread,
            Duration time,
            List<StackTraceElement> stack,
            boolean log,
            int before) {
        if (log) {
            Throwable where = new Throwable("the stack of " + thread);
            where.setStackTrace(stack.toArray(StackTraceElement[]::new));
            Guard.quietly(() -> LOG.warn(
                    "{}: a callback has held thread {} for {} ms, and what else the thread serves waits; let callbacks run on"
                            + " threads that may block, with callbackExecutor(...), or hand the work to others{}",
                    turn == null ? "accepting" : turn,
                    thread,
                    time.toMillis(),
                    before == 0 ? "" : " (" + before + " reports like this one were not logged)",
                    where));
        }
        if (told != null) {
            told.threadHeld(time, stack);
        }
    }
}
