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
 * Makes a connection wait until its handshake may compute: a whole flight of the peer has arrived and stays undecoded
 * until its {@link Admission}. The slot is released when the flight has been processed, so that a connection that waits
 * for its peer holds none; each further flight of the handshake requests another one. Confined to the strand.
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
        /** No flight has requested a slot. */
        BEFORE,
        /**
         * A flight has, and the connection must not be read, as a read would hide from the filter what has already
         * come.
         */
        WAITING,
        /** A flight may compute. */
        INSIDE,
        /**
         * The flight has been processed; the next one requests a slot again, ahead of handshakes that have not begun.
         */
        BETWEEN,
        /** The flight was refused: the connection has to end. */
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

    /** The slot that the flight has requested, or null. */
    private Admission.@Nullable Place place;

    /** Creates a turnstile without a request. A connection that is admitted later gets a turn then. */
    Turnstile(Admission admission, Strand strand) {
        this.admission = admission;
        this.strand = strand;
    }

    /**
     * Whether the connection had to wait when it last tried to pass. It may have been admitted since, and then tries
     * again.
     */
    boolean waiting() {
        return state == State.WAITING;
    }

    /**
     * Requests a slot, or checks the outcome of an earlier request; returns whether the flight that has come may be
     * passed to the filter now.
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

    /** Returns why the flight was refused, in which case the connection has to end, or null. */
    @Nullable
    CloseReason refusal() {
        return place == null ? null : place.refusal();
    }

    /** Called when nothing is left to compute until the peer sends something. */
    void peerAwaited() {
        if (state == State.INSIDE) {
            become(State.BETWEEN);
            giveBack();
        }
    }

    /** Releases the slot or stops waiting for one, for good. */
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
