// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/**
 * One TCP connection, plain or under TLS. All methods may be called from any thread and none blocks.
 */
public interface Connection {

    /**
     * A number that no other connection of this process has; log lines show it in hexadecimal.
     *
     * @return the number
     */
    long id();

    /**
     * The peer's address.
     *
     * @return the address, also after the end
     */
    InetSocketAddress remoteAddress();

    /**
     * The address on this side.
     *
     * @return the address, also after the end
     */
    InetSocketAddress localAddress();

    /**
     * The facts of the TLS session.
     *
     * @return the session, empty while or if the connection is plain
     */
    Optional<TlsSession> session();

    /**
     * Waits for TLS: for code that is not the handler and has the connection before it is open, or before it is upgraded.
     *
     * @return completes with the facts of the session as soon as there is one, which is before {@code onOpen}, or at once if
     *     there is one already; or with a {@link java.nio.channels.ClosedChannelException} when the connection ends without.
     *     Code that depends on it runs in this connection's turn, or on the caller's thread
     */
    CompletableFuture<TlsSession> secured();

    /**
     * Sends bytes. The buffer has been consumed when this returns, so a lent buffer may be written and a buffer may be
     * used again at once. Bytes written during one callback leave together; there is no flush.
     *
     * <p>Nothing limits what may be written: look at {@link #pendingBytes()}, or wait for
     * {@link ConnectionHandler#onWritable onWritable}, when the peer may be slow.
     *
     * @param data the bytes from position to limit
     * @return false, and the buffer untouched, if this side of the connection is already closed
     */
    boolean write(ByteBuffer data);

    /**
     * Sends bytes without copying them first, unless they are so few that they had better leave together with their
     * neighbors. The buffer belongs to the connection until the completion, which is
     * delivered exactly once, on a dispatcher thread, in the order of the writes: after the bytes have been handed to the
     * operating system, or with the failure that ended the connection.
     *
     * @param data the bytes from position to limit
     * @param attachment passed to the handler as it is
     * @param handler told of the completion
     * @param <A> the attachment's type
     */
    <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler);

    /**
     * The number of bytes that were written and have not yet been handed to the operating system. Exact within a
     * callback of this connection, elsewhere a recent value.
     *
     * @return the number of bytes
     */
    long pendingBytes();

    /** Delivers no more data until {@link #resume()}; within a callback it holds at once. The peer is slowed down by TCP. */
    void pause();

    /** Delivers data again after {@link #pause()}; what the handler left unread is then presented once more. */
    void resume();

    /**
     * Ends the connection in order: sends what was written, then close_notify (under TLS) and the end of the stream,
     * and waits a bounded time for the peer's. May be called any number of times.
     */
    void close();

    /** Ends the connection at once; what was not yet sent is lost. May be called any number of times. */
    void abort();

    /**
     * Runs code in this connection's turn: never at the same time as one of its callbacks.
     *
     * @param task what to run, on a dispatcher thread; what it throws ends the connection like a callback's failure
     * @return false, and the task is not run, if the connection has already ended
     */
    boolean execute(Runnable task);
}
