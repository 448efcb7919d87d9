// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Observes the connections of a server or client, for logs and metrics; it cannot change what happens. Called on
 * dispatcher threads, in the connection's turn; what it throws is logged and otherwise ignored.
 */
public interface ConnectionObserver {

    /**
     * A limit of a server has refused a connection, which was closed without an answer; or, when the client is known by
     * a PROXY header only, is about to be. Nothing else is told of the former. Called on any dispatcher thread.
     *
     * @param remote whose connection it was
     * @param listener the name of the listener that accepted it
     * @param limit which limit
     */
    default void onRefused(InetSocketAddress remote, String listener, ConnectionLimit limit) {}

    /**
     * A connection was accepted or established; its gate has not decided yet.
     *
     * @param connection the connection
     */
    default void onAccepted(Connection connection) {}

    /**
     * The gate of a connection has decided what it is, or its default did.
     *
     * @param connection the connection
     * @param decision what it is; never one that waits for something
     * @param time from the accept until now
     */
    default void onDecided(Connection connection, Decision decision, Duration time) {}

    /**
     * A TLS handshake has succeeded: the one that opens a connection, or that of an upgrade. Called before
     * {@link #onOpened}.
     *
     * @param connection the connection
     * @param session what was agreed on
     * @param time from the first byte of the handshake, in either direction, until now
     */
    default void onSecured(Connection connection, TlsSession session, Duration time) {}

    /**
     * A TLS handshake has failed, whether by its contents, its deadline, or the network. The connection ends;
     * {@link #onClosed} is called behind, with the same exception for its cause.
     *
     * @param connection the connection
     * @param failure the word for it ({@link TlsException#failure()}), and what to do
     * @param time from the first byte of the handshake, or else the accept, until now
     */
    default void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {}

    /**
     * A connection is ready for data.
     *
     * @param connection the connection
     */
    default void onOpened(Connection connection) {}

    /**
     * A connect of a client, or to the target of a relay, has succeeded: its connection is ready for data. Called
     * behind {@link #onOpened}.
     *
     * @param connection the connection
     * @param trace what was done for it, and when
     */
    default void onConnected(Connection connection, ConnectTrace trace) {}

    /**
     * A connect of a client, or to the target of a relay, has failed, or was given up by its caller. Called once, on
     * any thread; if there was a connection already, {@link #onClosed} is called for it besides.
     *
     * @param failure why, and what was done until then
     */
    default void onConnectFailed(ConnectFailedException failure) {}

    /**
     * A callback of a connection's handler threw. The connection ends with {@link CloseReason#HANDLER_FAILED}.
     *
     * @param connection the connection
     * @param failure what was thrown
     */
    default void onHandlerFailure(Connection connection, Throwable failure) {}

    /**
     * A callback of a connection, or something else in its turn, has held a thread of the dispatcher for more than half
     * a second and still does: whatever else that thread serves has to wait. Told once for each such turn, on a thread
     * for tasks and not in the connection's turn; also logged as a warning, at most every ten seconds.
     *
     * @param connection the connection
     * @param time for how long already
     * @param stack where the thread is
     */
    default void onThreadBlocked(Connection connection, Duration time, List<StackTraceElement> stack) {}

    /**
     * A connection has ended.
     *
     * @param connection the connection
     * @param reason why
     * @param cause what lay behind it, if there was an exception
     */
    default void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {}
}
