// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * One TCP connection, plain or over TLS. All methods may be called from any thread, and none blocks.
 *
 * <p>A handler that sends back everything that it receives. The buffer is lent to {@code onData} and consumed by the
 * write; while the peer does not take the echo, nothing more is delivered:
 *
 * <pre>{@code
 * ConnectionHandler echo = (connection, data) -> connection.write(data);
 * }</pre>
 */
public interface Connection {

    /**
     * Returns a number that is unique among the connections of this process; log lines show it in hexadecimal.
     *
     * @return the number
     */
    long id();

    /**
     * Returns the peer's address. Behind a trusted proxy this is the client's address from the PROXY header.
     *
     * @return the address, also after the end
     */
    InetSocketAddress remoteAddress();

    /**
     * Returns the PROXY header that a trusted proxy sent for this connection, if the gate requires one
     * ({@link Gate#proxyProtocol}).
     *
     * @return the header, or empty if there is none
     */
    Optional<ProxyHeader> proxyHeader();

    /**
     * Returns the proxy's own address: the other end of the TCP connection, if it sent a PROXY header.
     *
     * @return the address, or empty without a header
     */
    Optional<InetSocketAddress> proxyAddress();

    /**
     * Returns the local address.
     *
     * @return the address, also after the end
     */
    InetSocketAddress localAddress();

    /**
     * Returns the name of the listener that accepted this connection.
     *
     * @return the name, such as {@code *:8443}; empty if this side initiated the connection
     */
    Optional<String> listenerName();

    /**
     * Returns whether this connection is open: true from just before {@link ConnectionHandler#onOpen onOpen} until it
     * begins to end, by {@link #close()} or {@link #abort()}, by the close of its server or client or the deadline of a
     * drain, by the end of the peer's stream unless the handler keeps the other direction, by a timeout, a limit or a
     * failure. A half-close in one direction ({@link #shutdownOutput()}, or the end of the peer's stream while this
     * side goes on sending) leaves it true, and so does a change to TLS or back. While it is true, the peer may be gone
     * already, and a write may be refused.
     *
     * @return whether it is open; exact within a callback of this connection, elsewhere a recent value
     */
    boolean isOpen();

    /**
     * Returns the options that the socket supports.
     *
     * @return the options, such as those of {@link java.net.StandardSocketOptions} and
     *     {@code jdk.net.ExtendedSocketOptions} that this system knows; empty if there is no socket
     */
    Set<SocketOption<?>> supportedOptions();

    /**
     * Returns an option of the socket, plain or over TLS.
     *
     * @param option one of {@link #supportedOptions()}
     * @param <T> the type of its value
     * @return its value
     * @throws UnsupportedOperationException if the socket does not have it
     * @throws IOException if the connection has ended ({@link java.nio.channels.ClosedChannelException}), or the system
     *     cannot return the value
     */
    <T> T option(SocketOption<T> option) throws IOException;

    /**
     * Sets an option of the socket, plain or over TLS. It takes effect immediately, even for writes that have not yet
     * been sent. Options for all connections of a server or client are set on its builder.
     *
     * @param option one of {@link #supportedOptions()}
     * @param value its value
     * @param <T> the type of its value
     * @throws UnsupportedOperationException if the socket does not have it
     * @throws IllegalArgumentException if the value is not valid for the option
     * @throws IOException if the connection has ended ({@link java.nio.channels.ClosedChannelException}), or the system
     *     refuses the value
     */
    <T> void setOption(SocketOption<T> option, T value) throws IOException;

    /**
     * Returns how long ago this connection was accepted or established.
     *
     * @return the time until now; in {@code onClose} and {@link ConnectionObserver#onClosed} the lifetime of the
     *     connection
     */
    Duration age();

    /**
     * Returns how many bytes this connection has transferred so far.
     *
     * @return the counters, also after the end; slightly out of date while a turn runs
     */
    Traffic traffic();

    /**
     * Returns the TLS session.
     *
     * @return the session, or empty while the connection is plain
     */
    Optional<TlsSession> session();

    /**
     * Returns a future for the TLS session, for code outside the handler that holds the connection before it is open or
     * before it is upgraded.
     *
     * @return a future that completes with the session as soon as there is one, which is before {@code onOpen}, or
     *     immediately if there is one already; or with a {@link java.nio.channels.ClosedChannelException} if the
     *     connection ends without one. Dependent stages run in this connection's turn, or on the caller's thread
     */
    CompletableFuture<TlsSession> secured();

    /**
     * Sends bytes. The buffer has been consumed when this method returns, so a lent buffer may be written, and any
     * buffer may be reused immediately. Bytes written during one callback are sent together; there is no flush.
     *
     * <p>The amount written is not limited. A producer that sends more than responses to what was received checks
     * {@link #writable()} before each write.
     *
     * @param data the bytes from position to limit
     * @return true if the bytes were accepted; false, and the buffer is unchanged, if this side of the connection is
     *     already closed
     */
    boolean write(ByteBuffer data);

    /**
     * Sends the bytes of several buffers, in this order, as one {@link #write(ByteBuffer)}: bytes written by other
     * threads never come between them.
     *
     * @param data the bytes of each from position to limit; all of them have been consumed when this returns true. The
     *     same buffer must not be given twice: how often its bytes are sent then depends on the calling thread
     * @return true if the bytes were accepted; false, and the buffers are unchanged, if this side of the connection is
     *     already closed
     */
    boolean write(ByteBuffer... data);

    /**
     * Sends bytes, as {@link #write(ByteBuffer)} does.
     *
     * @param data the bytes; the array may be reused when this method returns
     * @return false if this side of the connection is already closed
     */
    default boolean write(byte[] data) {
        return write(ByteBuffer.wrap(data));
    }

    /**
     * Sends text in an encoding, as {@link #write(ByteBuffer)} does.
     *
     * @param text the text
     * @param charset the encoding; characters that it cannot encode are replaced, as by
     *     {@link String#getBytes(Charset)}
     * @return false if this side of the connection is already closed
     */
    default boolean write(CharSequence text, Charset charset) {
        return write(charset.encode(CharBuffer.wrap(text)));
    }

    /**
     * Sends bytes without copying them first, unless they are so few that it is cheaper to send them together with
     * adjacent writes. The buffer belongs to the connection until the handler is called. This happens exactly once,
     * where callbacks run (on a dispatcher thread, or on the executor of the callbacks if there is one), in the order
     * of the writes: after the bytes have been handed to the operating system, or with the failure that ended the
     * connection. The buffer's position and limit are not changed.
     *
     * <p><b>Until the completion</b> neither the contents nor the position and limit of the buffer may be changed. If a
     * change is detected, the connection ends with {@link CloseReason#BUFFER_CHANGED}; a buffer that now holds another
     * message of the same length cannot be detected. A buffer may be written to any number of connections at the same
     * time, and to one more than once.
     *
     * <p><b>A lent buffer</b>, or a view of it such as the frame of a framing handler, may be written from within the
     * callback that it was lent to, on this connection or another: it is recognized, and copied and consumed
     * immediately. It must not be kept and written later.
     *
     * @param data the bytes from position to limit
     * @param attachment an object passed to the handler
     * @param handler the handler to call on completion
     * @param <A> the attachment's type
     */
    <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler);

    /**
     * Sends bytes as {@link #write(ByteBuffer, Object, CompletionHandler)} does, with a future in place of a handler.
     * The same rules apply to buffers that are changed, shared or lent.
     *
     * @param data the bytes from position to limit, which belong to the connection until the future completes
     * @return a future that completes in this connection's turn, when the bytes have been handed to the operating
     *     system, or with the failure that a completion handler would get. Cancelling it does not revoke the write
     */
    default CompletableFuture<Void> send(ByteBuffer data) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        write(data, future, FutureCompletion.INSTANCE);
        return future;
    }

    /**
     * Sends a part of a file, in order with the other writes. One chunk at a time is read, off the dispatcher threads,
     * as fast as the peer takes it; the connection holds at most two chunks, whatever the count: of 60 KiB, or of 256
     * KiB while the peer takes them quickly. The whole part counts as {@linkplain #pendingBytes() pending}, so the
     * connection is not read while more than the high watermark of it remains, and {@code onWritable} is called when
     * almost all has been sent.
     *
     * <p>The caller keeps ownership of the channel: its position is neither used nor changed, any number of connections
     * may share it, and this method never closes it. It must stay open until the future is done.
     *
     * <p><b>Failure.</b> A file that cannot be read, or ends before the count is reached, ends the connection
     * immediately with {@link CloseReason#FILE_FAILED}: the count may have been announced to the peer, which would take
     * the next write for the rest of the file. Cancelling or completing the future before it is done ends the
     * connection as {@link #abort()} does; so {@code orTimeout} bounds the time.
     *
     * @param channel the file, open for reading
     * @param position the position of the first byte, at least 0
     * @param count the number of bytes, at least 0; with 0 the future only marks a position among the writes
     * @return a future that completes in this connection's turn, in the order of the writes: with the count, when the
     *     last byte has been handed to the operating system; with the exception that prevented the file from being
     *     read; with a {@link java.nio.channels.ClosedChannelException} if the connection ended earlier for another
     *     reason; or with {@link IllegalStateException}, without sending anything, during an upgrade
     *     ({@link #startTls})
     * @throws IllegalArgumentException if position or count is negative, or their sum too large
     */
    CompletableFuture<Long> sendFile(FileChannel channel, long position, long count);

    /**
     * Returns whether a producer should write more: the connection accepts writes, and the number of
     * {@linkplain #pendingBytes() pending bytes} has not exceeded the {@linkplain #highWatermark() high watermark}
     * since it was last at or below the {@linkplain #lowWatermark() low} one.
     *
     * <p>Whenever this returns false because of the watermarks, {@link ConnectionHandler#onWritable onWritable} is
     * called afterwards, as soon as the low watermark is reached, whichever thread called this method and however fast
     * the peer is. So a producer that runs this loop from {@code onOpen} and {@code onWritable} never stalls:
     *
     * <pre>{@code
     * while (connection.writable() && source.hasNext()) {
     *     connection.write(source.next());
     * }
     * }</pre>
     *
     * <p>This method also returns false before the connection is open, during {@link #startTls} and {@link #stopTls},
     * and after {@link #shutdownOutput()} or {@link #close()}. After an upgrade a producer continues in
     * {@link ConnectionHandler#onSecured onSecured}.
     *
     * @return true if a producer should write more
     */
    boolean writable();

    /**
     * Returns the number of bytes that were written and have not yet been handed to the operating system, for
     * statistics. A producer should use {@link #writable()}, which guarantees a later {@code onWritable}. The number is
     * exact within a callback of this connection, and a recent value elsewhere.
     *
     * @return the number of bytes
     */
    long pendingBytes();

    /**
     * Returns the number of pending bytes above which the connection is not {@linkplain #writable() writable}, and is
     * not read.
     *
     * @return the number of bytes, as set by {@code watermarks(low, high)}
     */
    int highWatermark();

    /**
     * Returns the number of pending bytes at which the connection becomes writable again, and is read again.
     *
     * @return the number of bytes, as set by {@code watermarks(low, high)}
     */
    int lowWatermark();

    /**
     * Returns whether more data may be delivered at this moment: the connection is open, not paused, not closing, not
     * about to change to TLS, and not above the high watermark. A handler that takes several messages out of one buffer
     * checks this between two of them; the bytes that it leaves unread are presented again when delivery is possible.
     * The value is exact within a callback of this connection, and a recent one elsewhere.
     *
     * @return true if a handler should continue with the next message
     */
    boolean receiving();

    /**
     * Stops the delivery of data until {@link #resume()}; within a callback this takes effect immediately. TCP flow
     * control slows down the peer.
     *
     * <p>One read remains outstanding while nothing waits to be delivered, so that a reset by the peer is detected and
     * ends the connection. Bytes from that read are held, and then nothing more is read. The end of the stream keeps
     * its position after the data and is delivered after {@code resume}. So the departure of a peer that sends
     * something first, or that ends its stream, is detected when the handler resumes or writes, or after the idle
     * timeout.
     */
    void pause();

    /**
     * Resumes the delivery of data after {@link #pause()}. Bytes that the handler left unread are presented again,
     * without waiting for more to arrive. However, a handler that resumes within the same {@code onData} that left
     * them, and took nothing there, is called again only when more bytes have arrived.
     */
    void resume();

    /**
     * Ends the output and continues to receive (half-close): sends pending writes, then close_notify (under TLS) and
     * the end of the stream. Nothing can be written after this call. The connection ends with
     * {@link CloseReason#PEER_CLOSE} after the end of the peer's stream, or like any other: by {@link #close()}, or
     * after the idle timeout. Before the connection is open, and during an upgrade, the half-close is deferred until it
     * is open. Further calls have no effect.
     *
     * <p>Whether the peer still responds depends on the peer: with TLS 1.2 a close_notify ends both directions (RFC
     * 5246, 7.2.1), and the same applies to an engine that cannot half-close
     * ({@link io.portcullis.tls.TlsFeature#HALF_CLOSE}).
     */
    void shutdownOutput();

    /**
     * Closes the connection gracefully: sends pending writes, then close_notify (under TLS) and the end of the stream,
     * and waits a bounded time ({@code closeTimeout}) for the end of the peer's stream, discarding what it still sends.
     * A connection that is not open yet, or whose {@link #startTls} has begun the handshake, ends immediately, because
     * it is not yet decided what may be sent to its peer. Does not wait itself; {@link #closed()} completes when it is
     * over. Further calls have no effect.
     */
    void close();

    /**
     * Returns a future for the end of the connection.
     *
     * @return a future that completes with the reason after {@code onClose}, or soon if the connection has already
     *     ended. Dependent stages run on a dispatcher thread, or on the executor of the callbacks if there is one
     */
    CompletableFuture<CloseReason> closed();

    /**
     * Ends the connection immediately; writes that were not yet sent are lost. Does not wait; {@link #closed()}
     * completes when it is over. Further calls have no effect.
     *
     * <p>Under TLS the peer can detect the truncation, because no close_notify has come (RFC 8446, 6.1). A plain peer
     * sees a FIN, as after a graceful close, unless it had sent bytes that were not read: the JDK's asynchronous
     * channels do not support resetting a connection ({@code SO_LINGER}). A plain protocol must mark by itself where a
     * message is complete.
     */
    void abort();

    /**
     * Runs code in this connection's turn: never at the same time as one of its callbacks.
     *
     * @param task the code to run, on the thread on which callbacks run; an exception ends the connection like a
     *     callback's failure
     * @return true if the task will run, before {@code onClose}; false if it will not, because the connection has
     *     already ended
     */
    boolean execute(Runnable task);

    /**
     * Runs code in this connection's turn after a delay: never at the same time as one of its callbacks, and on the
     * executor of the callbacks if there is one. Suitable for login timeouts, session timeouts and heartbeats.
     *
     * <p>The task does not run after {@code onClose}: if the connection ends earlier, the future is cancelled.
     * Cancelling the future prevents the task from running; this is certain within the connection's turn, while
     * elsewhere the task may already be running. An exception from the task ends the connection like a callback's
     * failure.
     *
     * @param delay the delay from now; 0 or less means as soon as possible
     * @param task the code to run
     * @return a future that completes in the turn, after the task; a caller may only cancel it, or wait for it outside
     *     the turn
     */
    CompletableFuture<Void> schedule(Duration delay, Runnable task);

    /**
     * Sets how long this connection may be idle in both directions, overriding the {@code idleTimeout} of its server or
     * client. The time counts from the last byte, so a connection that has already been idle for longer times out
     * immediately. While bytes wait for the peer, the {@code writeTimeout} applies instead.
     *
     * <p>On expiry {@link ConnectionHandler#onIdle onIdle} is called, which by default ends the connection with
     * {@link CloseReason#IDLE_TIMEOUT}.
     *
     * @param timeout more than 0; {@link java.time.temporal.ChronoUnit#FOREVER FOREVER.getDuration()} for no timeout
     * @throws IllegalArgumentException if it is not more than 0
     */
    void idleTimeout(Duration timeout);

    /**
     * Sets how long this connection may go without receiving a byte, whatever it sends meanwhile: to detect a dead peer
     * although bytes are sent to it. The time counts from the call; by default there is no such timeout.
     *
     * @param timeout more than 0; {@link java.time.temporal.ChronoUnit#FOREVER FOREVER.getDuration()} for no timeout
     * @throws IllegalArgumentException if it is not more than 0
     */
    void readIdleTimeout(Duration timeout);

    /**
     * Sets how long this connection may go without sending a byte, whatever it receives meanwhile: to send a heartbeat
     * from {@link ConnectionHandler#onIdle onIdle}. The time counts from the call; by default there is no such timeout.
     *
     * @param timeout more than 0; {@link java.time.temporal.ChronoUnit#FOREVER FOREVER.getDuration()} for no timeout
     * @throws IllegalArgumentException if it is not more than 0
     */
    void writeIdleTimeout(Duration timeout);

    /**
     * Replaces the handler of this connection, for a protocol that enters its next stage, such as binary data after
     * lines, or a session after a login.
     *
     * <p>If called in the connection's turn, such as in a callback of the current handler, this method calls
     * {@link ConnectionHandler#onOpen onOpen} of the next handler before it returns; if called elsewhere, that happens
     * soon, in the connection's turn. From then on all callbacks go to the next handler, including {@code onClose}; the
     * previous handler is not called anymore. Bytes that the previous handler has left unread when its {@code onData}
     * returns are presented to the next one immediately; {@link #receiving()} is false until that {@code onData} has
     * returned. If the end of the peer's stream was delivered before, {@link ConnectionHandler#onEndOfInput
     * onEndOfInput} of the next handler follows, and on a draining server {@link ConnectionHandler#onDrain onDrain};
     * {@code onSecured} is not repeated. A paused connection stays paused. Once the connection is closing, this method
     * has no effect.
     *
     * @param next the next handler; one that keeps state must be new ({@link StatefulHandler})
     * @throws IllegalStateException if the connection is not open yet, or is relayed; or, when called in the
     *     connection's turn, if the handler belongs to another connection
     */
    void handler(ConnectionHandler next);

    /**
     * Returns whether the calling thread is running code of this connection: a callback, a completion, or a task of
     * {@link #execute}. Such code must not wait for later events of this connection.
     *
     * @return true within the connection's turn
     */
    boolean inTurn();

    /**
     * Changes a plain connection to TLS (STARTTLS), as one transaction: pending writes are sent completely, in
     * plaintext; nothing is read meanwhile; then the handshake begins. A server uses the profile's server side, a
     * client the client side with the host name that it connected to.
     *
     * <p><b>Writes.</b> Nothing can be written from this call until the handshake is over: {@link #write(ByteBuffer)}
     * returns false, and the write with a completion handler fails with {@link IllegalStateException}, without ending
     * the connection. So a late reply to an earlier command is not sent after the switch. Messages to send under TLS
     * belong in {@link ConnectionHandler#onSecured onSecured}, or in a stage that depends on the future. State from
     * before (the authenticated user, commands that were read but not yet processed) should be discarded there: RFC
     * 3207, 4.2.
     *
     * <p><b>Bytes behind the command.</b> Call this method in the callback that read the command, or while reading is
     * paused. If bytes followed the command, or something other than a TLS handshake arrives, the connection ends with
     * {@link CloseReason#UPGRADE_VIOLATION}, and those bytes are never interpreted. Bytes that arrive while a callback
     * runs on an executor ({@code callbackExecutor}) may be the response to what that callback wrote, and are treated
     * as part of the handshake.
     *
     * <p><b>The future</b> completes in this connection's turn, after {@code onSecured}, exactly once: with the
     * session; with {@link IllegalStateException}, leaving the connection unchanged, if it is not open, is already
     * under TLS or changing, or the profile does not support this side; or with the cause of the end, if the connection
     * ended first because of a failed handshake, the handshake deadline (which counts from the moment at which the
     * plaintext has been sent) or anything else.
     *
     * @param profile the TLS configuration
     * @return the future
     */
    CompletableFuture<TlsSession> startTls(TlsProfile profile);

    /**
     * Changes a connection under TLS back to plain and keeps it open: pending writes are sent, followed by a
     * close_notify; when the peer's close_notify has come, the connection continues in plaintext. Data that the peer
     * sent before its close_notify is delivered; the handler must have read it by then, or the connection ends with
     * {@link CloseReason#UPGRADE_VIOLATION}.
     *
     * <p>Nothing can be written meanwhile, as with {@link #startTls}. Both sides have to agree, by a command of their
     * protocol (such as CCC, RFC 2228). With TLS 1.2 the first close_notify ends both directions, so the side that
     * sends the command waits for the reply before it calls this method.
     *
     * @return a future that completes in this connection's turn when it is plain; with {@link IllegalStateException},
     *     leaving the connection unchanged, if it is not open, not under TLS or changing; or with the cause of the end,
     *     if the connection ended first, for example because the peer's close_notify did not come within the handshake
     *     timeout
     */
    CompletableFuture<Void> stopTls();
}
