// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;

/**
 * Where a connection waits until its handshake may run: from the first bytes of the peer's, which stay undecoded, until its
 * {@link Admission}. Touched by the strand alone.
 */
final class Turnstile {
    private final SocketConnection connection;
    private final Admission.Place place;
    private boolean waiting;

    /** The first bytes have come. */
    Turnstile(SocketConnection connection) {
        this.connection = connection;
        this.place = connection.endpoint.admission().ask(() -> connection.signal(Signal.MESSAGE));
    }

    /**
     * Whether the connection had to wait when it tried to pass, and shall not be read: a read would keep from the filter
     * what has come already. It may have been let in since, and is about to try again.
     */
    boolean waiting() {
        return waiting;
    }

    /** Whether bytes may go to the filter now. One that is refused ends its connection. */
    boolean passes() {
        waiting = place.waiting();
        CloseReason refusal = place.refusal();
        if (refusal != null) {
            connection.end(refusal, null);
        }
        return refusal == null && !waiting;
    }

    /** The handshake is over, however it went. May be called again. */
    void leave() {
        place.leave();
    }
}
