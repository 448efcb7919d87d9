// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The timers of all connections: a hashed timing wheel (Varghese and Lauck, 1987). A slot is a moment, {@link #TICK}
 * after the one before it; a timer is linked into the slot at or behind its expiry, together with those that expire a
 * whole number of revolutions later. So a timer costs no allocation, and setting, changing and stopping it costs the
 * same however many there are. It expires at most one tick late, never early.
 *
 * <p>Any thread sets a timer, but only the thread that ticks touches the slots, so there is no lock: a timer that was
 * set goes onto a list of changes, once, however often it is set until the next tick takes the list and links each
 * timer to where its expiry now belongs. To stop a timer is to set it to {@link #NEVER}: the wheel lets go of it with
 * the next tick.
 *
 * <p>With no timer in it the wheel rests, and is not ticked until one is set.
 */
public final class TimingWheel {
    /** The time of a timer that does not expire. */
    public static final long NEVER = Long.MAX_VALUE;

    /** In nanoseconds. Deadlines are seconds, so a tenth of one is near enough. */
    static final long TICK = TimeUnit.MILLISECONDS.toNanos(100);

    /** A power of two; a revolution takes longer than any deadline by default, so that a timer is looked at once. */
    static final int SLOTS = 1024;

    private static final VarHandle CHANGES =
            Fields.handle(MethodHandles.lookup(), TimingWheel.class, "changes", Timer.class);
    private static final VarHandle RESTING =
            Fields.handle(MethodHandles.lookup(), TimingWheel.class, "resting", boolean.class);

    private static final Timer END = new Timer() {
        @Override
        public void expired() {}
    };

    /** A timer, and a node of the lists that it is in. Set by one thread at a time. */
    public abstract static class Timer {
        private static final int NOWHERE = -1;

        private volatile long expiry = NEVER;

        /**
         * The next one in the list of changes, {@link TimingWheel#END} behind the last; null while it is not in there.
         */
        private volatile @Nullable Timer nextChange;

        private int slot = NOWHERE;
        private @Nullable Timer before;
        private @Nullable Timer after;

        /** For the clock that it is set on. */
        public final void note(long time) {
            expiry = time;
        }

        /** What it was set to last; for the thread that sets it. */
        public final long expiry() {
            return expiry;
        }

        /** The time has come; called by the thread that ticks, which must not be held up. */
        public abstract void expired();
    }

    private final long origin;
    private final Runnable wake;
    private final @Nullable Timer[] slots = new @Nullable Timer[SLOTS];

    /** The last tick, and how many timers are in the slots: touched by the thread that ticks. */
    private long current;

    private int size;

    @SuppressWarnings("unused") // used by CHANGES
    private volatile Timer changes = END;

    private volatile boolean resting = true;

    /**
     * An empty wheel, resting.
     *
     * @param now the time, in nanoseconds
     * @param wake called by whoever sets the first timer: from now on {@link #tick} is to be called, until it answers
     *     false
     */
    TimingWheel(long now, Runnable wake) {
        this.origin = now;
        this.wake = wake;
    }

    /** Sets a timer to expire at this time, and no longer at the one that it was set to before. */
    void set(Timer timer, long expiry) {
        timer.note(expiry);
        // The thread that ticks takes a timer out of the list before it reads the expiry: it sees this one, or this
        // sees it out
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

    /** Has it ticked again if that ended for lack of memory; called by the thread that ticks. */
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

    /** Nobody ticks any more, whatever is in the wheel: the next timer that is set wakes it again. */
    void rest() {
        resting = true;
    }

    /**
     * Expires the timers whose time has come. Called by one thread at a time, every {@link #TICK} or later.
     *
     * @param now the time
     * @return whether to go on; if not, the wheel rests
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
        // A timer that was set meanwhile may have seen the wheel awake
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
