// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The application's callbacks for one connection. There is one handler object per connection, so it keeps its state in
 * plain fields without a map or a lock; a handler with such fields should extend {@link StatefulHandler}, which detects
 * accidental sharing.
 *
 * <p><b>Order.</b> {@code onOpen}, {@code onData}*, [{@code onSecured}, {@code onData}*]*, [{@code onEndOfInput}],
 * {@code onClose}. Callbacks of one connection never overlap. {@code onClose} is called exactly once for every
 * connection, including one whose handshake failed and for which {@code onOpen} was never called.
 *
 * <p><b>Threads.</b> Every callback runs on a dispatcher thread, or on the executor configured for the server or client
 * ({@code callbackExecutor}). On a dispatcher thread it should not block: if there are two or more threads, a blocking
 * callback delays other connections but never stops them; after half a second it is reported.
 *
 * <p><b>Errors.</b> An exception thrown by a callback ends only its own connection, with
 * {@link CloseReason#HANDLER_FAILED}; a {@link ProtocolViolationException} indicates that the peer is at fault.
 */
@FunctionalInterface
public interface ConnectionHandler {

    /**
     * Called when the connection is ready for data: the gate has decided, and the handshake, if any, has succeeded.
     *
     * @param connection the connection, which may be kept and used from any thread
     */
    default void onOpen(Connection connection) {}

    /**
     * Called when an upgrade ({@link Connection#startTls}) has succeeded: the connection is under TLS from now on. Not
     * called for a connection that uses TLS from the beginning, for which only {@link #onOpen onOpen} is called.
     *
     * @param connection the connection, with its session
     */
    default void onSecured(Connection connection) {}

    /**
     * Called when application data has arrived.
     *
     * <p>The buffer is lent for the duration of the call. Bytes left unread in it are presented again, followed by
     * those that arrive next, so a framing handler reads whole frames and leaves the rest. The handler reads by moving
     * the position forward; it may change the limit, which is restored afterwards. A handler that moves the position
     * back (with {@code rewind}, {@code clear} or {@code compact}) ends the connection with
     * {@link CloseReason#BUFFER_CHANGED}.
     *
     * <p>The buffer, or a view of it, may be passed directly to a write of this or another connection. Neither may be
     * kept: the memory is reused soon after the call.
     *
     * @param connection the connection
     * @param data the bytes, from position to limit; never empty
     */
    void onData(Connection connection, ByteBuffer data);

    /**
     * Returns how many bytes this handler may have to leave unread before it can continue, such as the size of its
     * largest frame. A connection whose {@code unreadLimit} is lower ends with {@link CloseReason#HANDLER_FAILED} when
     * it is opened, rather than later when such a frame arrives. Called once, after {@link #onOpen onOpen}.
     *
     * @return the number of bytes; 0, the default, if unknown
     */
    default int requiredUnreadLimit() {
        return 0;
    }

    /**
     * Called when the connection is {@linkplain Connection#writable() writable} again, and is read again: the number of
     * pending bytes had exceeded the high watermark and has fallen to the low one.
     *
     * @param connection the connection
     */
    default void onWritable(Connection connection) {}

    /**
     * Called when the connection has been idle for as long as {@code idleTimeout} allows, or one of its directions for
     * as long as {@link Connection#readIdleTimeout} or {@link Connection#writeIdleTimeout} does. Called again each time
     * the timeout has passed once more without a byte.
     *
     * <p>A handler that sends a heartbeat:
     *
     * <pre>{@code
     * public boolean onIdle(Connection connection, Idle idle) {
     *     return idle == Idle.WRITE && connection.write(ping());
     * }
     * }</pre>
     *
     * <p>Not called with {@link Idle#BOTH} while bytes wait for a peer that does not read, which is subject to the
     * {@code writeTimeout}; nor while another callback of this connection runs on an executor or waits for a thread of
     * it, which closes the connection.
     *
     * @param connection the connection
     * @param idle the idle direction
     * @return true to keep the connection; false, the default, to close it with {@link CloseReason#IDLE_TIMEOUT} once
     *     everything written has been sent
     */
    default boolean onIdle(Connection connection, Idle idle) {
        return false;
    }

    /**
     * Called when the server drains ({@code Server.drain}): the handler should end the connection when its current work
     * is done; at the deadline the server ends it. Called once, after {@link #onOpen onOpen} and after delivery of what
     * has been received by then; if an upgrade is under way, after that. By default the connection is closed
     * gracefully, which first sends pending writes; a handler that is still working on a response overrides this.
     *
     * <p>A handler also overrides this if its peer keeps idle connections for reuse, as HTTP clients and load balancers
     * do: a request may be on its way at this moment, and a close would lose it. Such a handler only records that the
     * server drains, announces in its next response that it is the last one ({@code Connection: close} in HTTP/1.1; RFC
     * 9112, 9.6), and closes after that. A connection that stays idle is closed at the deadline.
     *
     * @param connection the connection
     */
    default void onDrain(Connection connection) {
        connection.close();
    }

    /**
     * Called when the peer has properly ended its stream; no more data will come. By default the connection is closed
     * once everything written has been sent. A handler that still has something to send overrides this and closes later
     * (with TLS 1.2 the peer's close_notify ends both directions, RFC 5246, 7.2.1).
     *
     * @param connection the connection
     */
    default void onEndOfInput(Connection connection) {
        connection.close();
    }

    /**
     * Called when the connection has ended and all its buffers have been released. No callback follows.
     *
     * @param connection the connection; only its properties can still be queried
     * @param reason the reason for which it ended
     * @param cause the exception behind the reason, or null if there is none
     */
    default void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {}

    /**
     * Returns a handler that selects the actual handler when the connection is open, depending on what is then known of
     * it: the application protocol (ALPN), the server name, the client certificate, the address.
     *
     * <pre>{@code
     * server.handler(() -> ConnectionHandler.selecting(connection -> byProtocol(connection)))
     * }</pre>
     *
     * @param choice called once, in the connection's turn, in place of {@code onOpen}; then {@code onOpen} and all
     *     later callbacks of the handler that it returns are called. An exception ends the connection. Not called for a
     *     connection that never opens; only a {@link ConnectionObserver} is notified of its end
     * @return a new handler, for one connection
     */
    static ConnectionHandler selecting(Function<? super Connection, ? extends ConnectionHandler> choice) {
        return StatefulHandler.selecting(choice);
    }
}
