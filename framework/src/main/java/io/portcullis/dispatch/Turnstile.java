// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.tls.Filter;
import org.jspecify.annotations.Nullable;

/**
 * Where a connection waits until its handshake may run: from the first bytes of the peer's, which stay undecoded, until its
 * {@link Admission}. Touched by the strand alone.
 */
final class Turnstile {
    private final SocketConnection connection;
    private final Admission admission;
    private Admission.@Nullable Place place;

    Turnstile(SocketConnection connection, Admission admission) {
        this.connection = connection;
        this.admission = admission;
    }

    /** Whether the connection waits, and shall not be read. */
    boolean waiting() {
        return place != null && place.waiting();
    }

    /** Whether bytes may go to the filter now. One that is refused ends its connection. */
    boolean passes(Filter filter) {
        if (!filter.handshaking()) {
            return true;
        }
        if (place == null) {
            place = admission.ask(() -> connection.signal(Signal.MESSAGE));
        }
        CloseReason refusal = place.refusal();
        if (refusal != null) {
            connection.end(refusal, null);
        }
        return refusal == null && !place.waiting();
    }

    /** The handshake is over, however it went. May be called again. */
    void leave() {
        if (place != null) {
            place.leave();
            place = null;
        }
    }
}
