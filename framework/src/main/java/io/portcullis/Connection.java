// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.proxy.ProxyHeader;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.nio.charset.Charset;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;

/** One TCP connection, plain or under TLS. All methods may be called from any thread and none blocks. */
public interface Connection {

    /**
     * A number that no other connection of this process has; log lines show it in hexadecimal.
     *
     * @return the number
     */
    long id();

    /**
     * The peer's address: behind a trusted proxy that of the client, as the PROXY header names it.
     *
     * @return the address, also after the end
     */
    InetSocketAddress remoteAddress();

    /**
     * What a trusted proxy said of this connection, if the gate asked for it ({@link Gate#proxyProtocol}).
     *
     * @return the header, empty without one
     */
    Optional<ProxyHeader> proxyHeader();

    /**
     * The proxy's own address: the other end of the TCP connection, if a PROXY header came from there.
     *
     * @return the address, empty without a header
     */
    Optional<InetSocketAddress> proxyAddress();

    /**
     * The address on this side.
     *
     * @return the address, also after the end
     */
    InetSocketAddress localAddress();

    /**
     * What accepted this connection.
     *
     * @return the name of the listener, such as {@code *:8443}; empty if this side has connected
     */
    Optional<String> listenerName();

    /**
     * How long ago this connection was accepted or established.
     *
     * @return the time until now; in {@code onClose} and {@link ConnectionObserver#onClosed} how long it has lived
     */
    Duration age();

    /**
     * What this connection has moved so far.
     *
     * @return the figures, also after the end; a moment old if a turn runs
     */
    Traffic traffic();

    /**
     * The facts of the TLS session.
     *
     * @return the session, empty while or if the connection is plain
     */
    Optional<TlsSession> session();

    /**
     * Waits for TLS: for code that is not the handler and has the connection before it is open, or before it is
     * upgraded.
     *
     * @return completes with the facts of the session as soon as there is one, which is before {@code onOpen}, or at
     *     once if there is one already; or with a {@link java.nio.channels.ClosedChannelException} when the connection
     *     ends without. Code that depends on it runs in this connection's turn, or on the caller's thread
     */
    CompletableFuture<TlsSession> secured();

    /**
     * Sends bytes. The buffer has been consumed when this returns, so a lent buffer may be written and a buffer may be
     * used again at once. Bytes written during one callback leave together; there is no flush.
     *
     * <p>There is no limit to what may be written. A producer that sends more than an answer to what was received
     * checks {@link #writable()} before each write.
     *
     * @param data the bytes from position to limit
     * @return false, and the buffer untouched, if this side of the connection is already closed
     */
    boolean write(ByteBuffer data);

    /**
     * Sends the bytes of several buffers, one after the other, as one {@link #write(ByteBuffer)}: nothing that another
     * thread writes comes between them.
     *
     * @param data the bytes of each from position to limit; all of them have been consumed when this returns true
     * @return false, and the buffers untouched, if this side of the connection is already closed
     */
    boolean write(ByteBuffer... data);

    /**
     * Sends bytes, as {@link #write(ByteBuffer)} does.
     *
     * @param data all of its bytes; the array may be used again when this returns
     * @return false if this side of the connection is already closed
     */
    default boolean write(byte[] data) {
        return write(ByteBuffer.wrap(data));
    }

    /**
     * Sends text, as {@link #write(ByteBuffer)} sends bytes.
     *
     * @param text what to send
     * @param charset its encoding; a character that it cannot encode becomes its replacement, as with
     *     {@link String#getBytes(Charset)}
     * @return false if this side of the connection is already closed
     */
    default boolean write(CharSequence text, Charset charset) {
        return write(charset.encode(CharBuffer.wrap(text)));
    }

    /**
     * Sends bytes without copying them first, unless they are so few that they had better leave together with their
     * neighbors. The buffer belongs to the connection until the completion, which is delivered exactly once, on a
     * dispatcher thread, in the order of the writes: after the bytes have been handed to the operating system, or with
     * the failure that ended the connection. Its position and limit stay as they are.
     *
     * <p><b>Until the completion</b> neither the contents nor the position and limit of the buffer may be changed. If
     * they are, the connection ends with {@link CloseReason#BUFFER_CHANGED}, as far as it can be noticed: a buffer that
     * holds another message of the same length looks as it did. One buffer may be written to any number of connections
     * at a time, and more than once to one.
     *
     * <p><b>A lent buffer</b>, or a view of it such as the frame of a framing handler, may be written from within the
     * callback that it was lent to, on this connection or another: it is recognized, and copied and consumed at once.
     * It must not be kept and written later.
     *
     * @param data the bytes from position to limit
     * @param attachment passed to the handler as it is
     * @param handler told of the completion
     * @param <A> the attachment's type
     */
    <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler);

    /**
     * Sends bytes as {@link #write(ByteBuffer, Object, CompletionHandler)} does, with a future in place of a handler;
     * what is said there of buffers that are changed, shared or lent holds here.
     *
     * @param data the bytes from position to limit, which belong to the connection until the future completes
     * @return completes in this connection's turn: when the bytes have been handed to the operating system, or with the
     *     failure that the completion is told. Cancelling it takes nothing back
     */
    default CompletableFuture<Void> send(ByteBuffer data) {
        CompletableFuture<Void> future = new CompletableFuture<>();
        write(data, future, FutureCompletion.INSTANCE);
        return future;
    }

    /**
     * Sends a part of a file, in its place among the writes: behind what was written before, in front of what is
     * written after this call. A chunk at a time is read, off the dispatcher threads, as fast as the peer takes it; the
     * connection holds at most two chunks, whatever the count: of 60 KiB, or of 256 KiB while the peer takes them
     * quickly. All of it counts as {@linkplain #pendingBytes() pending}, so while more than the high watermark of it is
     * left the connection is not read, and {@code onWritable} tells when almost all has left.
     *
     * <p>The channel stays the caller's: its position is neither used nor moved, it may be shared by any number of
     * connections, and it is never closed by this. It must stay open until the future is done.
     *
     * <p><b>Failure.</b> A file that cannot be read, or ends before the count is reached, ends the connection at once
     * with {@link CloseReason#FILE_FAILED}: the peer may have been promised so many bytes, and would take the next
     * write for the rest of the file. To cancel the future, or to complete it, while it is not done ends the connection
     * as {@link #abort()} does; so {@code orTimeout} bounds the time.
     *
     * @param channel open for reading
     * @param position of the first byte, at least 0
     * @param count how many bytes, at least 0; with 0 the future only marks its place
     * @return completes in this connection's turn, in the order of the writes: with the count, when the last byte was
     *     handed to the operating system; with what kept the file from being read; with a
     *     {@link java.nio.channels.ClosedChannelException} if the connection ended before for another reason; or with
     *     {@link IllegalStateException}, and nothing was sent, during an upgrade ({@link #startTls})
     * @throws IllegalArgumentException if position or count is negative, or their sum too large
     */
    CompletableFuture<Long> sendFile(FileChannel channel, long position, long count);

    /**
     * Whether a producer should write more: the connection takes writes, and the number of {@linkplain #pendingBytes()
     * pending bytes} has not exceeded the {@linkplain #highWatermark() high watermark} since it was last at or below
     * the {@linkplain #lowWatermark() low} one.
     *
     * <p>Whenever this returns false because of the watermarks, {@link ConnectionHandler#onWritable onWritable} is
     * called afterwards, as soon as the low watermark is reached, whatever thread has called this and however fast the
     * peer is. So the loop of a producer is called from {@code onOpen} and {@code onWritable}, and never stalls:
     *
     * <pre>{@code
     * while (connection.writable() && source.hasNext()) {
     *     connection.write(source.next());
     * }
     * }</pre>
     *
     * <p>Also false before the connection is open, during {@link #startTls} and {@link #stopTls}, and from
     * {@link #shutdownOutput()} or {@link #close()} on. After an upgrade a producer goes on in
     * {@link ConnectionHandler#onSecured onSecured}.
     *
     * @return whether to write more
     */
    boolean writable();

    /**
     * The number of bytes that were written and have not yet been handed to the operating system: for statistics. A
     * producer uses {@link #writable()}, which guarantees a later {@code onWritable}. Exact within a callback of this
     * connection, elsewhere a recent value.
     *
     * @return the number of bytes
     */
    long pendingBytes();

    /**
     * The number of pending bytes above which the connection is not {@linkplain #writable() writable}, and is not read.
     *
     * @return the number of bytes, as set by {@code watermarks(low, high)}
     */
    int highWatermark();

    /**
     * The number of pending bytes at which the connection becomes writable again, and is read again.
     *
     * @return the number of bytes, as set by {@code watermarks(low, high)}
     */
    int lowWatermark();

    /**
     * Whether more data may be delivered at this moment: the connection is open, not paused, not closing, not about to
     * change to TLS, and not above the high watermark. For handlers that take several messages out of one buffer and
     * must hold what they were told to hold between two of them; what they leave unread is presented again when it may
     * be. Exact within a callback of this connection, elsewhere a recent value.
     *
     * @return whether a handler should go on with the next message
     */
    boolean receiving();

    /**
     * Delivers no more data until {@link #resume()}; within a callback it holds at once. The peer is slowed down by
     * TCP.
     *
     * <p>One read is still outstanding while nothing waits to be delivered, so a peer that resets the connection is
     * noticed, and the connection ends. What that read brings is held, and then nothing more is read. The end of the
     * stream keeps its place behind the data: it is told behind {@code resume}. So a peer that has sent something and
     * then goes, or that goes by ending its stream, is noticed when the handler resumes or writes, or after the idle
     * timeout.
     */
    void pause();

    /**
     * Delivers data again after {@link #pause()}. What the handler left unread is then presented once more, without
     * waiting for more to arrive; but a handler that resumes within the {@code onData} that left it, and took nothing
     * there, is called again when more has arrived.
     */
    void resume();

    /**
     * Ends this side's stream and goes on receiving (half-close): sends what was written, then close_notify (under TLS)
     * and the end of the stream. Nothing can be written from then on. The connection ends with
     * {@link CloseReason#PEER_CLOSE} behind the end of the peer's stream, or as any other does: by {@link #close()},
     * after the idle timeout. Before the connection is open, and during an upgrade, this waits until it is open. May be
     * called any number of times.
     *
     * <p>Whether the peer still answers is the peer's: with TLS 1.2 its close_notify ends both directions (RFC 5246,
     * 7.2.1), and so it does with an engine that cannot half-close ({@link io.portcullis.tls.TlsFeature#HALF_CLOSE}).
     */
    void shutdownOutput();

    /**
     * Ends the connection in order: sends what was written, then close_notify (under TLS) and the end of the stream,
     * and waits a bounded time for the peer's, dropping what it still sends ({@code closeTimeout}). A connection that
     * is not open yet, or whose {@link #startTls} has begun the handshake, is ended at once: nobody has decided yet
     * what its peer may be told. May be called any number of times.
     */
    void close();

    /**
     * Waits for the end.
     *
     * @return completes behind {@code onClose} with the reason, or soon if the connection has ended already. Code that
     *     depends on it runs on a dispatcher thread, or on the executor of the callbacks if there is one
     */
    CompletableFuture<CloseReason> closed();

    /**
     * Ends the connection at once; what was not yet sent is lost. May be called any number of times.
     *
     * <p>Under TLS the peer sees that its stream was cut off, since no close_notify has come (RFC 8446, 6.1). A plain
     * peer sees a FIN, as after an orderly end, unless it had sent bytes that were not read: the JDK's asynchronous
     * channels cannot be made to reset a connection ({@code SO_LINGER}). A plain protocol must tell by itself whether a
     * message is whole.
     */
    void abort();

    /**
     * Runs code in this connection's turn: never at the same time as one of its callbacks.
     *
     * @param task what to run, on a dispatcher thread; what it throws ends the connection like a callback's failure
     * @return true, and the task is run in front of {@code onClose}; or false, and it is not run, if the connection has
     *     already ended
     */
    boolean execute(Runnable task);

    /**
     * Runs code in this connection's turn after a delay: never at the same time as one of its callbacks, and on the
     * executor of the callbacks if there is one. For a login timeout, a session timeout, a heartbeat.
     *
     * <p>The task does not run after {@code onClose}: when the connection ends before, the future is cancelled. To
     * cancel the future keeps the task from running; within the connection's turn that is certain, while elsewhere the
     * task may be running already. What the task throws ends the connection like a callback's failure.
     *
     * @param delay from now; 0 or less is as soon as possible
     * @param task what to run
     * @return completes in the turn behind the task; a caller may only cancel it, or wait for it elsewhere
     */
    CompletableFuture<Void> schedule(Duration delay, Runnable task);

    /**
     * Sets how long this connection may be without a byte in either direction, in place of the {@code idleTimeout} of
     * its server or client. The time counts from the last byte, so a connection that has been idle for longer already
     * is idle at once.
     *
     * <p>When it has passed, {@link ConnectionHandler#onIdle onIdle} is called, which by default ends the connection
     * with {@link CloseReason#IDLE_TIMEOUT}.
     *
     * @param timeout more than 0; {@link java.time.temporal.ChronoUnit#FOREVER FOREVER.getDuration()} for no timeout
     * @throws IllegalArgumentException if it is not more than 0
     */
    void idleTimeout(Duration timeout);

    /**
     * Sets how long this connection may be without a byte received, whatever is sent meanwhile: to detect a peer that
     * has gone although something is sent to it. Counts from the call; there is no such timeout by default.
     *
     * @param timeout more than 0; {@link java.time.temporal.ChronoUnit#FOREVER FOREVER.getDuration()} for no timeout
     * @throws IllegalArgumentException if it is not more than 0
     */
    void readIdleTimeout(Duration timeout);

    /**
     * Sets how long this connection may be without a byte sent, whatever is received meanwhile: to send a heartbeat
     * from {@link ConnectionHandler#onIdle onIdle}. Counts from the call; there is no such timeout by default.
     *
     * @param timeout more than 0; {@link java.time.temporal.ChronoUnit#FOREVER FOREVER.getDuration()} for no timeout
     * @throws IllegalArgumentException if it is not more than 0
     */
    void writeIdleTimeout(Duration timeout);

    /**
     * Gives this connection to another handler, for a protocol that has reached its next stage: lines that become
     * bytes, a login that is followed by a session.
     *
     * <p>Called in the connection's turn, such as in a callback of the present handler, this calls
     * {@link ConnectionHandler#onOpen onOpen} of the next handler before it returns; called elsewhere, that happens
     * soon, in the connection's turn. From then on every callback is the next handler's, {@code onClose} included; the
     * previous handler is called no more. What the previous handler leaves unread, at the latest when its
     * {@code onData} returns, is presented to the next one at once; {@link #receiving()} is false until that
     * {@code onData} has returned. If the connection is paused it stays so, and what was signalled before
     * ({@code onSecured}, {@code onEndOfInput}) is not repeated, except that a draining server calls
     * {@link ConnectionHandler#onDrain onDrain} of the next handler, too. Once the connection closes this does nothing.
     *
     * @param next the handler; one that keeps state must be new ({@link StatefulHandler})
     * @throws IllegalStateException if the connection is not open yet, or belongs to a relay; or, if called in the
     *     connection's turn, if the handler belongs to another connection
     */
    void handler(ConnectionHandler next);

    /**
     * Whether the calling thread runs code of this connection: a callback, a completion, a task of {@link #execute}.
     * Such code must not wait for what this connection does next.
     *
     * @return whether it does
     */
    boolean inTurn();

    /**
     * Changes a plain connection to TLS (STARTTLS), as one transaction: what was written is sent, in plaintext and to
     * its last byte; nothing is read meanwhile; then the handshake begins. A server uses the profile's server side, a
     * client the client side with the name that it connected to.
     *
     * <p><b>Writes.</b> From this call on until the handshake is over nothing can be written:
     * {@link #write(ByteBuffer)} answers false, the other one fails its completion with {@link IllegalStateException}
     * and does not end the connection. So the late reply to an earlier command is not sent behind the switch. What was
     * to be said under TLS belongs into {@link ConnectionHandler#onSecured onSecured}, or behind the future. State from
     * before (who the user is, commands that were read and not yet answered) should be dropped there: RFC 3207, 4.2.
     *
     * <p><b>Bytes behind the command.</b> To be called in the callback that read the command, or while reading is
     * paused. If bytes are there that came behind the command, or something other than a TLS handshake comes in its
     * place, the connection ends with {@link CloseReason#UPGRADE_VIOLATION}: they are interpreted by nobody. What comes
     * while a callback runs on an executor ({@code callbackExecutor}) may be the answer to what that callback wrote,
     * and is taken for the handshake.
     *
     * <p><b>The future</b> completes in this connection's turn, behind {@code onSecured}, and exactly once: with the
     * session; with {@link IllegalStateException} if the connection is not open, under TLS already or changing, or the
     * profile cannot do it, and then nothing has changed; or with the cause of the end, if the connection ended before,
     * by a failed handshake, the handshake deadline (which counts from the moment at which the plaintext is sent) or
     * anything else.
     *
     * @param profile the configuration
     * @return the future
     */
    CompletableFuture<TlsSession> startTls(TlsProfile profile);

    /**
     * Changes a connection under TLS back to plain, and keeps it: what was written is sent, a close_notify behind it;
     * when the peer's close_notify has come, the handler goes on in plaintext. Data that the peer sent before its
     * close_notify is delivered; it must be read by then, or the connection ends with
     * {@link CloseReason#UPGRADE_VIOLATION}.
     *
     * <p>Nothing can be written meanwhile, as with {@link #startTls}. Both sides have to want this, by a command of
     * their protocol (such as CCC, RFC 2228), and with TLS 1.2 the first close_notify ends both directions: the side
     * that gives the command waits for its answer before it calls this.
     *
     * @return completes in this connection's turn when it is plain; with {@link IllegalStateException} if it is not
     *     open, not under TLS or changing, and then nothing has changed; or with the cause of the end, if the
     *     connection ended before, for example because the peer's close_notify did not come within the handshake
     *     timeout
     */
    CompletableFuture<Void> stopTls();
}
