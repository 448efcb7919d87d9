// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The thread on which it becomes time: it turns the timing wheel while there are timers, looks after the threads that
 * have turns, and runs what is planned. No lack of memory ends it: what it could not do then is done again, and a
 * thread that dies is followed by another.
 */
final class TimerThread {
    /** So often it is looked for what a lack of memory has left. */
    static final long RECOVERY = TimeUnit.SECONDS.toNanos(1);

    private final ScheduledThreadPoolExecutor executor;
    private final TimingWheel wheel = new TimingWheel(System.nanoTime(), this::tickLater);
    private final ThreadWatch watch;
    private final Faults faults;
    private final Runnable recover;

    /** What it had no memory to do. */
    private final Backlog unfinished = new Backlog();

    /** Whether a look at the threads is planned that no tick brings; touched by this thread. */
    private boolean watching;

    private volatile boolean ending;
    private volatile @Nullable ScheduledFuture<?> recovery;

    /**
     * One that does nothing yet.
     *
     * @param name of the thread
     * @param watch looks after threads that have turns
     * @param faults told of what fails
     * @param recover takes up what a lack of memory has left; what it throws is dropped
     */
    TimerThread(String name, ThreadWatch watch, Faults faults, Runnable recover) {
        this.watch = watch;
        this.faults = faults;
        this.recover = recover;
        executor = new ScheduledThreadPoolExecutor(1, body -> daemon(() -> keepTime(body), name));
        executor.setRemoveOnCancelPolicy(true);
    }

    /** A thread that does not keep the JVM alive. */
    static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Begins to look for what a lack of memory has left. Planned once, so that no plan is needed when there is no
     * memory for one.
     */
    void begin() {
        recovery = executor.scheduleWithFixedDelay(this::takeUp, RECOVERY, RECOVERY, TimeUnit.NANOSECONDS);
    }

    /**
     * Takes up again what was left lying, each step for itself: one that still fails must not hold up those that free
     * what it lacks.
     */
    private void takeUp() {
        try {
            faults.tryTo(wheel::wakeIfForgotten);
            faults.tryTo(() -> unfinished.takeAll(Runnable::run));
            recover.run();
        } catch (Throwable notEvenALineInTheLog) {
            // Whatever leaves this method ends the plan: the next look comes in a second
            return;
        }
    }

    /** The body of the thread, which starts its successor if it dies. */
    private void keepTime(Runnable body) {
        try {
            body.run();
        } finally {
            boolean started = false;
            while (!started && !ending) {
                try {
                    // The executor may have done so itself; but its plan may have been lost with the thread that was at
                    // it
                    executor.prestartCoreThread();
                    if (!executor.getQueue().contains(recovery)) {
                        begin();
                    }
                    started = true;
                } catch (Throwable stillNoMemory) {
                    Crew.pause(RECOVERY / 10);
                }
            }
        }
    }

    /** Sets a timer, on any thread; {@link Timers#setTimer}. */
    void set(TimingWheel.Timer timer, long expiry) {
        wheel.set(timer, expiry);
    }

    private void tickLater() {
        var unused = schedule(this::tick, TimingWheel.TICK);
    }

    /** A failure must not stop the time of the others. */
    private void tick() {
        boolean more = true;
        try {
            more = wheel.tick(System.nanoTime());
        } catch (Throwable failure) {
            faults.defect(failure);
        }
        look(more);
        if (more) {
            try {
                tickLater();
            } catch (Throwable noMemory) {
                wheel.rest();
            }
        }
    }

    /** While there are no ticks, and yet a thread is within a turn, it is planned on its own. */
    private void look(boolean ticks) {
        try {
            if (watch.look(System.nanoTime()) && !ticks && !watching) {
                var unused = schedule(this::lookAgain, TimingWheel.TICK);
                watching = true;
            }
        } catch (Throwable failure) {
            faults.defect(failure);
        }
    }

    private void lookAgain() {
        watching = false;
        look(false);
    }

    /**
     * Costs an allocation, and a lock of the executor's. What then fails for lack of memory is done again when there is
     * some.
     */
    Future<?> schedule(Runnable code, long delayNanos) {
        try {
            return executor.schedule(new Plan(code), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException tooLate) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Runs code again and again, whatever it throws, until the future is cancelled. */
    Future<?> repeat(Runnable code, long delayNanos) {
        try {
            return executor.scheduleWithFixedDelay(new Plan(code), delayNanos, delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException tooLate) {
            return CompletableFuture.completedFuture(null);
        }
    }

    private final class Plan extends Dispatched {
        private final Runnable code;

        Plan(Runnable code) {
            this.code = code;
        }

        @Override
        public void run() {
            try {
                code.run();
            } catch (OutOfMemoryError noMemory) {
                faults.suspect(noMemory);
                unfinished.keep(this);
            } catch (Throwable failure) {
                faults.defect(failure);
            }
        }
    }

    /**
     * Runs code soon.
     *
     * @throws RejectedExecutionException if the thread has ended
     */
    void execute(Runnable code) {
        executor.execute(code);
    }

    /** Runs code soon; what stands in for it, if there is no such thread any more, or no memory. */
    void execute(Runnable code, Runnable otherwise) {
        try {
            executor.execute(() -> {
                try {
                    code.run();
                } catch (Throwable failure) {
                    faults.defect(failure);
                    otherwise.run();
                }
            });
        } catch (Throwable endedOrNoMemory) {
            otherwise.run();
        }
    }

    /** If it dies from now on, it has no successor. */
    void prepareEnd() {
        ending = true;
    }

    /** Ends it, and forgets what is planned. */
    void end() {
        executor.shutdownNow();
    }
}
