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
 * Adapts an {@link SSLEngine} to the {@link TlsEngine} interface.
 *
 * <p>The adapter hides the differences between engines. One leaves partial records, one needs an additional empty
 * unwrap before it reports that the handshake is complete, one needs its ciphertext on the heap. The last is the JDK's:
 * with ciphertext in direct buffers it copies in small pieces and allocates. It gets a heap buffer that belongs to the
 * calling thread, and one bulk copy. A native engine needs direct buffers, and would copy plaintext from the heap into
 * memory that it allocates for each record; it gets a direct buffer of the calling thread.
 */
public final class SslEngineAdapter implements TlsEngine {
    /**
     * The progress of the engine.
     *
     * <pre>
     *   HANDSHAKE -----> TICKETS_WAIT -----> COMPLETE <-----> DOUBTFUL
     *       |                                   ^
     *       +-----------------------------------+
     * </pre>
     */
    public enum Stage {
        HANDSHAKE,
        /** Conscrypt sends its tickets together with the first data, and both must fit into the room for one record. */
        TICKETS_WAIT,
        COMPLETE,
        /**
         * The pending output may be the engine's last alert: Netty's engine sends the alert first, and reports that the
         * stream has failed only when it is called again.
         */
        DOUBTFUL
    }

    public static final Transitions<Stage> TRANSITIONS = new Transitions<>(Stage.class)
            .allow(Stage.HANDSHAKE, EnumSet.of(Stage.TICKETS_WAIT, Stage.COMPLETE))
            .allow(Stage.TICKETS_WAIT, EnumSet.of(Stage.COMPLETE))
            .allow(Stage.COMPLETE, EnumSet.of(Stage.DOUBTFUL))
            .allow(Stage.DOUBTFUL, EnumSet.of(Stage.COMPLETE));

    /** An engine that requires larger buffers is refused: 2^15, and the overhead of a record. */
    public static final int LARGEST_BUFFER = (1 << 15) + 2048;

    /** The maximum number of engine tasks in one run; the JDK's engine has one. */
    private static final int TASKS_PER_RUN = 16;

    private static final ThreadLocal<ByteBuffer> SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocate(LARGEST_BUFFER));

    /** The maximum plaintext of a record (RFC 8446, 5.1). */
    private static final int LARGEST_PLAINTEXT = 1 << 14;

    private static final int LARGEST_BEHIND_TICKETS = 1 << 12;

    private static final ThreadLocal<ByteBuffer> DIRECT_SCRATCH =
            ThreadLocal.withInitial(() -> ByteBuffer.allocateDirect(LARGEST_PLAINTEXT));

    /** A record that was not encrypted with the connection's keys: every engine responds with a fatal alert. */
    private static final byte[] FORGED = forged(64, 64);

    /** The header of a record that is too long: the JDK's engine responds with unexpected_message. */
    private static final byte[] TOO_LONG = forged(0xffff, 0);

    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    private final SSLEngine engine;
    private final boolean ciphertextOnHeap;
    private final @Nullable Runnable release;
    private boolean freed;

    private Stage stage = Stage.HANDSHAKE;
    private HandshakeStatus handshake;

    /**
     * Whether the engine must be called again without new input: only then does Netty's engine report the end of the
     * handshake, and the JDK's, up to 17, that a task has failed.
     */
    private boolean callAgain;

    /** A failure that the engine reported in the stage DOUBTFUL, after its alert was sent. */
    private @Nullable SSLException failure;

    private int packetSize;
    private int plaintextSize;

    /**
     * Starts the handshake of a new engine.
     *
     * @param engine in its final configuration, not yet begun; belongs to the adapter from now on
     * @throws IllegalStateException if the engine cannot begin because of its configuration
     */
    public SslEngineAdapter(SSLEngine engine) {
        this(engine, null);
    }

    /**
     * Starts the handshake of a new engine in native code.
     *
     * @param engine in its final configuration, not yet begun; belongs to the adapter from now on
     * @param release called once, by the first {@link #free()}, or null if the engine holds nothing outside the heap
     * @throws IllegalStateException if the engine cannot begin because of its configuration; the engine is then
     *     released
     */
    public SslEngineAdapter(SSLEngine engine, @Nullable Runnable release) {
        this.engine = engine;
        this.release = release;
        this.ciphertextOnHeap = engine.getClass().getName().startsWith("sun.security.ssl.");
        try {
            engine.beginHandshake();
        } catch (SSLException refused) {
            free();
            throw new IllegalStateException("the TLS engine cannot begin a handshake", refused);
        }
        this.handshake = engine.getHandshakeStatus();
        readSizes();
    }

    @Override
    public Status unwrap(ByteBuffer ciphertext, ByteBuffer plaintext) throws SSLException {
        if (failure != null) {
            throw failure;
        }
        callAgain = false;
        SSLEngineResult result = unwrapOnce(ciphertext, plaintext);
        doubt(release != null && handshake == HandshakeStatus.NEED_WRAP);
        // After an overflow that has consumed input, Conscrypt's engine holds the rest of the plaintext
        callAgain = result.bytesConsumed() > 0
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
     * Returns the status for a record received after our close_notify that is not the peer's close_notify. The engines
     * of Netty and Conscrypt then return CLOSED regardless of what they did with the record. Only the peer's
     * close_notify ends the input (RFC 8446, 6.1).
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

    /** Sends what unwrap has caused, a response to a KeyUpdate or an alert, and determines which of the two it was. */
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
        if (stage == Stage.HANDSHAKE && reportsCompletion(result)) {
            become(ConscryptQuirks.isConscrypt(engine) ? Stage.TICKETS_WAIT : Stage.COMPLETE);
        }
        return result;
    }

    private static boolean reportsCompletion(SSLEngineResult result) {
        return result.getHandshakeStatus() == HandshakeStatus.FINISHED
                || (result.getHandshakeStatus() == HandshakeStatus.NOT_HANDSHAKING
                        && result.getStatus() == SSLEngineResult.Status.OK);
    }

    private Status overflow() throws SSLException {
        readSizes();
        if (packetSize > LARGEST_BUFFER || plaintextSize > LARGEST_BUFFER) {
            throw new SSLException("the TLS engine requires buffers of " + Math.max(packetSize, plaintextSize)
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
        return callAgain || failure != null || handshake == HandshakeStatus.NEED_UNWRAP_AGAIN;
    }

    @Override
    public boolean handshakeComplete() {
        return stage != Stage.HANDSHAKE;
    }

    @Override
    public @Nullable Runnable task() {
        Runnable first = engine.getDelegatedTask();
        callAgain |= first != null;
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
     * The JDK's API has no method to send an alert. Instead, the engine receives a record that it must refuse: with
     * keys, it responds with bad_record_mac, encrypted.
     */
    @Override
    public void fail(int alert) {
        boolean unexpected = ciphertextOnHeap && alert == Alert.UNEXPECTED_MESSAGE.number();
        try {
            unwrap(
                    ByteBuffer.wrap(unexpected ? TOO_LONG : FORGED),
                    SCRATCH.get().clear());
        } catch (SSLException | RuntimeException asMeant) {
            // not every engine's status shows that an alert is pending
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
        // getters may throw because of data from the peer, such as a server name that Java does not accept
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

    /** An SSLEngine of the JDK holds no memory outside the heap; its session remains valid and can be resumed. */
    @Override
    public void free() {
        if (!freed && release != null) {
            freed = true;
            release.run();
        }
    }
}
