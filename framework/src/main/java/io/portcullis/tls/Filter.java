// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Transforms network bytes into application bytes and back: a plain copy, a decision, or TLS.
 *
 * <p>A filter owns no buffers, threads, clocks or logs. Its caller brings the buffers, in the state of the JDK's own
 * codecs: a source is read from its position to its limit, a destination is filled from its position to its limit.
 * Because no bytes stay inside, a filter can be replaced by another on the same buffers without a copy.
 *
 * <p><b>Threads.</b> Not thread-safe: one caller at a time, for both directions together.
 *
 * <p><b>Failure.</b> {@code decode} or {@code encode} throws a {@link TlsException} once. After it, call {@code encode}
 * until it answers {@link Step#CLOSED} and send what it wrote, before it threw and after: the peer learns the reason
 * from the alert. Decode answers CLOSED from then on.
 */
public interface Filter {

    /**
     * Moves bytes from the network to the application.
     *
     * @param network what has arrived; a partial unit (a TLS record) is left in it
     * @param application filled with application bytes; at least {@link #applicationSpace()} of room is always enough
     * @return what was done, or what is needed
     * @throws TlsException if the peer, or the engine, fails the connection
     */
    Step decode(ByteBuffer network, ByteBuffer application) throws TlsException;

    /**
     * Moves bytes from the application to the network. With an empty source it still sends what the filter itself has
     * to say.
     *
     * @param application what to send; left untouched until the handshake is over
     * @param network filled with network bytes; needs {@link #networkSpace()} of room
     * @return what was done, or what is needed
     * @throws TlsException if the engine fails the connection
     */
    Step encode(ByteBuffer application, ByteBuffer network) throws TlsException;

    /**
     * Whether {@link #decode} would give something without further network bytes: bytes that it took earlier and keeps,
     * or a decision that needs none.
     *
     * @return whether to decode before waiting for the network
     */
    default boolean hasInput() {
        return false;
    }

    /**
     * Whether what there is may end the peer's stream, and with it the output, as close_notify does in TLS 1.2 (RFC
     * 5246, 7.2.1). A driver had better deliver first what is decoded, and encode what is written then: or the answer
     * to the last request is lost.
     *
     * @param network what has arrived; not consumed
     * @return whether to deliver and to encode before decoding on
     */
    default boolean mayEnd(ByteBuffer network) {
        return false;
    }

    /**
     * Whether {@link #encode} should be called now, even without application bytes: it has a handshake message, an
     * alert or a close_notify to send, or has yet to answer SECURED or its first CLOSED.
     *
     * @return whether encode would do anything with an empty source
     */
    boolean hasOutput();

    /** Ends the output: further calls of encode send what ends the stream (close_notify), then answer CLOSED. */
    void closeOutput();

    /**
     * The network has ended. Decode goes on with what was received; where it would need more, it now answers CLOSED if
     * the application's stream is complete, and throws {@link HandshakeFailure#TRUNCATED} if it is not. May be called
     * again.
     */
    void closeInput();

    /**
     * The work that {@link Step#RUN_TASK} asks for. It may run on any thread; the filter must not be called until it
     * has returned.
     *
     * @return the work, or null if there is none
     */
    @Nullable
    Runnable task();

    /**
     * Whether a task may take long or wait for something, so that it must not run on a thread that serves others.
     *
     * @return whether to run tasks elsewhere
     */
    default boolean tasksMayBlock() {
        return false;
    }

    /**
     * The filter that takes over after {@link Step#REPLACE}.
     *
     * @return the successor
     * @throws IllegalStateException if this filter has not asked to be replaced
     */
    Filter successor();

    /**
     * The capacity that a network buffer needs so that neither direction can answer NEED_SPACE, or NEED_INPUT with a
     * full buffer, for ever. It may grow between calls.
     *
     * @return the number of bytes
     */
    int networkSpace();

    /**
     * The room that an application buffer needs so that decode can always make progress. It may grow between calls.
     *
     * @return the number of bytes
     */
    int applicationSpace();

    /**
     * Whether network bytes and application bytes are the same, so that a driver may leave the copy out.
     *
     * @return whether this filter changes nothing
     */
    default boolean transparent() {
        return false;
    }

    /**
     * Whether the filter waits for what is neither bytes nor a task: for somebody else's decision. Until that has come
     * nothing need be decoded, and nothing should be read.
     *
     * @return whether to leave the network alone
     */
    default boolean waitsForDecision() {
        return false;
    }

    /**
     * Whether the next bytes from the network belong to a handshake.
     *
     * @return whether a handshake is still to be made, or runs
     */
    default boolean handshaking() {
        return false;
    }

    /**
     * Whether {@link #decode} would compute for a handshake now: a driver may let only so many do that at a time. A
     * part of the peer's first message, and a part of a record, is only kept, and costs nothing.
     *
     * @param network what has arrived, and is about to be decoded; not consumed
     * @return whether there is something to compute; always false when the handshake is over
     */
    default boolean computes(ByteBuffer network) {
        return false;
    }

    /**
     * The facts of the TLS session, once it is secured.
     *
     * @return the session, or null if there is none (yet)
     */
    default @Nullable TlsSession session() {
        return null;
    }

    /** Gives back what the filter holds outside the heap. Mandatory on every path, and may be called again. */
    default void free() {}
}
