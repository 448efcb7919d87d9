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
 * The thread of all timers. It ticks the timing wheel while timers are set, samples the threads that run turns, and
 * runs scheduled code. No lack of memory ends it: whatever failed is retried, and if the thread dies, another one
 * replaces it.
 */
final class TimerThread {
    /** The interval at which work left undone for lack of memory is retried. */
    static final long RECOVERY = TimeUnit.SECONDS.toNanos(1);

    private final ScheduledThreadPoolExecutor executor;
    private final TimingWheel wheel = new TimingWheel(System.nanoTime(), this::tickLater);
    private final ThreadWatch watch;
    private final Faults faults;
    private final Runnable recover;

    /** Scheduled code that failed for lack of memory. */
    private final Backlog unfinished = new Backlog();

    /** Whether a check of the threads is scheduled without a tick; accessed by this thread only. */
    private boolean watching;

    private volatile boolean ending;
    private volatile @Nullable ScheduledFuture<?> recovery;

    /**
     * Creates a timer that does nothing yet.
     *
     * @param name the name of the thread
     * @param watch checks the threads that run turns
     * @param faults notified of failures
     * @param recover resumes work left undone for lack of memory; exceptions it throws are dropped
     */
    TimerThread(String name, ThreadWatch watch, Faults faults, Runnable recover) {
        this.watch = watch;
        this.faults = faults;
        this.recover = recover;
        executor = new ScheduledThreadPoolExecutor(1, body -> daemon(() -> keepTime(body), name));
        executor.setRemoveOnCancelPolicy(true);
    }

    /** Returns a thread that does not keep the JVM alive. */
    static Thread daemon(Runnable body, String name) {
        Thread thread = new Thread(null, body, name, 0, false);
        thread.setDaemon(true);
        return thread;
    }

    /**
     * Starts the periodic recovery. It is scheduled once, so that nothing has to be scheduled when there is no memory
     * to do so.
     */
    void begin() {
        recovery = executor.scheduleWithFixedDelay(this::takeUp, RECOVERY, RECOVERY, TimeUnit.NANOSECONDS);
    }

    /**
     * Resumes the work that was left undone. Each step runs on its own: one that still fails must not hold up those
     * that free the memory it needs.
     */
    private void takeUp() {
        try {
            faults.tryTo(wheel::wakeIfForgotten);
            faults.tryTo(() -> unfinished.takeAll(Runnable::run));
            recover.run();
        } catch (Throwable notEvenALineInTheLog) {
            // An exception thrown from here would cancel the schedule; the next attempt is in a second
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
                    // The executor may have replaced the thread itself; but the periodic task may be lost with the
                    // thread that ran it
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

    /** Sets a timer. May be called on any thread; see {@link Timers#setTimer}. */
    void set(TimingWheel.Timer timer, long expiry) {
        wheel.set(timer, expiry);
    }

    private void tickLater() {
        var unused = schedule(this::tick, TimingWheel.TICK);
    }

    /** Ticks the wheel. The failure of one timer must not stop the others. */
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

    /** Samples the threads. If one is within a turn although the wheel is at rest, schedules another check. */
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
     * Runs code once after a delay. Costs an allocation and a lock of the executor. Code that fails for lack of memory
     * runs again when there is some.
     */
    Future<?> schedule(Runnable code, long delayNanos) {
        try {
            return executor.schedule(new Plan(code), delayNanos, TimeUnit.NANOSECONDS);
        } catch (RejectedExecutionException tooLate) {
            return CompletableFuture.completedFuture(null);
        }
    }

    /** Runs code repeatedly, even if it throws, until the future is cancelled. */
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

    /** Runs code soon. Runs the alternative if the thread has ended, if there is no memory, or if the code throws. */
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

    /** From now on, a thread that dies is not replaced. */
    void prepareEnd() {
        ending = true;
    }

    /** Ends the thread, and discards what is scheduled. */
    void end() {
        executor.shutdownNow();
    }
}
