// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection waits until its handshake may compute: a whole flight of the peer's is there, and stays undecoded, until
 * its {@link Admission}. The place is given back when the flight is answered, so that a connection whose peer is awaited
 * holds none; each further flight of the handshake asks for another one. Touched by the strand alone.
 */
final class Turnstile {
    private final SocketConnection connection;
    private final Admission admission;
    private Admission.@Nullable Place place;
    private boolean begun;
    private boolean waiting;

    Turnstile(SocketConnection connection) {
        this.connection = connection;
        this.admission = connection.endpoint.admission();
    }

    /**
     * Whether the connection had to wait when it tried to pass, and shall not be read: a read would keep from the filter
     * what has come already. It may have been let in since, and is about to try again.
     */
    boolean waiting() {
        return waiting;
    }

    /** Whether the flight that has come may go to the filter now. One that is refused ends its connection. */
    boolean passes() {
        if (admission.unlimited()) {
            return true;
        }
        Admission.Place its = place == null ? ask() : place;
        place = its;
        waiting = its.waiting();
        CloseReason refusal = its.refusal();
        if (refusal != null) {
            connection.end(refusal, null);
        }
        boolean passed = refusal == null && !waiting;
        begun |= passed;
        return passed;
    }

    private Admission.Place ask() {
        Runnable changed = () -> connection.signal(Signal.MESSAGE);
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
