// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Machine;
import org.jspecify.annotations.Nullable;

/** What a connection needs of its server or client. From any thread. */
public interface Home {
    Machine machine();

    ConnectionSettings settings();

    /** Lets so many handshakes compute at a time. */
    Admission admission();

    /** Whether handlers are to end their connections when they can. */
    boolean draining();

    /** Whether all connections are being closed. */
    boolean closing();

    /** The observers that are told what becomes of a connection. */
    Audience audience();

    /** It has ended, and its last callback has returned: the observers are told, and then it is counted no more. */
    void closed(CountedConnection connection, CloseReason reason, @Nullable Throwable cause);
}
