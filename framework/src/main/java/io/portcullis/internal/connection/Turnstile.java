// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.states.Transitions;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection waits until its handshake may compute: a whole flight of the peer's is there, and stays undecoded,
 * until its {@link Admission}. The place is given back when the flight is answered, so that a connection whose peer is
 * awaited holds none; each further flight of the handshake asks for another one. Touched by the strand alone.
 *
 * <pre>
 *   BEFORE ---+---> WAITING ---+---> INSIDE ---> BETWEEN
 *             |                |       ^            |
 *             |                |       +------------+---> WAITING
 *             +----------------+---> REFUSED <------+
 *
 *   from each of these: OVER
 * </pre>
 */
final class Turnstile {
    enum State {
        /** No flight has asked for a place. */
        BEFORE,
        /** One has, and the connection shall not be read: a read would keep from the filter what has come already. */
        WAITING,
        /** A flight may compute. */
        INSIDE,
        /** It is answered; the next one asks again, and comes before those that have not begun. */
        BETWEEN,
        /** The flight never will: the connection is to end. */
        REFUSED,
        /** The handshake is over, or the connection has ended. */
        OVER
    }

    static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.BEFORE, EnumSet.of(State.WAITING, State.INSIDE, State.REFUSED, State.OVER))
            .allow(State.WAITING, EnumSet.of(State.INSIDE, State.REFUSED, State.OVER))
            .allow(State.INSIDE, EnumSet.of(State.BETWEEN, State.OVER))
            .allow(State.BETWEEN, EnumSet.of(State.WAITING, State.INSIDE, State.REFUSED, State.OVER))
            .allow(State.REFUSED, EnumSet.of(State.OVER));

    private final Admission admission;
    private final Strand strand;
    private State state = State.BEFORE;

    /** What the flight has asked for; null while none has. */
    private Admission.@Nullable Place place;

    /** In front of nobody yet; who is let in later has a turn then. */
    Turnstile(Admission admission, Strand strand) {
        this.admission = admission;
        this.strand = strand;
    }

    /**
     * Whether the connection had to wait when it tried to pass. It may have been let in since, and tries again then.
     */
    boolean waiting() {
        return state == State.WAITING;
    }

    /**
     * Asks for a place, or looks what became of that; returns whether the flight that has come may go to the filter
     * now.
     */
    boolean tryToPass() {
        if (admission.unlimited()) {
            return true;
        }
        Admission.Place its = place == null ? ask() : place;
        place = its;
        become(stateOf(its));
        return state == State.INSIDE;
    }

    private Admission.Place ask() {
        Runnable changed = () -> strand.signal(Signal.MESSAGE);
        return state == State.BETWEEN ? admission.askAgain(changed) : admission.ask(changed);
    }

    private static State stateOf(Admission.Place asked) {
        if (asked.waiting()) {
            return State.WAITING;
        }
        return asked.refusal() == null ? State.INSIDE : State.REFUSED;
    }

    private void become(State next) {
        if (next != state) {
            state = TRANSITIONS.follow(state, next);
        }
    }

    /** Why the flight will never pass, if that is so: then the connection is to end. */
    @Nullable
    CloseReason refusal() {
        return place == null ? null : place.refusal();
    }

    /** Nothing is computed any more until the peer has been heard. */
    void peerAwaited() {
        if (state == State.INSIDE) {
            become(State.BETWEEN);
            giveBack();
        }
    }

    /** Gives the place back, or stops waiting for it, for good. */
    void leave() {
        become(State.OVER);
        giveBack();
    }

    private void giveBack() {
        Admission.Place its = place;
        place = null;
        if (its != null) {
            its.leave();
        }
    }
}
