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
 * The narrow seam between {@link TlsFilter} and a TLS implementation: bytes in, bytes out, a status, the session's
 * facts. It fits a {@link javax.net.ssl.SSLEngine} of any provider, and equally an OpenSSL {@code SSL} object that is
 * driven through memory BIOs.
 *
 * <p>Both moving calls tell what they moved by the positions of the buffers alone, so that no result object is needed
 * per record. Not thread-safe: one caller at a time for everything, {@code task} excepted as said there.
 */
public interface TlsEngine {

    /**
     * An engine around one in native code that fits the JDK's interface. The heap is avoided: what is not direct goes
     * through a scratch of the calling thread.
     *
     * @param engine in its final configuration, not yet begun; belongs to the answer from now on
     * @param release gives back what it holds outside the heap; called once, by {@link #free()}
     * @return the engine, its handshake begun
     * @throws IllegalStateException if the engine refuses to begin: its configuration cannot work; it is released
     */
    static TlsEngine ofNative(SSLEngine engine, Runnable release) {
        return new SslEngineAdapter(engine, release);
    }

    /** What a moving call answers. */
    enum Status {
        /** Done what could be done; look at the positions and at {@link #hasPendingOutput()}. */
        OK,
        /** Waits for the peer: unwrap needs more ciphertext, or wrap cannot go on before something was unwrapped. */
        NEED_INPUT,
        /** The destination is too small. Nothing is lost: drain it, or bring a larger one, and call again. */
        NEED_SPACE,
        /** {@link #task()} must run first. */
        NEED_TASK,
        /** This direction has ended. */
        CLOSED
    }

    /**
     * Moves ciphertext to plaintext, at most one record's worth. The source holds at most one record; an engine may
     * swallow a part of it (OpenSSL) or leave a partial record untouched (SSLEngine). A call with an empty source is
     * allowed at any time.
     *
     * @param ciphertext bytes from the network
     * @param plaintext filled with application bytes
     * @return the status
     * @throws SSLException if the connection has failed; then wrap once more for the alert
     */
    Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException;

    /**
     * Moves plaintext to ciphertext, at most one record's worth. With an empty source it emits what is pending of the
     * engine's own: handshake messages, tickets, alerts, answers to a KeyUpdate.
     *
     * @param plaintext application bytes; must be empty until {@link #handshakeComplete()}
     * @param ciphertext filled with bytes for the network; {@link #packetSize()} of room is always enough
     * @return the status
     * @throws SSLException if the connection has failed; then wrap once more for the alert
     */
    Status wrap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException;

    /**
     * Whether wrap has something of its own to send. Reading can produce output, so this is asked after every unwrap.
     *
     * @return whether wrap with an empty source would emit bytes
     */
    boolean hasPendingOutput();

    /**
     * Whether unwrap with an empty source would produce plaintext: bytes that the engine swallowed earlier.
     *
     * @return whether to unwrap before waiting for the network
     */
    boolean hasPendingInput();

    /**
     * Whether the handshake is over, so that application bytes may be wrapped.
     *
     * @return once true, always true
     */
    boolean handshakeComplete();

    /**
     * The work that {@link Status#NEED_TASK} asks for.
     *
     * @return work that may run on any thread while nobody calls this engine, or null if there is none
     */
    @Nullable
    Runnable task();

    /** Queues a close_notify; wrap emits it and answers CLOSED afterwards. */
    void closeOutbound();

    /** Has the session never be resumed again, as far as this side keeps it. By default nothing happens. */
    default void forgetSession() {}

    /**
     * Fails the connection for a reason that the engine does not know of. Wrap then emits a fatal alert, encrypted if
     * the engine's output is by now, and answers CLOSED afterwards. An engine that cannot choose its alert sends
     * another fatal one; one that can send none emits nothing. It must never emit a close_notify, behind which the peer
     * would take what it has got for the whole. Called once at most, while {@link #hasPendingOutput()} is false.
     *
     * @param alert the number of the alert that fits (RFC 8446, 6)
     */
    void fail(int alert);

    /**
     * Whether the peer's close_notify was received. The end of the network without it is truncation.
     *
     * @return whether the inbound side has properly ended
     */
    boolean inboundClosed();

    /**
     * The facts of the session, valid once the handshake is complete.
     *
     * @return the session
     */
    TlsSession session();

    /**
     * Exports key material of the connection (RFC 5705; RFC 8446, 7.5). Called once the handshake is complete. By
     * default nothing can be exported.
     *
     * @param label such as {@code EXPORTER-Channel-Binding}
     * @param context its bytes, which may be none
     * @param length how many bytes to export
     * @return the bytes; empty if the engine has no {@link io.portcullis.tls.TlsFeature#KEYING_MATERIAL_EXPORT}, or the
     *     connection is one of TLS 1.2 of which it is not certain that it has an extended master secret (RFC 7627)
     */
    default Optional<byte[]> exportKeyingMaterial(String label, byte[] context, int length) {
        return Optional.empty();
    }

    /**
     * The largest record that wrap may emit now, header included.
     *
     * @return the number of bytes; it may grow
     */
    int packetSize();

    /**
     * The largest plaintext that unwrap may produce at once.
     *
     * @return the number of bytes; it may grow
     */
    int plaintextSize();

    /** Gives back everything the engine holds outside the heap. Mandatory, exactly once or more. */
    void free();
}
