// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Lets so many in at a time, in the order in which they came. May be used from any thread; nobody is held up.
 *
 * <p>Whoever adds to the queue looks for a free place afterwards, and so does whoever frees one; and who took a place for
 * which nobody waited looks at the queue once more after giving it back. So nobody waits while there is a place.
 */
final class Admission {
    private final Machine machine;
    private final AdmissionLimit limit;
    private final AtomicInteger admitted = new AtomicInteger();
    private final AtomicInteger queued = new AtomicInteger();
    private final Queue<Place> queue = new ConcurrentLinkedQueue<>();

    Admission(Machine machine, AdmissionLimit limit) {
        this.machine = machine;
        this.limit = limit;
    }

    /** How many are in. */
    int admitted() {
        return admitted.get();
    }

    /** How many wait. */
    int queued() {
        return queued.get();
    }

    /**
     * Asks to be let in.
     *
     * @param changed run once when a place that waits waits no longer; on any thread, which must not be held up
     * @return a place that is admitted, refused, or waits; to be {@linkplain Place#leave left} in any case
     */
    Place ask(Runnable changed) {
        Place place = new Place(changed);
        if (queue.isEmpty() && take()) {
            place.state.set(State.ADMITTED);
        } else if (queued.incrementAndGet() > limit.queue()) {
            queued.decrementAndGet();
            place.state.set(State.REFUSED);
        } else {
            place.plan = machine.schedule(place::timedOut, limit.timeout().toNanos());
            queue.add(place);
            admitNext();
        }
        return place;
    }

    private boolean take() {
        return admitted.getAndUpdate(count -> count < limit.concurrent() ? count + 1 : count) < limit.concurrent();
    }

    private void admitNext() {
        while (!queue.isEmpty() && take()) {
            Place next = queue.poll();
            if (next == null || !next.admit()) {
                admitted.decrementAndGet();
            }
        }
    }

    private enum State {
        WAITING,
        ADMITTED,
        REFUSED,
        TIMED_OUT,
        LEFT
    }

    /** Of one who asked. */
    final class Place {
        private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
        private final Runnable changed;
        private @Nullable Future<?> plan;

        Place(Runnable changed) {
            this.changed = changed;
        }

        boolean waiting() {
            return state.get() == State.WAITING;
        }

        /** Why it is not let in, or null. */
        @Nullable
        CloseReason refusal() {
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
                queued.decrementAndGet();
                queue.remove(this);
                changed.run();
            }
        }

        /** Gives the place back, or stops waiting for it. May be called again. */
        void leave() {
            State before = state.getAndSet(State.LEFT);
            if (before == State.ADMITTED) {
                admitted.decrementAndGet();
                admitNext();
            } else if (before == State.WAITING) {
                queued.decrementAndGet();
                queue.remove(this);
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
