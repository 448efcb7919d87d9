// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.tls.TlsFilter;
import io.portcullis.tls.TlsSession;
import java.nio.ByteBuffer;
import java.util.Optional;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The interface between {@link TlsFilter} and a TLS implementation. It can be implemented with a
 * {@link javax.net.ssl.SSLEngine} of any provider, and with an OpenSSL {@code SSL} object that is driven through memory
 * BIOs.
 *
 * <p>Unwrap and wrap report what they have moved by the positions of the buffers only, so that no result object is
 * needed for each record. Not thread-safe: calls must be serialized by the caller, except the work that {@link #task()}
 * returns.
 */
public interface TlsEngine {

    /**
     * Returns an engine that adapts a native one with the JDK's interface. Heap buffers are avoided: their contents are
     * copied through a direct buffer of the calling thread.
     *
     * @param engine in its final configuration, not yet begun; belongs to the returned engine from now on
     * @param release releases the memory outside the heap; called once, by {@link #free()}
     * @return the engine, whose handshake has begun
     * @throws IllegalStateException if the engine cannot begin because of its configuration; it is then released
     */
    static TlsEngine ofNative(SSLEngine engine, Runnable release) {
        return new SslEngineAdapter(engine, release);
    }

    /** The result of unwrap and wrap. */
    enum Status {
        /** As much as possible was done; see the positions and {@link #hasPendingOutput()}. */
        OK,
        /** Waits for the peer: unwrap needs more ciphertext, or wrap cannot continue before more has been unwrapped. */
        NEED_INPUT,
        /** The destination is too small. Nothing is lost: drain it, or provide a larger one, and call again. */
        NEED_SPACE,
        /** {@link #task()} must run first. */
        NEED_TASK,
        /** This direction has ended. */
        CLOSED
    }

    /**
     * Moves ciphertext to plaintext, at most one record in a call. The source contains at most one record; an engine
     * may consume a part of it (OpenSSL) or leave an incomplete record untouched (SSLEngine). A call with an empty
     * source is allowed at any time.
     *
     * @param ciphertext bytes from the network
     * @param plaintext filled with application bytes
     * @return the status
     * @throws SSLException if the connection has failed; wrap must then be called again for the alert
     */
    Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException;

    /**
     * Moves plaintext to ciphertext, at most one record in a call. With an empty source, it emits the engine's own
     * pending output: handshake messages, tickets, alerts, responses to a KeyUpdate.
     *
     * @param plaintext application bytes; must be empty until {@link #handshakeComplete()}
     * @param ciphertext filled with bytes for the network; a room of {@link #packetSize()} is always sufficient
     * @return the status
     * @throws SSLException if the connection has failed; wrap must then be called again for the alert
     */
    Status wrap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException;

    /**
     * Returns whether the engine has output of its own. Since input can cause output, this is called after every
     * unwrap.
     *
     * @return whether wrap with an empty source would emit bytes
     */
    boolean hasPendingOutput();

    /**
     * Returns whether unwrap with an empty source would produce plaintext, from bytes consumed earlier.
     *
     * @return whether to unwrap before waiting for the network
     */
    boolean hasPendingInput();

    /**
     * Returns whether the handshake is complete, so that application bytes may be wrapped.
     *
     * @return once true, always true
     */
    boolean handshakeComplete();

    /**
     * Returns the work for {@link Status#NEED_TASK}. It may run on any thread; the engine must not be called meanwhile.
     *
     * @return the work, or null if there is none
     */
    @Nullable
    Runnable task();

    /** Queues a close_notify; wrap emits it and returns CLOSED afterwards. */
    void closeOutbound();

    /** Prevents the session from being resumed, as far as this side stores it. By default, does nothing. */
    default void forgetSession() {}

    /**
     * Fails the connection for a reason that the engine does not know of. Wrap then emits a fatal alert, encrypted if
     * the engine's output is encrypted by now, and returns CLOSED afterwards. An engine that cannot choose its alert
     * sends another fatal one; an engine that cannot send any emits nothing. It must never emit a close_notify, which
     * would make the peer take what it has received as complete. Called at most once, while {@link #hasPendingOutput()}
     * is false.
     *
     * @param alert the number of the preferred alert (RFC 8446, 6)
     */
    void fail(int alert);

    /**
     * Returns whether the peer's close_notify was received. If the network stream ends without it, the data is
     * truncated.
     *
     * @return whether the input has ended regularly
     */
    boolean inboundClosed();

    /**
     * Returns the session. Called once the handshake is complete.
     *
     * @return the session
     */
    TlsSession session();

    /**
     * Exports key material of the connection (RFC 5705; RFC 8446, 7.5). Called once the handshake is complete. By
     * default, returns nothing.
     *
     * @param label such as {@code EXPORTER-Channel-Binding}
     * @param context the context value; may be empty
     * @param length the number of bytes to export
     * @return the bytes; empty if the engine has no {@link io.portcullis.tls.TlsFeature#KEYING_MATERIAL_EXPORT}, or the
     *     connection uses TLS 1.2 and is not known to have an extended master secret (RFC 7627)
     */
    default Optional<byte[]> exportKeyingMaterial(String label, byte[] context, int length) {
        return Optional.empty();
    }

    /**
     * Returns the maximum size of a record that wrap may emit now, including its header.
     *
     * @return the number of bytes; it may grow
     */
    int packetSize();

    /**
     * Returns the maximum size of the plaintext that unwrap may produce in one call.
     *
     * @return the number of bytes; it may grow
     */
    int plaintextSize();

    /** Releases all memory outside the heap. Must be called in all cases; may be called again. */
    void free();
}
