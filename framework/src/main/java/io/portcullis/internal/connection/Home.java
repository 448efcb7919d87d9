// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Machine;
import org.jspecify.annotations.Nullable;

/** What a connection needs from its server or client. May be called from any thread. */
public interface Home {
    Machine machine();

    ConnectionSettings settings();

    /** Returns the limit on concurrently computing handshakes. */
    Admission admission();

    /** Whether the server is draining, so that handlers should end their connections when they can. */
    boolean draining();

    /** Whether all connections are being closed. */
    boolean closing();

    /** Returns the observers to notify of a connection's events. */
    Audience audience();

    /**
     * Called when a connection has ended and its last callback has returned: notifies the observers, and then stops
     * counting it.
     */
    void closed(CountedConnection connection, CloseReason reason, @Nullable Throwable cause);
}
