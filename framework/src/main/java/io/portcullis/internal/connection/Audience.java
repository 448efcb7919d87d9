// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Connection;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.List;

/** The observers that are told what becomes of a connection. Telling never fails. From any thread. */
public interface Audience {
    /** Its first turn has begun. */
    void accepted(Connection connection);

    /** Its handshake is over, after so long. */
    void secured(Connection connection, TlsSession session, Duration time);

    /** Its handshake has failed, or was broken off. */
    void handshakeFailed(Connection connection, TlsException failure, Duration time);

    /** Its handler has it. */
    void opened(Connection connection);

    /** The peer broke the TLS protocol on an open connection. */
    void violated(Connection connection, TlsException failure);

    /** Code of the application has thrown. */
    void handlerFailed(Connection connection, Throwable failure);

    /** The handler has found its peer at fault. */
    void peerAtFault(Connection connection, String why);

    /** The handler has left more unread than it may. */
    void leftTooMuch(Connection connection, int unread, int limit);

    /** The application has changed a buffer that was not its own. */
    void bufferChanged(Connection connection, IllegalStateException fault);

    /** A turn of the connection holds its thread. */
    void threadHeld(Connection connection, Duration time, List<StackTraceElement> stack);

    /** A connection ended because buffers were short. */
    void shortOfMemory(Connection connection, Throwable cause);

    /** The socket of the connection could not be closed. */
    void buffersLost(Connection connection);

    /** Code of ours has thrown. */
    void defect(Connection connection, Throwable failure);
}
