// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import io.portcullis.internal.states.Transitions;
import io.portcullis.tls.StepTable.Condition;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngine.Status;
import java.nio.ByteBuffer;
import java.util.EnumSet;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS as a filter: drives a {@link TlsEngine} and answers with a {@link Step}.
 *
 * <p>The whole behavior is the two tables below. A row is what the engine answered; the column is the first of these
 * that holds: the handshake is <i>completed</i> (and was not before); bytes <i>moved</i>, with or without <i>output</i>
 * of the engine's own waiting behind them; nothing moved, with or without such output. {@code again} starts over: it
 * looks at what there is to do now, and calls the engine if there is something.
 *
 * <pre>
 *   decode      completed   moved+output   moved       idle+output   idle
 *   OK          SECURED     NEED_ENCODE    PROGRESS    NEED_ENCODE   again
 *   NEED_INPUT  SECURED     NEED_ENCODE    PROGRESS    NEED_ENCODE   again
 *   NEED_SPACE  SECURED     NEED_SPACE     NEED_SPACE  NEED_SPACE*   NEED_SPACE*
 *   NEED_TASK   RUN_TASK*   RUN_TASK*      RUN_TASK*   RUN_TASK*     RUN_TASK*
 *   CLOSED      CLOSED      CLOSED         CLOSED      CLOSED        CLOSED
 *
 *   encode      completed   moved+output   moved       idle+output   idle
 *   OK          SECURED     PROGRESS       PROGRESS    again         again
 *   NEED_INPUT  SECURED     PROGRESS       PROGRESS    again         NEED_DECODE**
 *   NEED_SPACE  SECURED     NEED_SPACE     NEED_SPACE  NEED_SPACE*   NEED_SPACE*
 *   NEED_TASK   RUN_TASK*   RUN_TASK*      RUN_TASK*   RUN_TASK*     RUN_TASK*
 *   CLOSED      CLOSED      CLOSED         CLOSED      CLOSED        CLOSED
 *
 *   * again, if the engine had the room that it asks for, or has no task to give (PROGRESS, if bytes moved)
 *   ** again, once the peer's stream has ended: nothing comes that the engine could be waiting for
 * </pre>
 *
 * <p>The third answer in a row that moves nothing is the last, and so is one too many that gives bytes and takes none:
 * the engine has failed ({@link HandshakeFailure#ENGINE_STALLED}). Not counted are an answer that ends a direction, and
 * NEED_SPACE where the caller brought less room than the filter asks for. Whatever an engine answers, nothing here
 * loops.
 *
 * <p>The engine is asked only when it has something to work on: decode offers exactly one whole record, whose header
 * was checked first ({@link RecordHeader}); encode offers application bytes only after the handshake, and room for a
 * whole record; and once the engine has said that it waits for the peer, encode leaves it alone until decode has called
 * it.
 *
 * <p>What the filter refuses by itself, whatever the engine would do, is in {@link RecordGuard}: renegotiation of TLS
 * 1.2, too many records that carry no data, and too many for a handshake.
 *
 * <p>A failure is never told by a close_notify, which anybody in between could bring about: the peer would take what it
 * has got for the whole. It is told by an alert, encrypted as soon as there are keys ({@link TlsEngine#fail}), or by a
 * cut.
 *
 * <p>{@link HandshakeFailure#TRUNCATED} after the handshake ends the way in alone: application bytes are still encoded;
 * without any, and by {@link #closeOutput()}, the way out is cut off, too, unless it was closed before.
 */
public final class TlsFilter implements Filter {
    /**
     * What has become of the peer's stream.
     *
     * <pre>
     *   OPEN -----> NETWORK_ENDED -----> TRUNCATED
     *    |                |
     *    +----------------+------------> CLOSED
     * </pre>
     */
    enum Inbound {
        OPEN,
        /** Nothing comes behind what has come. */
        NETWORK_ENDED,
        /** By the peer's close_notify, or as the engine has it. */
        CLOSED,
        /** By the end of the network, without a close_notify. */
        TRUNCATED
    }

    /**
     * What has become of our own stream.
     *
     * <pre>
     *   OPEN -----> CLOSING -----> CLOSED
     *    | |                        ^  ^
     *    | +------> CUT ------------+  |
     *    |                             |
     *    +-- by the engine, or behind -+
     *        the last words
     * </pre>
     */
    enum Outbound {
        OPEN,
        /** What the engine has to say is sent, its close_notify last. */
        CLOSING,
        /** Nothing more is sent, as the peer's stream was cut off: encode has yet to say so. */
        CUT,
        /** Encode has answered CLOSED. */
        CLOSED
    }

    static final Transitions<Inbound> INBOUND = new Transitions<>(Inbound.class)
            .allow(Inbound.OPEN, EnumSet.of(Inbound.NETWORK_ENDED, Inbound.CLOSED))
            .allow(Inbound.NETWORK_ENDED, EnumSet.of(Inbound.CLOSED, Inbound.TRUNCATED));

    static final Transitions<Outbound> OUTBOUND = new Transitions<>(Outbound.class)
            .allow(Outbound.OPEN, EnumSet.of(Outbound.CLOSING, Outbound.CUT, Outbound.CLOSED))
            .allow(Outbound.CLOSING, EnumSet.of(Outbound.CLOSED))
            .allow(Outbound.CUT, EnumSet.of(Outbound.CLOSED));

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private TlsEngine engine;
    private final boolean tasksMayBlock;
    private final RecordGuard guard = new RecordGuard();

    /** While the engine does not get on. */
    private @Nullable StallWatch stalls;

    private HandshakeWatch handshake = new HandshakeWatch();
    private Inbound inbound = Inbound.OPEN;
    private Outbound outbound = Outbound.OPEN;

    /** Whether the engine has said that it must be given more of the peer's first; whatever the two streams are. */
    private boolean waitsForPeer;

    /** Once the connection has failed. */
    private @Nullable LastWords lastWords;

    private @Nullable EngineTask task;

    /** Null until the handshake is over. */
    private @Nullable TlsSession session;

    /** What is asked of the session when the handshake is over. */
    private final SessionRules rules;

    /**
     * A filter for one connection.
     *
     * @param engine in its final configuration; belongs to the filter from now on
     * @param tasksMayBlock whether the engine's tasks may wait for something
     */
    public TlsFilter(TlsEngine engine, boolean tasksMayBlock) {
        this(engine, tasksMayBlock, SessionRules.NONE);
    }

    TlsFilter(TlsEngine engine, boolean tasksMayBlock, SessionRules rules) {
        this.engine = engine;
        this.tasksMayBlock = tasksMayBlock;
        this.rules = rules;
    }

    @Override
    public Step decode(ByteBuffer network, ByteBuffer application) throws TlsException {
        Step step = null;
        while (step == null) {
            Step waits = beforeUnwrap();
            if (waits != null) {
                return waits;
            }
            boolean inside = engine.hasPendingInput();
            int size = inside ? 0 : recordSize(network);
            if (!inside && (size == 0 || size > network.remaining())) {
                return inbound == Inbound.NETWORK_ENDED ? endOfNetwork() : Step.NEED_INPUT;
            }
            int limit = network.limit();
            network.limit(network.position() + size);
            try {
                step = unwrap(network, application);
            } finally {
                network.limit(limit);
            }
        }
        if (step == Step.CLOSED) {
            become(Inbound.CLOSED);
        }
        return step;
    }

    private void become(Inbound next) {
        inbound = INBOUND.follow(inbound, next);
    }

    private void become(Outbound next) {
        outbound = OUTBOUND.follow(outbound, next);
    }

    private boolean inputClosed() {
        return inbound == Inbound.CLOSED || inbound == Inbound.TRUNCATED;
    }

    /** What decode answers without looking at the network, or null. */
    private @Nullable Step beforeUnwrap() throws TlsException {
        if (lastWords != null || inputClosed()) {
            return Step.CLOSED;
        }
        if (session == null && engine.handshakeComplete()) {
            return secure();
        }
        if (task != null && wantsTask()) {
            return Step.RUN_TASK;
        }
        return session == null && speaks() ? Step.NEED_ENCODE : null;
    }

    private int recordSize(ByteBuffer network) throws TlsException {
        try {
            return guard.size(network, handshake.spoken());
        } catch (TlsException refused) {
            throw failWith(refused);
        }
    }

    private @Nullable Step unwrap(ByteBuffer record, ByteBuffer application) throws TlsException {
        boolean handshakeRecord = session == null && RecordGuard.mayCarryHandshake(record);
        if (session == null) {
            handshake.heard(record);
        }
        boolean roomAsked = application.remaining() >= engine.plaintextSize();
        int consumed = record.position();
        int produced = application.position();
        Status status;
        try {
            status = engine.unwrap(record, application);
        } catch (SSLException | RuntimeException failure) {
            throw engineFailed(failure);
        }
        consumed = record.position() - consumed;
        produced = application.position() - produced;
        waitsForPeer = false;
        // The record that ends the stream carries nothing, and none follows it
        if (produced > 0 || (consumed > 0 && !engine.inboundClosed())) {
            countRecord(handshakeRecord || (produced == 0 && engine.hasPendingInput()), produced);
        }
        if (session == null) {
            handshake.read(record, record.position() - consumed, consumed);
        }
        boolean hasRoom = status == Status.NEED_SPACE && application.remaining() >= engine.plaintextSize();
        return step(StepTable.DECODE, status, consumed, produced, roomAsked, hasRoom);
    }

    private void countRecord(boolean useful, int data) throws TlsException {
        try {
            guard.read(useful, data);
        } catch (TlsException flood) {
            throw failWith(flood);
        }
    }

    private Step endOfNetwork() throws TlsException {
        waitsForPeer = false;
        if (engine.inboundClosed()) {
            become(Inbound.CLOSED);
            return Step.CLOSED;
        }
        become(Inbound.TRUNCATED);
        boolean secured = session != null;
        String phase = secured ? "within the TLS stream (no close_notify was received)" : "during the handshake";
        TlsException failure =
                new TlsException(HandshakeFailure.TRUNCATED, Alert.UNEXPECTED_MESSAGE, "the network ended " + phase);
        throw secured ? failure : failWith(failure);
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) throws TlsException {
        Step step = null;
        while (step == null) {
            if (outbound == Outbound.CLOSED) {
                return Step.CLOSED;
            }
            Step waits = lastWords == null ? beforeWrap(application) : null;
            if (waits != null) {
                step = waits;
                break;
            }
            if (network.remaining() < engine.packetSize()) {
                return Step.NEED_SPACE;
            }
            step = lastWords == null
                    ? wrap(session != null && outbound == Outbound.OPEN ? application : EMPTY, network)
                    : lastWords.say(network);
        }
        if (step == Step.CLOSED) {
            become(Outbound.CLOSED);
        }
        return step;
    }

    /** What encode answers without the engine, or null if the engine has something to wrap. */
    private @Nullable Step beforeWrap(ByteBuffer application) throws TlsException {
        if (session == null && engine.handshakeComplete()) {
            return secure();
        }
        if (task != null && wantsTask()) {
            return Step.RUN_TASK;
        }
        if (inputClosed() && endsWithInput() && !application.hasRemaining()) {
            closeOutput();
        }
        if (outbound == Outbound.CUT) {
            return Step.CLOSED;
        }
        if (waitsForPeer) {
            return Step.NEED_DECODE;
        }
        if (outbound == Outbound.CLOSING || engine.hasPendingOutput()) {
            return null;
        }
        return session == null ? Step.NEED_DECODE : application.hasRemaining() ? null : Step.NEED_INPUT;
    }

    private @Nullable Step wrap(ByteBuffer source, ByteBuffer network) throws TlsException {
        int consumed = source.position();
        int produced = network.position();
        Status status;
        try {
            status = engine.wrap(source, network);
        } catch (SSLException | RuntimeException failure) {
            throw engineFailed(failure);
        }
        consumed = source.position() - consumed;
        if (session == null) {
            handshake.said(network, produced);
        }
        produced = network.position() - produced;
        if (consumed > 0) {
            guard.pay(consumed);
        }
        boolean hasRoom = status == Status.NEED_SPACE && network.remaining() >= engine.packetSize();
        try {
            return step(StepTable.ENCODE, status, consumed, produced, true, hasRoom);
        } catch (TlsException refused) {
            if (lastWords != null && lastWords.none()) {
                network.position(network.position() - produced);
            }
            throw refused;
        }
    }

    /** The cell of a table, or null for "again". */
    private @Nullable Step step(
            StepTable table, Status status, int consumed, int produced, boolean roomAsked, boolean hasRoom)
            throws TlsException {
        boolean moved = consumed + produced > 0;
        Step step = table.cell(status, condition(moved));
        if (step == Step.SECURED) {
            return secure();
        }
        if (step == Step.RUN_TASK) {
            task = EngineTask.next(engine);
            step = task != null ? Step.RUN_TASK : moved ? Step.PROGRESS : null;
        } else if (step == Step.NEED_SPACE && !moved && hasRoom) {
            step = null;
        } else if (step == Step.NEED_DECODE && inputClosed()) {
            step = null;
        }
        waitsForPeer = step == Step.NEED_DECODE;
        if (consumed > 0) {
            stalls = null;
        } else if (moved) {
            requireNoStall(stalls().unfed());
        } else if (step != Step.CLOSED && (status != Status.NEED_SPACE || roomAsked)) {
            requireNoStall(stalls().idle());
        }
        return step;
    }

    private StallWatch stalls() {
        StallWatch watch = stalls == null ? new StallWatch() : stalls;
        stalls = watch;
        return watch;
    }

    private Condition condition(boolean moved) {
        if (session == null && engine.handshakeComplete()) {
            return Condition.COMPLETED;
        }
        if (speaks()) {
            return moved ? Condition.MOVED_OUTPUT : Condition.IDLE_OUTPUT;
        }
        return moved ? Condition.MOVED : Condition.IDLE;
    }

    private void requireNoStall(boolean stalled) throws TlsException {
        if (stalled) {
            throw failWith(new TlsException(
                    HandshakeFailure.ENGINE_STALLED,
                    Alert.INTERNAL_ERROR,
                    "the TLS engine was called again and again without getting on"));
        }
    }

    /** Whether a task is still to run, or the engine has another one behind the one that ran. */
    private boolean wantsTask() throws TlsException {
        EngineTask before = task;
        if (before != null && before.ran()) {
            RuntimeException failure = before.failure();
            if (failure != null) {
                throw failWith(explained(failure));
            }
            task = EngineTask.next(engine);
            if (task != null) {
                requireNoStall(stalls().idle());
            }
        }
        return task != null;
    }

    /** Whether the engine has something to say, and can. */
    private boolean speaks() {
        return outbound != Outbound.CLOSED && !waitsForPeer && engine.hasPendingOutput();
    }

    /**
     * Whether nothing is left but to end the output, too: the peer ended the handshake, or the network ended the
     * stream.
     */
    private boolean endsWithInput() {
        return inbound == Inbound.TRUNCATED || session == null;
    }

    private Step secure() throws TlsException {
        TlsSession facts = SharedFacts.of(rules.complete(handshake.complete(engine.session()), engine));
        TlsException ended = ResumedPeer.refusal(facts, rules.chain(), handshake.atServer());
        if (ended != null) {
            throw refuseResumed(ended, facts);
        }
        stalls = null;
        handshake = handshake.over();
        session = facts;
        guard.secured(facts);
        engine = HelloGuard.behind(engine);
        return Step.SECURED;
    }

    /**
     * A server of TLS 1.3 sends no alert here but cuts the connection: in front of the alert stand new tickets for the
     * session that has ended, with which the client would come back for ever. For the same reason what is in the
     * network buffer by now is taken back: the JDK's engine says that the handshake is over when it has written the
     * ticket.
     */
    private TlsException refuseResumed(TlsException ended, TlsSession facts) {
        boolean withTickets = handshake.atServer() && facts.protocol().equals("TLSv1.3");
        engine.forgetSession();
        if (withTickets) {
            lastWords = LastWords.none(engine);
            return ended;
        }
        return failWith(ended);
    }

    private TlsException engineFailed(Exception failure) {
        TlsException explained = explained(failure);
        Alert otherwise = explained.peerAlert().isPresent() ? null : explained.alert();
        lastWords = handshake.alerted() ? LastWords.none(engine) : LastWords.ofEngine(engine, otherwise, inTheClear());
        return explained;
    }

    private TlsException explained(Exception failure) {
        return EngineFailures.explain(
                failure, handshake.atServer(), session != null, handshake.bareAlert(), knownByItself());
    }

    /** What the filter has seen by itself that fails a handshake, whatever engines call it. */
    private HandshakeFailure knownByItself() {
        if (handshake.echoed()) {
            return HandshakeFailure.NOT_TLS;
        }
        return HelloGuard.sawEarlyData(engine) ? HandshakeFailure.EARLY_DATA : HandshakeFailure.OTHER;
    }

    private TlsException failWith(TlsException refused) {
        lastWords = handshake.alerted() ? LastWords.none(engine) : LastWords.of(engine, refused.alert(), inTheClear());
        return refused;
    }

    /** Whether there are no keys yet, as one side has not been heard. */
    private boolean inTheClear() {
        return !handshake.spoken() || !guard.heard();
    }

    @Override
    public boolean hasInput() {
        return lastWords == null && !inputClosed() && engine.hasPendingInput();
    }

    @Override
    public boolean mayEnd(ByteBuffer network) {
        return session != null && !inputClosed() && RecordHeader.mayBeLastAlert(network);
    }

    @Override
    public boolean hasOutput() {
        return outbound != Outbound.CLOSED
                && (lastWords != null
                        || (inputClosed() && endsWithInput())
                        || (outbound == Outbound.CLOSING && !waitsForPeer)
                        || speaks());
    }

    @Override
    public void closeOutput() {
        if (lastWords != null || outbound != Outbound.OPEN) {
            return;
        }
        if (inbound == Inbound.TRUNCATED) {
            become(Outbound.CUT);
        } else {
            become(Outbound.CLOSING);
            engine.closeOutbound();
        }
    }

    @Override
    public void closeInput() {
        if (inbound == Inbound.OPEN) {
            become(Inbound.NETWORK_ENDED);
        }
    }

    @Override
    public @Nullable Runnable task() {
        return task == null ? null : task.take();
    }

    @Override
    public boolean tasksMayBlock() {
        return tasksMayBlock;
    }

    @Override
    public Filter successor() {
        throw new IllegalStateException("a TLS filter has no successor");
    }

    @Override
    public int networkSpace() {
        return Math.max(engine.packetSize(), RecordFormat.LENGTH + guard.longest());
    }

    @Override
    public int applicationSpace() {
        return engine.plaintextSize();
    }

    @Override
    public boolean handshaking() {
        return session == null;
    }

    @Override
    public boolean computes(ByteBuffer network) {
        return session == null && lastWords == null && !inputClosed() && handshake.computes(network);
    }

    @Override
    public @Nullable TlsSession session() {
        return session;
    }

    @Override
    public void free() {
        engine.free();
    }
}
