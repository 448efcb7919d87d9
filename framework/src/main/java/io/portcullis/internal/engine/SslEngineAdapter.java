// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import io.portcullis.internal.states.Transitions;
import io.portcullis.tls.TlsSession;
import io.portcullis.tls.spi.TlsEngine;
import java.nio.ByteBuffer;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import javax.net.ssl.ExtendedSSLSession;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import javax.net.ssl.SSLSession;
import org.jspecify.annotations.Nullable;

/**
 * Any {@link SSLEngine} behind the narrow seam.
 *
 * <p>What differs between engines ends here: one leaves partial records, one needs an extra empty unwrap before it
 * reports that the handshake is over, one wants its ciphertext on the heap. The JDK's engine does: with ciphertext in
 * direct buffers it copies in small pieces and allocates. It gets a heap scratch that belongs to the calling thread,
 * and one bulk copy. An engine in native code wants everything direct, and would copy a plaintext on the heap into
 * memory that it allocates for each record; it gets a direct scratch of the same kind.
 */
public final class SslEngineAdapter implements TlsEngine {
    /**
     * How far the engine has come.
     *
     * <pre>
     *   HANDSHAKE -----> TICKETS_WAIT -----> COMPLETE <-----> DOUBTFUL
     *       |                                   ^
     *       +-----------------------------------+
     * </pre>
     */
    public enum Stage {
        HANDSHAKE,
        /** Conscrypt keeps its tickets for the first data, and both must fit where one record does. */
        TICKETS_WAIT,
        COMPLETE,
        /**
         * What it wants to send may be its last alert: Netty's engine sends that first, and says only when it is asked
         * once more that the stream has failed.
         */
        DOUBTFUL
    }

    public static final Transitions<Stage> TRANSITIONS = new Transitions<>(Stage.class)
            .allow(Stage.HANDSHAKE, EnumSet.of(Stage.TICKETS_WAIT, Stage.COMPLETE))
            .allow(Stage.TICKETS_WAIT, EnumSet.of(Stage.COMPLETE))
            .allow(Stage.COMPLETE, EnumSet.of(Stage.DOUBTFUL))
            .allow(Stage.DOUBTFUL, EnumSet.of(Stage.COMPLETE));

    /** Above this an engine that asks for ever larger buffers is refused: 2^15 and what expansion may add. */
    public static final int LARGEST_BUFFER = (1 << 15) + 2048;

    /** How many tasks of an engine run at once; any JDK's has one. */
    private static final int TASKS_PER_RUN = 16;

    private static final ThreadLocal<ByteBuffer> SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocate(LARGEST_BUFFER));

    /** The plaintext of a record (RFC 8446, 5.1). */
    private static final int LARGEST_PLAINTEXT = 1 << 14;

    private static final int LARGEST_BEHIND_TICKETS = 1 << 12;

    private static final ThreadLocal<ByteBuffer> DIRECT_SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LARGEST_PLAINTEXT));

    /** A record that nobody has encrypted: every engine answers it by a fatal alert. */
    private static final byte[] FORGED = forged(64, 64);

    /** The beginning of a record that is longer than any: the JDK's engine answers it by unexpected_message. */
    private static final byte[] TOO_LONG = forged(0xffff, 0);

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final boolean ciphertextOnHeap;
    private final @Nullable Runnable release;
    private boolean freed;

    private Stage stage = Stage.HANDSHAKE;
    private HandshakeStatus handshake;

    /**
     * Asked once more, with nothing: Netty's engine reports the end of the handshake only then, and the JDK's until 17
     * that a task has failed.
     */
    private boolean askAgain;

    /** What the engine has said while it was doubtful, behind its alert. */
    private @Nullable SSLException failure;

    private int packetSize;
    private int plaintextSize;

    /**
     * Starts the handshake of a new engine.
     *
     * @param engine in its final configuration, not yet begun; belongs to the adapter from now on
     * @throws IllegalStateException if the engine refuses to begin: its configuration cannot work
     */
    public SslEngineAdapter(SSLEngine engine) {
        this(engine, null);
    }

    /**
     * Starts the handshake of a new engine in native code.
     *
     * @param engine in its final configuration, not yet begun; belongs to the adapter from now on
     * @param release called once, by the first {@link #free()}, or null if the engine holds nothing outside the heap
     * @throws IllegalStateException if the engine refuses to begin: its configuration cannot work; it is released
     */
    public SslEngineAdapter(SSLEngine engine, @Nullable Runnable release) {
        this.engine = engine;
        this.release = release;
        this.ciphertextOnHeap = engine.getClass().getName().startsWith("sun.security.ssl.");
        try {
            engine.beginHandshake();
        } catch (SSLException refused) {
            free();
            throw new IllegalStateException("the TLS engine refuses to begin a handshake", refused);
        }
        this.handshake = engine.getHandshakeStatus();
        readSizes();
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (failure != null) {
            throw failure;
        }
        askAgain = false;
        SSLEngineResult result = unwrapOnce(ciphertext, plaintext);
        doubt(release != null && handshake == HandshakeStatus.NEED_WRAP);
        // An overflow that has consumed something keeps the rest of the plaintext inside: Conscrypt's does
        askAgain = result.bytesConsumed() > 0
                && (result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW
                        || (stage == Stage.HANDSHAKE && handshake == HandshakeStatus.NEED_UNWRAP));
        return switch (result.getStatus()) {
            case BUFFER_UNDERFLOW -> Status.NEED_INPUT;
            case BUFFER_OVERFLOW -> overflow();
            case CLOSED -> engine.isInboundDone() ? Status.CLOSED : behindOurEnd(result, plaintext);
            case OK -> handshake == HandshakeStatus.NEED_TASK ? Status.NEED_TASK : Status.OK;
        };
    }

    private void doubt(boolean mayHaveFailed) {
        if (stage == Stage.COMPLETE && mayHaveFailed) {
            become(Stage.DOUBTFUL);
        } else if (stage == Stage.DOUBTFUL && !mayHaveFailed) {
            become(Stage.COMPLETE);
        }
    }

    private void become(Stage next) {
        stage = TRANSITIONS.follow(stage, next);
    }

    /**
     * What the answer to a record is worth that came behind our close_notify, but is not the peer's: Netty's engine and
     * Conscrypt's then answer CLOSED, whatever they have done with the record. Only the peer's ends the way in (RFC
     * 8446, 6.1).
     */
    private Status behindOurEnd(SSLEngineResult result, ByteBuffer plaintext) throws SSLException {
        if (moved(result)) {
            return Status.OK;
        }
        Status withoutRoom = overflow();
        return plaintext.remaining() < plaintextSize ? withoutRoom : Status.NEED_INPUT;
    }

    private static boolean moved(SSLEngineResult result) {
        return result.bytesProduced() > 0 || result.bytesConsumed() > 0;
    }

    @Override
    public Status wrap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        if (stage == Stage.DOUBTFUL) {
            return wrapLast(ciphertext);
        }
        SSLEngineResult result = stage == Stage.TICKETS_WAIT && plaintext.hasRemaining()
                ? wrapBehindTickets(plaintext, ciphertext)
                : wrapOnce(plaintext, ciphertext);
        return switch (result.getStatus()) {
            case BUFFER_UNDERFLOW -> Status.NEED_INPUT;
            case BUFFER_OVERFLOW -> overflow();
            case CLOSED -> moved(result) && !engine.isOutboundDone() ? Status.OK : Status.CLOSED;
            case OK -> {
                if (handshake == HandshakeStatus.NEED_TASK) {
                    yield Status.NEED_TASK;
                }
                yield waitsForPeer() && !moved(result) ? Status.NEED_INPUT : Status.OK;
            }
        };
    }

    /** Emits what unwrap has caused, an answer to a KeyUpdate or an alert, and finds out which of the two it was. */
    private Status wrapLast(ByteBuffer ciphertext) throws SSLException {
        int before = ciphertext.position();
        SSLEngineResult result = absorb(engine.wrap(NOTHING, ciphertext));
        if (result.getStatus() != SSLEngineResult.Status.OK || handshake == HandshakeStatus.NEED_WRAP) {
            return result.getStatus() == SSLEngineResult.Status.BUFFER_OVERFLOW ? overflow() : closedOrOk(result);
        }
        become(Stage.COMPLETE);
        try {
            absorb(engine.wrap(NOTHING, ciphertext));
        } catch (SSLException late) {
            if (ciphertext.position() == before) {
                throw late;
            }
            failure = late;
        }
        return Status.OK;
    }

    private static Status closedOrOk(SSLEngineResult result) {
        return result.getStatus() == SSLEngineResult.Status.CLOSED ? Status.CLOSED : Status.OK;
    }

    private SSLEngineResult wrapBehindTickets(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        become(Stage.COMPLETE);
        int limit = plaintext.limit();
        plaintext.limit(Math.min(limit, plaintext.position() + LARGEST_BEHIND_TICKETS));
        try {
            return wrapOnce(plaintext, ciphertext);
        } finally {
            plaintext.limit(limit);
        }
    }

    private SSLEngineResult unwrapOnce(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (!ciphertextOnHeap || !ciphertext.isDirect()) {
            return absorb(engine.unwrap(ciphertext, plaintext));
        }
        ByteBuffer scratch = SCRATCH.get().clear();
        int length = Math.min(ciphertext.remaining(), scratch.capacity());
        scratch.put(0, ciphertext, ciphertext.position(), length).limit(length);
        SSLEngineResult result = absorb(engine.unwrap(scratch, plaintext));
        ciphertext.position(ciphertext.position() + result.bytesConsumed());
        return result;
    }

    private SSLEngineResult wrapOnce(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        if (release != null && !plaintext.isDirect() && plaintext.hasRemaining()) {
            return wrapFromHeap(plaintext, ciphertext);
        }
        if (!ciphertextOnHeap || !ciphertext.isDirect()) {
            return absorb(engine.wrap(plaintext, ciphertext));
        }
        ByteBuffer scratch = SCRATCH.get().clear();
        scratch.limit(Math.min(ciphertext.remaining(), scratch.capacity()));
        SSLEngineResult result = absorb(engine.wrap(plaintext, scratch));
        ciphertext.put(scratch.flip());
        return result;
    }

    private SSLEngineResult wrapFromHeap(ByteBuffer plaintext, ByteBuffer ciphertext) throws SSLException {
        ByteBuffer scratch = DIRECT_SCRATCH.get().clear();
        int length = Math.min(plaintext.remaining(), scratch.capacity());
        scratch.put(0, plaintext, plaintext.position(), length).limit(length);
        SSLEngineResult result = absorb(engine.wrap(scratch, ciphertext));
        plaintext.position(plaintext.position() + result.bytesConsumed());
        return result;
    }

    private SSLEngineResult absorb(SSLEngineResult result) {
        handshake = result.getHandshakeStatus();
        if (stage == Stage.HANDSHAKE && tellsTheEnd(result)) {
            become(ConscryptQuirks.isConscrypt(engine) ? Stage.TICKETS_WAIT : Stage.COMPLETE);
        }
        return result;
    }

    private static boolean tellsTheEnd(SSLEngineResult result) {
        return result.getHandshakeStatus() == HandshakeStatus.FINISHED
                || (result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
                        && result.getStatus() == SSLEngineResult.Status.OK);
    }

    private Status overflow() throws SSLException {
        readSizes();
        if (packetSize > LARGEST_BUFFER || plaintextSize > LARGEST_BUFFER) {
            throw new SSLException("the TLS engine asks for buffers of " + Math.max(packetSize, plaintextSize)
                    + " bytes; the limit is " + LARGEST_BUFFER);
        }
        return Status.NEED_SPACE;
    }

    private void readSizes() {
        SSLSession session = engine.getSession();
        packetSize = session.getPacketBufferSize();
        plaintextSize = session.getApplicationBufferSize();
    }

    private boolean waitsForPeer() {
        return handshake == HandshakeStatus.NEED_UNWRAP || handshake == HandshakeStatus.NEED_UNWRAP_AGAIN;
    }

    @Override
    public boolean hasPendingOutput() {
        if (handshake == HandshakeStatus.NEED_TASK || handshake == HandshakeStatus.FINISHED) {
            handshake = engine.getHandshakeStatus();
        }
        return handshake == HandshakeStatus.NEED_WRAP;
    }

    @Override
    public boolean hasPendingInput() {
        return askAgain || failure != null || handshake == HandshakeStatus.NEED_UNWRAP_AGAIN;
    }

    @Override
    public boolean handshakeComplete() {
        return stage != Stage.HANDSHAKE;
    }

    @Override
    public @Nullable Runnable task() {
        Runnable first = engine.getDelegatedTask();
        askAgain |= first != null;
        return first == null ? null : () -> runSome(first);
    }

    private void runSome(Runnable first) {
        Runnable next = first;
        for (int count = 1; next != null; count++) {
            next.run();
            next = count < TASKS_PER_RUN ? engine.getDelegatedTask() : null;
        }
    }

    @Override
    public void closeOutbound() {
        engine.closeOutbound();
        handshake = engine.getHandshakeStatus();
    }

    /**
     * The JDK's interface has no way to send an alert. So the engine is made to, by a record that it must refuse: with
     * keys it answers bad_record_mac, encrypted.
     */
    @Override
    public void fail(int alert) {
        boolean unexpected = ciphertextOnHeap && alert == Alert.UNEXPECTED_MESSAGE.number();
        try {
            unwrap(
                    ByteBuffer.wrap(unexpected ? TOO_LONG : FORGED),
                    SCRATCH.get().clear());
        } catch (SSLException | RuntimeException asMeant) {
            // Not every engine tells in its status that an alert waits
            handshake = HandshakeStatus.NEED_WRAP;
        }
    }

    private static byte[] forged(int length, int bytes) {
        byte[] record = new byte[RecordFormat.LENGTH + bytes];
        record[0] = RecordFormat.APPLICATION_DATA;
        record[1] = RecordFormat.MAJOR_VERSION;
        record[2] = RecordFormat.MAJOR_VERSION;
        record[3] = (byte) (length >> Byte.SIZE);
        record[4] = (byte) length;
        return record;
    }

    @Override
    public void forgetSession() {
        engine.getSession().invalidate();
    }

    @Override
    public boolean inboundClosed() {
        return engine.isInboundDone();
    }

    @Override
    public TlsSession session() {
        // Getters may throw on what a peer has sent, such as a server name that Java takes for none
        SSLSession session = engine.getSession();
        return new TlsSession(
                session.getProtocol(),
                session.getCipherSuite(),
                Optional.empty(),
                false,
                applicationProtocol(),
                serverName(session),
                peerCertificates(session),
                localCertificates(session),
                !engine.getUseClientMode(),
                Optional.empty());
    }

    @Override
    public Optional<byte[]> exportKeyingMaterial(String label, byte[] context, int length) {
        return KeyExporter.export(engine, label, context, length);
    }

    private Optional<String> applicationProtocol() {
        try {
            return Optional.ofNullable(engine.getApplicationProtocol()).filter(protocol -> !protocol.isEmpty());
        } catch (RuntimeException engineWithoutAlpn) {
            return Optional.empty();
        }
    }

    private static Optional<String> serverName(SSLSession session) {
        try {
            if (session instanceof ExtendedSSLSession extended) {
                for (SNIServerName name : extended.getRequestedServerNames()) {
                    if (name instanceof SNIHostName host) {
                        return Optional.of(host.getAsciiName());
                    }
                }
            }
            return Optional.empty();
        } catch (RuntimeException withoutServerNamesOrNotAHostName) {
            return Optional.empty();
        }
    }

    private static List<X509Certificate> peerCertificates(SSLSession session) {
        try {
            return Arrays.stream(session.getPeerCertificates())
                    .map(X509Certificate.class::cast)
                    .toList();
        } catch (SSLPeerUnverifiedException | RuntimeException noneWasAsked) {
            return List.of();
        }
    }

    private static List<X509Certificate> localCertificates(SSLSession session) {
        try {
            Certificate @Nullable [] chain = session.getLocalCertificates();
            return chain == null
                    ? List.of()
                    : Arrays.stream(chain).map(X509Certificate.class::cast).toList();
        } catch (RuntimeException notKept) {
            return List.of();
        }
    }

    @Override
    public int packetSize() {
        return packetSize;
    }

    @Override
    public int plaintextSize() {
        return plaintextSize;
    }

    public SSLEngine sslEngine() {
        return engine;
    }

    /** An SSLEngine of the JDK holds nothing outside the heap; its session is left valid, so that it can be resumed. */
    @Override
    public void free() {
        if (!freed && release != null) {
            freed = true;
            release.run();
        }
    }
}
