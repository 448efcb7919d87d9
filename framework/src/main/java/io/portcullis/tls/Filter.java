// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Transforms network bytes to application bytes and back: a plain copy, a detection, or TLS.
 *
 * <p>A filter has no buffers, threads, clocks or logs. Its caller provides the buffers, in the state that the JDK's
 * codecs expect: a source is read from its position to its limit, a destination is filled from its position to its
 * limit. Because no bytes stay inside, a filter can be replaced by another on the same buffers without a copy.
 *
 * <p><b>Threads.</b> Not thread-safe: calls for both directions must be serialized by the caller.
 *
 * <p><b>Failure.</b> {@code decode} or {@code encode} throws a {@link TlsException} once. Afterwards, call
 * {@code encode} until it returns {@link Step#CLOSED}, and send what it has written, both before and after it threw:
 * the alert in it informs the peer of the reason. Decode returns CLOSED from then on.
 */
public interface Filter {

    /**
     * Moves bytes from the network to the application.
     *
     * @param network the bytes received; an incomplete unit (a TLS record) is left in it
     * @param application filled with application bytes; a room of {@link #applicationSpace()} is always sufficient
     * @return what was done, or what is needed
     * @throws TlsException if the connection fails because of the peer or the engine
     */
    Step decode(ByteBuffer network, ByteBuffer application) throws TlsException;

    /**
     * Moves bytes from the application to the network. With an empty source, it still writes the filter's own output.
     *
     * @param application the bytes to send; not consumed until the handshake is complete
     * @param network filled with network bytes; needs a room of {@link #networkSpace()}
     * @return what was done, or what is needed
     * @throws TlsException if the connection fails because of the engine
     */
    Step encode(ByteBuffer application, ByteBuffer network) throws TlsException;

    /**
     * Returns whether {@link #decode} would make progress without further network bytes: it has consumed and kept some,
     * or can decide without any.
     *
     * @return whether to decode before waiting for the network
     */
    default boolean hasInput() {
        return false;
    }

    /**
     * Returns whether the received bytes may end the peer's stream, and with it the output, as close_notify does in TLS
     * 1.2 (RFC 5246, 7.2.1). A caller should first deliver the decoded bytes and encode the pending writes; otherwise
     * the response to the last request is lost.
     *
     * @param network the bytes received; not consumed
     * @return whether to deliver and to encode before decoding further
     */
    default boolean mayEnd(ByteBuffer network) {
        return false;
    }

    /**
     * Returns whether {@link #encode} should be called now, even without application bytes: the filter has a handshake
     * message, an alert or a close_notify to send, or has yet to return SECURED or its first CLOSED.
     *
     * @return whether encode would do anything with an empty source
     */
    boolean hasOutput();

    /** Ends the output: further calls of encode write the end of the stream (close_notify), and then return CLOSED. */
    void closeOutput();

    /**
     * Notifies the filter that the network stream has ended. Decode still processes the bytes received; where it would
     * need more, it returns CLOSED if the application's stream is complete, and otherwise throws
     * {@link HandshakeFailure#TRUNCATED}. May be called again.
     */
    void closeInput();

    /**
     * Returns the work for {@link Step#RUN_TASK}. It may run on any thread; the filter must not be called before it has
     * returned.
     *
     * @return the work, or null if there is none
     */
    @Nullable
    Runnable task();

    /**
     * Returns whether a task may block or take long, so that it must not run on a thread that serves other connections.
     *
     * @return whether to run tasks on other threads
     */
    default boolean tasksMayBlock() {
        return false;
    }

    /**
     * Returns the filter that takes over after {@link Step#REPLACE}.
     *
     * @return the successor
     * @throws IllegalStateException if this filter has not returned REPLACE
     */
    Filter successor();

    /**
     * Returns the capacity of a network buffer with which neither direction can keep returning NEED_SPACE, or
     * NEED_INPUT although the buffer is full. It may grow between calls.
     *
     * @return the number of bytes
     */
    int networkSpace();

    /**
     * Returns the room in an application buffer with which decode can always make progress. It may grow between calls.
     *
     * @return the number of bytes
     */
    int applicationSpace();

    /**
     * Returns whether network bytes and application bytes are the same, so that a caller may omit the copy.
     *
     * @return whether this filter changes nothing
     */
    default boolean transparent() {
        return false;
    }

    /**
     * Returns whether the filter waits for a decision made elsewhere, and neither for bytes nor for a task. Until then,
     * nothing need be decoded, and nothing should be read.
     *
     * @return whether to stop reading
     */
    default boolean waitsForDecision() {
        return false;
    }

    /**
     * Returns whether the next bytes from the network belong to a handshake.
     *
     * @return whether a handshake is required or in progress
     */
    default boolean handshaking() {
        return false;
    }

    /**
     * Returns whether {@link #decode} would perform the computations of a handshake now; a caller may limit how many do
     * so at a time. An incomplete first message of the peer, and an incomplete record, are only stored, without
     * computation.
     *
     * @param network the bytes received, which are about to be decoded; not consumed
     * @return whether there is something to compute; always false after the handshake
     */
    default boolean computes(ByteBuffer network) {
        return false;
    }

    /**
     * Returns the TLS session, once it is established.
     *
     * @return the session, or null if there is none (yet)
     */
    default @Nullable TlsSession session() {
        return null;
    }

    /** Releases all memory outside the heap. Must be called in all cases; may be called again. */
    default void free() {}
}
