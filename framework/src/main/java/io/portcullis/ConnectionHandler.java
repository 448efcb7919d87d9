// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import java.nio.ByteBuffer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What an application does with one connection. There is one handler object per connection, so its fields need neither
 * a map nor a lock; a handler with such fields extends {@link StatefulHandler}, which refuses to be shared by mistake.
 *
 * <p><b>Order.</b> {@code onOpen}, {@code onData}*, [{@code onSecured}, {@code onData}*]*, [{@code onEndOfInput}],
 * {@code onClose}. Callbacks of one connection never overlap. {@code onClose} is called exactly once for every
 * connection, also for one whose handshake failed; that one has never been told {@code onOpen}.
 *
 * <p><b>Threads.</b> Every callback runs on a thread of the dispatcher, or on the executor that the server or client
 * was given ({@code callbackExecutor}). On a dispatcher's thread it should not block: with two or more threads a
 * callback that blocks delays other connections, it never stops them; after half a second it is reported.
 *
 * <p><b>Errors.</b> Whatever a callback throws ends its own connection with {@link CloseReason#HANDLER_FAILED} and
 * nothing else; a {@link ProtocolViolationException} says that it is the peer's fault.
 */
@FunctionalInterface
public interface ConnectionHandler {

    /**
     * The connection is ready for data: the gate has decided and the handshake, if there was one, is over.
     *
     * @param connection the connection, which may be kept and used from any thread
     */
    default void onOpen(Connection connection) {}

    /**
     * An upgrade has succeeded ({@link Connection#startTls}): the connection is under TLS from here on. Not called for
     * a connection that has been TLS from the beginning; that one is told {@link #onOpen onOpen}.
     *
     * @param connection the connection, with its session
     */
    default void onSecured(Connection connection) {}

    /**
     * Bytes of the application have arrived.
     *
     * <p>The buffer is lent for the duration of the call. What is left unread in it is presented again, in front of
     * what comes next, so a framing handler reads whole frames and leaves the rest. It is read by moving its position
     * forward; the limit may be moved, and is put back afterwards. A handler that moves the position back (with
     * {@code rewind}, {@code clear} or {@code compact}) ends the connection with {@link CloseReason#BUFFER_CHANGED}.
     *
     * <p>The buffer, or a view of it, may be given to a write of this or another connection as it is. Neither may be
     * kept: the memory belongs to somebody else soon after the call.
     *
     * @param connection the connection
     * @param data the bytes, from position to limit; never empty
     */
    void onData(Connection connection, ByteBuffer data);

    /**
     * How many bytes this handler may have to leave unread before it can go on, such as those of its largest frame. A
     * connection whose {@code unreadLimit} is lower ends with {@link CloseReason#HANDLER_FAILED} when it is opened,
     * rather than some day when such a frame comes. Asked once, behind {@link #onOpen onOpen}.
     *
     * @return the number of bytes; 0, the default, if it is not known
     */
    default int requiredUnreadLimit() {
        return 0;
    }

    /**
     * The connection is {@linkplain Connection#writable() writable} again, and is read again: the number of pending
     * bytes had exceeded the high watermark and has fallen to the low one.
     *
     * @param connection the connection
     */
    default void onWritable(Connection connection) {}

    /**
     * The connection has been idle for as long as {@code idleTimeout} allows, or one of its directions for as long as
     * {@link Connection#readIdleTimeout} or {@link Connection#writeIdleTimeout} does. Called again whenever that much
     * time has passed once more without a byte.
     *
     * <p>A handler that sends a heartbeat:
     *
     * <pre>{@code
     * public boolean onIdle(Connection connection, Idle idle) {
     *     return idle == Idle.WRITE && connection.write(ping());
     * }
     * }</pre>
     *
     * <p>Not called while bytes wait for a peer that does not read: that ends the connection with
     * {@link CloseReason#WRITE_TIMEOUT}.
     *
     * @param connection the connection
     * @param idle which direction
     * @return true to keep the connection; false, the default, to close it with {@link CloseReason#IDLE_TIMEOUT} once
     *     everything written has been sent
     */
    default boolean onIdle(Connection connection, Idle idle) {
        return false;
    }

    /**
     * The server drains ({@code Server.drain}): end the connection when what it is at is done; at the deadline it is
     * ended from outside. Called once, behind {@link #onOpen onOpen} and behind what has been received by then, and not
     * while an upgrade is under way but behind it. By default the connection is closed, which sends first what was
     * written; a handler that still works on an answer overrides this.
     *
     * <p>So does a handler whose peer keeps an idle connection to use it again, as HTTP clients and load balancers do:
     * a request may be on its way at this moment, and a close would lose it. Such a handler only remembers that the
     * server drains, says with its next answer that it is the last one ({@code Connection: close} in HTTP/1.1; RFC
     * 9112, 9.6), and closes behind that. A connection that stays idle is closed at the deadline.
     *
     * @param connection the connection
     */
    default void onDrain(Connection connection) {
        connection.close();
    }

    /**
     * The peer has properly ended its stream; there will be no more data. By default the connection is closed once
     * everything written has been sent. A handler that still has something to say overrides this and closes later (with
     * TLS 1.2 the peer's close_notify ends both directions, RFC 5246, 7.2.1).
     *
     * @param connection the connection
     */
    default void onEndOfInput(Connection connection) {
        connection.close();
    }

    /**
     * The connection has ended and all its buffers are back in the pool. Nothing is called after this.
     *
     * @param connection the connection; only its facts are still of use
     * @param reason why it ended
     * @param cause what lay behind the reason, if there was an exception
     */
    default void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {}

    /**
     * A handler that is chosen when the connection is open, by what is known of it then: the application protocol
     * (ALPN), the server's name, the client's certificate, its address.
     *
     * <pre>{@code
     * server.handler(() -> ConnectionHandler.selecting(connection -> byProtocol(connection)))
     * }</pre>
     *
     * @param choice called once, in the connection's turn, in place of {@code onOpen}; the handler that it answers is
     *     told {@code onOpen} then, and everything after it. What it throws ends the connection. Not called for a
     *     connection that is never open, whose end is then told to nobody but a {@link ConnectionObserver}
     * @return a new handler, for one connection
     */
    static ConnectionHandler selecting(Function<? super Connection, ? extends ConnectionHandler> choice) {
        return StatefulHandler.selecting(choice);
    }
}
