// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.parts.Signal;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection waits until its handshake may compute: a whole flight of the peer's is there, and stays undecoded,
 * until its {@link Admission}. The place is given back when the flight is answered, so that a connection whose peer is
 * awaited holds none; each further flight of the handshake asks for another one. Touched by the strand alone.
 */
final class Turnstile {
    private final Admission admission;
    private final Strand strand;
    private Admission.@Nullable Place place;
    private boolean begun;
    private boolean waiting;

    /** In front of nobody yet; who is let in later has a turn then. */
    Turnstile(Admission admission, Strand strand) {
        this.admission = admission;
        this.strand = strand;
    }

    /**
     * Whether the connection had to wait when it tried to pass, and shall not be read: a read would keep from the
     * filter what has come already. It may have been let in since, and is about to try again.
     */
    boolean waiting() {
        return waiting;
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
        waiting = its.waiting();
        boolean passed = its.refusal() == null && !waiting;
        begun |= passed;
        return passed;
    }

    /** Why the flight will never pass, if that is so: then the connection is to end. */
    @Nullable
    CloseReason refusal() {
        return place == null ? null : place.refusal();
    }

    private Admission.Place ask() {
        Runnable changed = () -> strand.signal(Signal.MESSAGE);
        return begun ? admission.askAgain(changed) : admission.ask(changed);
    }

    /** Nothing is computed any more until the peer has been heard. */
    void peerAwaited() {
        if (!waiting) {
            leave();
        }
    }

    /** Gives the place back, or stops waiting for it. May be called again. */
    void leave() {
        if (place != null) {
            place.leave();
            place = null;
            waiting = false;
        }
    }
}
