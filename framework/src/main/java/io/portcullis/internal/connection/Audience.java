// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.Connection;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.List;

/** Notifies the observers of a connection's events. Notifying never fails. May be called from any thread. */
public interface Audience {
    /** The connection's first turn has begun. */
    void accepted(Connection connection);

    /** The handshake has succeeded, after this time. */
    void secured(Connection connection, TlsSession session, Duration time);

    /** The handshake has failed or was aborted. */
    void handshakeFailed(Connection connection, TlsException failure, Duration time);

    /** The connection was passed to its handler. */
    void opened(Connection connection);

    /** The peer broke the TLS protocol on an open connection. */
    void violated(Connection connection, TlsException failure);

    /** Application code has thrown. */
    void handlerFailed(Connection connection, Throwable failure);

    /** The handler has reported a protocol violation by the peer. */
    void peerAtFault(Connection connection, String why);

    /** The handler has left more bytes unread than the limit allows. */
    void leftTooMuch(Connection connection, int unread, int limit);

    /** The application has changed a buffer that it did not own. */
    void bufferChanged(Connection connection, IllegalStateException fault);

    /** A turn of the connection blocks its thread. */
    void threadHeld(Connection connection, Duration time, List<StackTraceElement> stack);

    /** The connection was ended because buffers ran short. */
    void shortOfMemory(Connection connection, Throwable cause);

    /** The socket could not be closed, and the buffers lent to it are lost. */
    void buffersLost(Connection connection);

    /** Code of the framework has thrown. */
    void defect(Connection connection, Throwable failure);
}
