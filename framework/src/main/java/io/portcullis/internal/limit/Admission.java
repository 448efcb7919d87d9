// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.limit;

import io.portcullis.CloseReason;
import io.portcullis.dispatch.AdmissionLimit;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.Timers;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Limits how many are admitted at a time, in the order of arrival; those that continue work already begun take
 * precedence. Thread-safe; no thread is ever blocked.
 *
 * <p>A slot that is released is free at once, or <i>in rounds</i>: once the dispatcher's threads have processed what
 * was queued for them. A handshake computes within one turn, so on few threads there are never many at a time; what
 * matters to open connections is how many handshakes are computed in succession before their own turn comes again, and
 * rounds limit that number. While most slots are free no round is needed, and none is made.
 *
 * <p><b>No lost wakeup.</b> A thread that adds to a queue checks for a free slot afterwards, and so does a thread that
 * frees a slot. A thread that claims a slot and finds no waiter releases it and rechecks the queues. A waiter is
 * counted before it checks for slots that a round would free, and a released slot is counted before its thread checks
 * for waiters. So no waiter is left waiting while a slot is free, and a round is made if one will be freed.
 *
 * <p>A place that is abandoned stays in its queue and is skipped. When more places are dead than alive, all queues are
 * swept, so the cost of abandoning a place does not depend on how many are waiting.
 */
public final class Admission {
    /** Up to this many dead places do not justify a sweep. */
    private static final int FEW = 64;

    private final Timers timers;
    private final AdmissionLimit limit;
    private final boolean inRounds;

    /** The slots that are not free. */
    private final AtomicInteger taken = new AtomicInteger();

    /** Those of them that the next round frees. */
    private final AtomicInteger returned = new AtomicInteger();

    private final AtomicBoolean rounding = new AtomicBoolean();
    private final AtomicInteger queued = new AtomicInteger();
    private final Queue<Place> begun = new ConcurrentLinkedQueue<>();
    private final Queue<Place> fresh = new ConcurrentLinkedQueue<>();
    private final AtomicInteger givenUp = new AtomicInteger();
    private final AtomicLong swept = new AtomicLong();

    private Admission(Timers timers, AdmissionLimit limit, boolean inRounds) {
        this.timers = timers;
        this.limit = limit;
        this.inRounds = inRounds;
    }

    /** Returns an admission whose slots are free as soon as they are released. */
    public static Admission atOnce(Timers timers, AdmissionLimit limit) {
        return new Admission(timers, limit, false);
    }

    /** Returns an admission whose released slots become free in rounds. */
    public static Admission inRounds(Timers timers, AdmissionLimit limit) {
        return new Admission(timers, limit, true);
    }

    /** Returns whether there is no limit. */
    public boolean unlimited() {
        return limit.concurrent() == Integer.MAX_VALUE;
    }

    /** Returns how many are admitted. */
    public int admitted() {
        return taken.get() - returned.get();
    }

    /** Returns how many are waiting. */
    public int queued() {
        return queued.get();
    }

    /** Returns how many places have been examined by sweeps. */
    public long swept() {
        return swept.get();
    }

    /**
     * Requests admission.
     *
     * @param changed run once when a waiting place no longer waits; on any thread, which must not be blocked, and must
     *     not throw
     * @return a place that is admitted, refused, or waiting; {@link Place#leave} must be called in any case
     */
    public Place ask(Runnable changed) {
        Place place = new Place(changed);
        if (queued.get() == 0 && take()) {
            place.state.set(State.ADMITTED);
        } else if (queued.incrementAndGet() > limit.queue()) {
            queued.decrementAndGet();
            place.state.set(State.REFUSED);
        } else {
            await(place, fresh);
        }
        return place;
    }

    /**
     * Requests admission again for work that was begun before. It takes precedence over work that has not begun, and is
     * never refused.
     *
     * @param changed as for {@link #ask}
     * @return a place that is admitted or waiting; {@link Place#leave} must be called in any case
     */
    public Place askAgain(Runnable changed) {
        Place place = new Place(changed);
        if (begun.isEmpty() && take()) {
            place.state.set(State.ADMITTED);
        } else {
            queued.incrementAndGet();
            await(place, begun);
        }
        return place;
    }

    private void await(Place place, Queue<Place> queue) {
        try {
            place.plan = timers.schedule(place::timedOut, Durations.nanos(limit.timeout()));
            queue.add(place);
            admitNext();
            if (returned.get() > 0) {
                beginRound();
            }
        } catch (Throwable noMemory) {
            place.leave();
            throw noMemory;
        }
    }

    private boolean take() {
        return taken.getAndUpdate(count -> count < limit.concurrent() ? count + 1 : count) < limit.concurrent();
    }

    private void giveBack() {
        if (inRounds) {
            returned.incrementAndGet();
            if (queued.get() > 0 || taken.get() > limit.concurrent() / 2) {
                beginRound();
            }
        } else {
            taken.decrementAndGet();
            admitNext();
        }
    }

    private void beginRound() {
        if (!rounding.compareAndSet(false, true)) {
            return;
        }
        try {
            timers.afterRound(this::roundIsOver);
        } catch (Throwable noMemory) {
            // Open connections may wait a little longer; without a round all others would wait forever.
            roundIsOver();
        }
    }

    private void roundIsOver() {
        rounding.set(false);
        taken.addAndGet(-returned.getAndSet(0));
        admitNext();
    }

    private void admitNext() {
        while (!(begun.isEmpty() && fresh.isEmpty()) && take()) {
            Place next = begun.poll();
            if (next == null) {
                next = fresh.poll();
            }
            if (next == null || !next.admit()) {
                taken.decrementAndGet();
            }
        }
    }

    /** Called when a waiting place is abandoned. */
    private void forget() {
        queued.decrementAndGet();
        if (givenUp.incrementAndGet() > Math.max(FEW, queued.get())) {
            givenUp.set(0);
            begun.removeIf(this::dead);
            fresh.removeIf(this::dead);
        }
    }

    private boolean dead(Place place) {
        swept.incrementAndGet();
        return !place.waiting();
    }

    private enum State {
        WAITING,
        ADMITTED,
        REFUSED,
        TIMED_OUT,
        LEFT
    }

    /** The place of one request. */
    public final class Place {
        private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
        private final Runnable changed;
        private @Nullable Future<?> plan;

        Place(Runnable changed) {
            this.changed = changed;
        }

        public boolean waiting() {
            return state.get() == State.WAITING;
        }

        /** Returns why admission was refused, or null. */
        public @Nullable CloseReason refusal() {
            return switch (state.get()) {
                case WAITING, ADMITTED, LEFT -> null;
                case REFUSED -> CloseReason.ADMISSION_REFUSED;
                case TIMED_OUT -> CloseReason.ADMISSION_TIMEOUT;
            };
        }

        private boolean admit() {
            if (!state.compareAndSet(State.WAITING, State.ADMITTED)) {
                return false;
            }
            queued.decrementAndGet();
            cancelPlan();
            changed.run();
            return true;
        }

        private void timedOut() {
            if (state.compareAndSet(State.WAITING, State.TIMED_OUT)) {
                forget();
                changed.run();
            }
        }

        /** Releases the slot, or stops waiting for one. May be called again. */
        public void leave() {
            State before = state.getAndSet(State.LEFT);
            if (before == State.ADMITTED) {
                giveBack();
            } else if (before == State.WAITING) {
                forget();
                cancelPlan();
            }
        }

        private void cancelPlan() {
            if (plan != null) {
                plan.cancel(false);
            }
        }
    }
}
