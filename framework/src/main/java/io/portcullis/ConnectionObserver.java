// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Observes the connections of a server or client, for logs and metrics; it cannot influence them. Unless noted
 * otherwise, methods are called on dispatcher threads, in the connection's turn. Exceptions are logged and otherwise
 * ignored.
 */
public interface ConnectionObserver {

    /**
     * Called when a limit of a server has refused a connection, which was closed without a response; or is about to be,
     * if its client is known only from a PROXY header. In the former case no other method is called for it. Called on
     * any dispatcher thread.
     *
     * @param remote the client's address
     * @param listener the name of the listener that accepted it
     * @param limit the limit that was reached
     */
    default void onRefused(InetSocketAddress remote, String listener, ConnectionLimit limit) {}

    /**
     * Called when a connection was accepted or established, before its gate has decided.
     *
     * @param connection the connection
     */
    default void onAccepted(Connection connection) {}

    /**
     * Called when the gate of a connection, or its default, has decided.
     *
     * @param connection the connection
     * @param decision the final decision; never one that waits for something
     * @param time the time from the accept until now
     */
    default void onDecided(Connection connection, Decision decision, Duration time) {}

    /**
     * Called when a TLS handshake has succeeded, either the one that opens a connection or that of an upgrade. Called
     * before {@link #onOpened}.
     *
     * @param connection the connection
     * @param session the negotiated session
     * @param time the time from the first byte of the handshake, in either direction, until now
     */
    default void onSecured(Connection connection, TlsSession session, Duration time) {}

    /**
     * Called when a TLS handshake has failed, whether because of its contents, its deadline, or the network. The
     * connection ends; {@link #onClosed} is called afterwards, with the same exception as its cause.
     *
     * @param connection the connection
     * @param failure the failure, with its kind ({@link TlsException#failure()}) and what to do
     * @param time the time from the first byte of the handshake, or from the accept if none has come, until now
     */
    default void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {}

    /**
     * Called when a connection is ready for data.
     *
     * @param connection the connection
     */
    default void onOpened(Connection connection) {}

    /**
     * Called when a connect of a client, or to the target of a relay, has succeeded and its connection is ready for
     * data. Called after {@link #onOpened}.
     *
     * @param connection the connection
     * @param trace the steps of the connect and their times
     */
    default void onConnected(Connection connection, ConnectTrace trace) {}

    /**
     * Called when a connect of a client, or to the target of a relay, has failed or was cancelled by its caller. Called
     * once, on any thread; if there was a connection already, {@link #onClosed} is called for it as well.
     *
     * @param failure the reason, and the steps up to the failure
     */
    default void onConnectFailed(ConnectFailedException failure) {}

    /**
     * Called when a callback of a connection's handler has thrown an exception. The connection ends with
     * {@link CloseReason#HANDLER_FAILED}.
     *
     * @param connection the connection
     * @param failure what was thrown
     */
    default void onHandlerFailure(Connection connection, Throwable failure) {}

    /**
     * Called when a callback of a connection, or other code in its turn, has blocked a dispatcher thread for more than
     * half a second and still does, delaying everything else that the thread serves. Called once for each such turn, on
     * a thread for tasks and not in the connection's turn; also logged as a warning, at most every ten seconds.
     *
     * @param connection the connection
     * @param time how long the thread has been blocked so far
     * @param stack the stack trace of the thread
     */
    default void onThreadBlocked(Connection connection, Duration time, List<StackTraceElement> stack) {}

    /**
     * Called when a connection has ended.
     *
     * @param connection the connection
     * @param reason the reason for which it ended
     * @param cause the exception behind the reason, or null if there is none
     */
    default void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {}
}
