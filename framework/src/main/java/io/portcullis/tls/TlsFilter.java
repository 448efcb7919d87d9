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
 * TLS as a filter: drives a {@link TlsEngine} and returns a {@link Step}.
 *
 * <p>The two tables below define the whole behavior. The row is the status that the engine returned. The column is the
 * first of these conditions that holds: the handshake is <i>completed</i> (and was not before); bytes <i>moved</i>,
 * with or without pending <i>output</i> of the engine; nothing moved (<i>idle</i>), with or without such output.
 * {@code again} starts over: it determines what there is to do now, and calls the engine if there is something.
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
 *   * again, if the engine had the room that it requires, or has no task (PROGRESS, if bytes moved)
 *   ** again, once the peer's stream has ended: nothing is received that the engine could be waiting for
 * </pre>
 *
 * <p>If the engine moves nothing three times in a row, or too often produces bytes without consuming any, it has failed
 * ({@link HandshakeFailure#ENGINE_STALLED}). Calls that end a direction do not count, nor does NEED_SPACE if the caller
 * provided less room than the filter needs. Whatever an engine returns, there is no endless loop.
 *
 * <p>The engine is called only when it has something to process. Decode passes exactly one whole record, whose header
 * has been checked ({@link RecordHeader}). Encode passes application bytes only after the handshake, and room for a
 * whole record. When the engine waits for the peer, encode does not call it before decode has.
 *
 * <p>{@link RecordGuard} refuses, independently of the engine, renegotiation in TLS 1.2, too many records without data,
 * and too many records for a handshake.
 *
 * <p>A failure is never signaled by a close_notify: a third party could cause the failure, and the peer would take what
 * it has received as complete. It is signaled by an alert, encrypted as soon as there are keys
 * ({@link TlsEngine#fail}), or by truncation.
 *
 * <p>{@link HandshakeFailure#TRUNCATED} after the handshake ends the input only: application bytes are still encoded.
 * When there are none, or at {@link #closeOutput()}, the output is truncated, too, unless it was closed before.
 */
public final class TlsFilter implements Filter {
    /**
     * The state of the peer's stream.
     *
     * <pre>
     *   OPEN -----> NETWORK_ENDED -----> TRUNCATED
     *    |                |
     *    +----------------+------------> CLOSED
     * </pre>
     */
    enum Inbound {
        OPEN,
        /** No more bytes are received. */
        NETWORK_ENDED,
        /** By the peer's close_notify, or as reported by the engine. */
        CLOSED,
        /** By the end of the network stream, without a close_notify. */
        TRUNCATED
    }

    /**
     * The state of our own stream.
     *
     * <pre>
     *   OPEN -----> CLOSING -----> CLOSED
     *    | |                        ^  ^
     *    | +------> CUT ------------+  |
     *    |                             |
     *    +-- by the engine, or after --+
     *        the final records
     * </pre>
     */
    enum Outbound {
        OPEN,
        /** The engine's output is being sent, its close_notify last. */
        CLOSING,
        /** Nothing more is sent, because the peer's stream was truncated; encode has yet to return CLOSED. */
        CUT,
        /** Encode has returned CLOSED. */
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

    /** Present while the engine makes no progress. */
    private @Nullable StallWatch stalls;

    private HandshakeWatch handshake = new HandshakeWatch();
    private Inbound inbound = Inbound.OPEN;
    private Outbound outbound = Outbound.OPEN;

    /** Whether the engine waits for bytes of the peer, regardless of the state of the two streams. */
    private boolean waitsForPeer;

    /** Present once the connection has failed. */
    private @Nullable FinalRecords finalRecords;

    private @Nullable EngineTask task;

    /** Null until the handshake is complete. */
    private @Nullable TlsSession session;

    /** The requirements on the session, checked after the handshake. */
    private final SessionRules rules;

    /**
     * Creates a filter for one connection.
     *
     * @param engine in its final configuration; belongs to the filter from now on
     * @param tasksMayBlock whether the engine's tasks may block
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

    /** Returns the step of decode that does not depend on the network bytes, or null. */
    private @Nullable Step beforeUnwrap() throws TlsException {
        if (finalRecords != null || inputClosed()) {
            return Step.CLOSED;
        }
        if (session == null && engine.handshakeComplete()) {
            return secure();
        }
        if (task != null && needsTask()) {
            return Step.RUN_TASK;
        }
        return session == null && canSend() ? Step.NEED_ENCODE : null;
    }

    private int recordSize(ByteBuffer network) throws TlsException {
        try {
            return guard.size(network, handshake.hasSent());
        } catch (TlsException refused) {
            throw failWith(refused);
        }
    }

    private @Nullable Step unwrap(ByteBuffer record, ByteBuffer application) throws TlsException {
        boolean handshakeRecord = session == null && RecordGuard.mayCarryHandshake(record);
        if (session == null) {
            handshake.received(record);
        }
        boolean hadRoom = application.remaining() >= engine.plaintextSize();
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
        // The record that ends the stream has no data, and no other follows it
        if (produced > 0 || (consumed > 0 && !engine.inboundClosed())) {
            countRecord(handshakeRecord || (produced == 0 && engine.hasPendingInput()), produced);
        }
        if (session == null) {
            handshake.read(record, record.position() - consumed, consumed);
        }
        boolean hasRoom = status == Status.NEED_SPACE && application.remaining() >= engine.plaintextSize();
        return step(StepTable.DECODE, status, consumed, produced, hadRoom, hasRoom);
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
            Step waits = finalRecords == null ? beforeWrap(application) : null;
            if (waits != null) {
                step = waits;
                break;
            }
            if (network.remaining() < engine.packetSize()) {
                return Step.NEED_SPACE;
            }
            step = finalRecords == null
                    ? wrap(session != null && outbound == Outbound.OPEN ? application : EMPTY, network)
                    : finalRecords.encode(network);
        }
        if (step == Step.CLOSED) {
            become(Outbound.CLOSED);
        }
        return step;
    }

    /** Returns the step of encode that does not require the engine, or null if the engine has something to wrap. */
    private @Nullable Step beforeWrap(ByteBuffer application) throws TlsException {
        if (session == null && engine.handshakeComplete()) {
            return secure();
        }
        if (task != null && needsTask()) {
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
            handshake.sent(network, produced);
        }
        produced = network.position() - produced;
        if (consumed > 0) {
            guard.pay(consumed);
        }
        boolean hasRoom = status == Status.NEED_SPACE && network.remaining() >= engine.packetSize();
        try {
            return step(StepTable.ENCODE, status, consumed, produced, true, hasRoom);
        } catch (TlsException refused) {
            if (finalRecords != null && finalRecords.none()) {
                network.position(network.position() - produced);
            }
            throw refused;
        }
    }

    /** Returns the step from a table, or null for "again". */
    private @Nullable Step step(
            StepTable table, Status status, int consumed, int produced, boolean hadRoom, boolean hasRoom)
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
        } else if (step != Step.CLOSED && (status != Status.NEED_SPACE || hadRoom)) {
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
        if (canSend()) {
            return moved ? Condition.MOVED_OUTPUT : Condition.IDLE_OUTPUT;
        }
        return moved ? Condition.MOVED : Condition.IDLE;
    }

    private void requireNoStall(boolean stalled) throws TlsException {
        if (stalled) {
            throw failWith(new TlsException(
                    HandshakeFailure.ENGINE_STALLED,
                    Alert.INTERNAL_ERROR,
                    "the TLS engine was called repeatedly without making progress"));
        }
    }

    /** Returns whether a task has not run yet, or the engine has another one after it. */
    private boolean needsTask() throws TlsException {
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

    /** Returns whether the engine has output that can be sent. */
    private boolean canSend() {
        return outbound != Outbound.CLOSED && !waitsForPeer && engine.hasPendingOutput();
    }

    /**
     * Returns whether the output must end with the input: the peer ended the handshake, or the stream was truncated.
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
     * A TLS 1.3 server sends no alert in this case but truncates the stream: ahead of the alert it would send new
     * tickets for the expired session, with which the client would retry forever. For the same reason, the last output
     * in the network buffer is removed: the JDK's engine reports that the handshake is complete after it has written
     * the ticket.
     */
    private TlsException refuseResumed(TlsException ended, TlsSession facts) {
        boolean withTickets = handshake.atServer() && facts.protocol().equals("TLSv1.3");
        engine.forgetSession();
        if (withTickets) {
            finalRecords = FinalRecords.none(engine);
            return ended;
        }
        return failWith(ended);
    }

    private TlsException engineFailed(Exception failure) {
        TlsException explained = explained(failure);
        Alert otherwise = explained.peerAlert().isPresent() ? null : explained.alert();
        finalRecords = handshake.alerted()
                ? FinalRecords.none(engine)
                : FinalRecords.ofEngine(engine, otherwise, inTheClear());
        return explained;
    }

    private TlsException explained(Exception failure) {
        return EngineFailures.explain(
                failure, handshake.atServer(), session != null, handshake.bareAlert(), knownByItself());
    }

    /** Returns the reason that the filter has observed itself, for which engines have different names. */
    private HandshakeFailure knownByItself() {
        if (handshake.echoed()) {
            return HandshakeFailure.NOT_TLS;
        }
        return HelloGuard.sawEarlyData(engine) ? HandshakeFailure.EARLY_DATA : HandshakeFailure.OTHER;
    }

    private TlsException failWith(TlsException refused) {
        finalRecords = handshake.alerted()
                ? FinalRecords.none(engine)
                : FinalRecords.of(engine, refused.alert(), inTheClear());
        return refused;
    }

    /** Returns whether there are no keys yet, because nothing was sent or nothing was received. */
    private boolean inTheClear() {
        return !handshake.hasSent() || !guard.hasRead();
    }

    @Override
    public boolean hasInput() {
        return finalRecords == null && !inputClosed() && engine.hasPendingInput();
    }

    @Override
    public boolean mayEnd(ByteBuffer network) {
        return session != null && !inputClosed() && RecordHeader.mayBeLastAlert(network);
    }

    @Override
    public boolean hasOutput() {
        return outbound != Outbound.CLOSED
                && (finalRecords != null
                        || (inputClosed() && endsWithInput())
                        || (outbound == Outbound.CLOSING && !waitsForPeer)
                        || canSend());
    }

    @Override
    public void closeOutput() {
        if (finalRecords != null || outbound != Outbound.OPEN) {
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
        return session == null && finalRecords == null && !inputClosed() && handshake.computes(network);
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
