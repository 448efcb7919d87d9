// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.limit;

import io.portcullis.CloseReason;
import io.portcullis.dispatch.AdmissionLimit;
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
 * Lets so many in at a time, in the order in which they came; those that go on with what they have begun come first.
 * May be used from any thread; nobody is held up.
 *
 * <p>A place that is given back is free at once, or <i>in rounds</i>: when the dispatcher has gone once through what
 * waits for its threads. A handshake computes within one turn, so on few threads there are never many at a time; what
 * matters to open connections is how many are computed one after the other before it is their turn again, and that is
 * bounded so. While most places are free nobody needs a round, and none is made.
 *
 * <p><b>No lost wake-up.</b> A thread that adds to a queue looks for a free place afterwards, and so does one that
 * frees a place; and one that took a place for which nobody waited looks at the queues once more after giving it back.
 * One that waits counts itself before it looks for places that a round would free, and one that gives a place back
 * counts it before looking for somebody who waits. So nobody waits while there is a place, and a round is made if there
 * will be one.
 *
 * <p>A place that is given up stays in its queue, and is passed over. When more are dead than alive, all queues are
 * swept: giving up costs the same however many wait.
 */
public final class Admission {
    /** So many dead places are not worth a sweep. */
    private static final int FEW = 64;

    private final Timers timers;
    private final AdmissionLimit limit;
    private final boolean inRounds;

    /** The places that are not free. */
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

    /** An admission whose places are free as soon as they are given back. */
    public static Admission atOnce(Timers timers, AdmissionLimit limit) {
        return new Admission(timers, limit, false);
    }

    /** An admission whose places are free when the dispatcher has gone round. */
    public static Admission inRounds(Timers timers, AdmissionLimit limit) {
        return new Admission(timers, limit, true);
    }

    /** Whether everybody is let in. */
    public boolean unlimited() {
        return limit.concurrent() == Integer.MAX_VALUE;
    }

    /** How many are in. */
    public int admitted() {
        return taken.get() - returned.get();
    }

    /** How many wait. */
    public int queued() {
        return queued.get();
    }

    /** How many places were looked at to forget those that were given up. */
    public long swept() {
        return swept.get();
    }

    /**
     * Asks to be let in.
     *
     * @param changed run once when a place that waits waits no longer; on any thread, which must not be held up, and
     *     must not throw
     * @return a place that is admitted, refused, or waits; to be {@linkplain Place#leave left} in any case
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
     * Asks to be let in again, for what was begun before: it comes before those that have not begun, and is never
     * refused.
     *
     * @param changed as for {@link #ask}
     * @return a place that is admitted, or waits; to be {@linkplain Place#leave left} in any case
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
            place.plan = timers.schedule(place::timedOut, limit.timeout().toNanos());
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
            // Open connections may wait a little longer; without a round everybody else would wait for ever.
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

    /** One of those that wait has given up. */
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

    /** Of one who asked. */
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

        /** Why it is not let in, or null. */
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

        /** Gives the place back, or stops waiting for it. May be called again. */
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
