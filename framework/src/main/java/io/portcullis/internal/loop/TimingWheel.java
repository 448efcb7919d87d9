// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The timers of all connections: a hashed timing wheel (Varghese and Lauck, 1987). Each slot represents a moment, one
 * {@link #TICK} after the previous slot; a timer is linked into the slot at or after its expiry, together with those
 * that expire a whole number of revolutions later. So a timer needs no allocation, and the cost of setting, changing
 * and stopping it does not depend on the number of timers. A timer expires at most one tick late, never early.
 *
 * <p>Any thread may set a timer, but only the thread that ticks accesses the slots, so no lock is needed. Setting a
 * timer puts it on a list of changes, once, however often it is set before the next tick; that tick takes the list and
 * links each timer into the slot for its current expiry. Stopping a timer means setting it to {@link #NEVER}: the next
 * tick unlinks it.
 *
 * <p>An empty wheel rests, and is not ticked until a timer is set.
 */
public final class TimingWheel {
    /** The expiry of a timer that is stopped. */
    public static final long NEVER = Long.MAX_VALUE;

    /** In nanoseconds. Deadlines are measured in seconds, so a tenth of a second is accurate enough. */
    static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);

    /**
     * A power of two. A revolution takes longer than any default deadline, so that a timer is usually examined only
     * once.
     */
    static final int SLOTS = 1024;

    private static final VarHandle CHANGES =
            Fields.handle(MethodHandles.lookup(), TimingWheel.class, "changes", Timer.class);
    private static final VarHandle RESTING =
            Fields.handle(MethodHandles.lookup(), TimingWheel.class, "resting", boolean.class);

    private static final Timer END = new Timer() {
        @Override
        public void expired() {}
    };

    /** A timer, which is also a node of the lists that contain it. Must be set by one thread at a time. */
    public abstract static class Timer {
        private static final int NOWHERE = -1;

        private volatile long expiry = NEVER;

        /**
         * The next timer in the list of changes, {@link TimingWheel#END} for the last; null while this timer is not in
         * it.
         */
        private volatile @Nullable Timer nextChange;

        private int slot = NOWHERE;
        private @Nullable Timer before;
        private @Nullable Timer after;

        /** Records the expiry. Called by the clock on which the timer is set. */
        public final void note(long time) {
            expiry = time;
        }

        /** Returns the expiry that was set last. Called by the thread that sets the timer. */
        public final long expiry() {
            return expiry;
        }

        /** Called when the timer has expired, by the thread that ticks, which must not be blocked. */
        public abstract void expired();
    }

    private final long origin;
    private final Runnable wake;
    private final @Nullable Timer[] slots = new @Nullable Timer[SLOTS];

    /** The last tick and the number of timers in the slots; accessed only by the thread that ticks. */
    private long current;

    private int size;

    @SuppressWarnings("unused") // used by CHANGES
    private volatile Timer changes = END;

    private volatile boolean resting = true;

    /**
     * Creates an empty wheel, at rest.
     *
     * @param now the time, in nanoseconds
     * @param wake called by the thread that sets the first timer: from now on {@link #tick} must be called until it
     *     returns false
     */
    TimingWheel(long now, Runnable wake) {
        this.origin = now;
        this.wake = wake;
    }

    /** Sets a timer to expire at the given time, and no longer at the time it was set to before. */
    void set(Timer timer, long expiry) {
        timer.note(expiry);
        // The thread that ticks removes a timer from the list before it reads the expiry: either it sees the new
        // expiry, or this thread sees that the timer is not in the list
        if (timer.nextChange == null) {
            addToChanges(timer);
            wakeIfResting();
        }
    }

    private void addToChanges(Timer timer) {
        Timer first;
        do {
            first = changes;
            timer.nextChange = first;
        } while (!CHANGES.compareAndSet(this, first, timer));
    }

    /** Resumes ticking if it stopped for lack of memory. Called by the thread that ticks. */
    void wakeIfForgotten() {
        if (size > 0 || changes != END) {
            wakeIfResting();
        }
    }

    private void wakeIfResting() {
        if (resting && RESTING.compareAndSet(this, true, false)) {
            try {
                wake.run();
            } catch (Throwable notWoken) {
                rest();
                throw notWoken;
            }
        }
    }

    /** Marks the wheel as not ticked, whatever it contains: the next timer that is set wakes it again. */
    void rest() {
        resting = true;
    }

    /**
     * Expires the timers that are due. Called by one thread at a time, at intervals of at least {@link #TICK}.
     *
     * @param now the time
     * @return whether to continue ticking; if not, the wheel rests
     */
    boolean tick(long now) {
        takeChanges();
        long last = (now - origin) / TICK;
        current = Math.max(current, last - SLOTS);
        while (current < last) {
            expire(slotOf(current + 1), now);
            current++;
        }
        if (size > 0) {
            return true;
        }
        rest();
        // A timer set meanwhile may have seen the wheel awake
        return changes != END && RESTING.compareAndSet(this, true, false);
    }

    private void takeChanges() {
        Timer next = (Timer) CHANGES.getAndSet(this, END);
        while (next != null && next != END) {
            Timer timer = next;
            next = timer.nextChange;
            timer.nextChange = null;
            unlink(timer);
            long expiry = timer.expiry;
            if (expiry != NEVER) {
                long tick = (expiry - origin - 1) / TICK + 1;
                link(timer, slotOf(Math.max(current + 1, tick)));
            }
        }
    }

    private void expire(int slot, long now) {
        Timer next = slots[slot];
        while (next != null) {
            Timer timer = next;
            next = timer.after;
            long expiry = timer.expiry;
            if (expiry != NEVER && expiry - now <= 0) {
                unlink(timer);
                timer.expired();
            }
        }
    }

    private static int slotOf(long tick) {
        return (int) tick & (SLOTS - 1);
    }

    private void link(Timer timer, int slot) {
        Timer first = slots[slot];
        timer.slot = slot;
        timer.after = first;
        if (first != null) {
            first.before = timer;
        }
        slots[slot] = timer;
        size++;
    }

    private void unlink(Timer timer) {
        if (timer.slot == Timer.NOWHERE) {
            return;
        }
        Timer before = timer.before;
        Timer after = timer.after;
        if (before == null) {
            slots[timer.slot] = after;
        } else {
            before.after = after;
        }
        if (after != null) {
            after.before = before;
        }
        timer.slot = Timer.NOWHERE;
        timer.before = null;
        timer.after = null;
        size--;
    }
}
