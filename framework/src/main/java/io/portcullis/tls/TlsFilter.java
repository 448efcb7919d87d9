// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import io.portcullis.tls.StepTable.Condition;
import io.portcullis.tls.TlsEngine.Status;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS as a filter: drives a {@link TlsEngine} and answers with a {@link Step}.
 *
 * <p>The whole behavior is the two tables below. A row is what the engine answered; the column is the first of these that
 * holds: the handshake is <i>completed</i> (and was not before); bytes <i>moved</i>, with or without <i>output</i> of the
 * engine's own waiting behind them; nothing moved, with or without such output. {@code again} starts over: it looks at what
 * there is to do now, and calls the engine if there is something.
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
 *   NEED_INPUT  SECURED     PROGRESS       PROGRESS    again         NEED_DECODE
 *   NEED_SPACE  SECURED     NEED_SPACE     NEED_SPACE  NEED_SPACE*   NEED_SPACE*
 *   NEED_TASK   RUN_TASK*   RUN_TASK*      RUN_TASK*   RUN_TASK*     RUN_TASK*
 *   CLOSED      CLOSED      CLOSED         CLOSED      CLOSED        CLOSED
 *
 *   * again, if the engine had the room that it asks for, or has no task to give (PROGRESS, if bytes moved)
 * </pre>
 *
 * <p>The third answer in a row that moves nothing is the last, and so is one too many that gives bytes and takes none: the
 * engine has failed ({@link HandshakeFailure#ENGINE_STALLED}). Not counted are an answer that ends a direction, and
 * NEED_SPACE where the caller brought less room than the filter asks for. Whatever an engine answers, nothing here loops.
 *
 * <p>The engine is asked only when it has something to work on: decode offers exactly one whole record, whose header was
 * checked first ({@link RecordHeader}); encode offers application bytes only after the handshake, and room for a whole
 * record; and once the engine has said that it waits for the peer, encode leaves it alone until decode has called it.
 *
 * <p>What the filter refuses by itself, whatever the engine would do, is in {@link RecordGuard}: renegotiation of TLS 1.2,
 * too many records that carry no data, and too many for a handshake.
 *
 * <p>A failure is never told by a close_notify, which anybody in between could bring about: the peer would take what it has
 * got for the whole. It is told by an alert, encrypted as soon as there are keys ({@link TlsEngine#fail}), or by a cut.
 *
 * <p>{@link HandshakeFailure#TRUNCATED} after the handshake ends the way in alone: application bytes are still encoded;
 * without any, and by {@link #closeOutput()}, the way out is cut off, too, unless it was closed before.
 */
public final class TlsFilter implements Filter {
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private TlsEngine engine;
    private final boolean tasksMayBlock;
    private final RecordGuard guard = new RecordGuard();

    /** While the engine does not get on. */
    private @Nullable StallWatch stalls;

    private ServerFlight flight = new ServerFlight();

    /** Null when the handshake is over. */
    private @Nullable FirstMessage first = new FirstMessage();

    private boolean spoken;

    /** Whether the engine has said by a fatal alert that it has failed, which some do before they throw; during the handshake. */
    private boolean alerted;

    private boolean secured;
    private boolean networkEnded;
    private boolean inputClosed;
    private boolean outputClosed;
    private boolean closing;
    private boolean truncated;
    private boolean cut;
    private boolean waitsForPeer;
    private @Nullable LastWords lastWords;
    private @Nullable EngineTask task;
    private @Nullable TlsSession session;

    /**
     * A filter for one connection.
     *
     * @param engine in its final configuration; belongs to the filter from now on
     * @param tasksMayBlock whether the engine's tasks may wait for something
     */
    public TlsFilter(TlsEngine engine, boolean tasksMayBlock) {
        this.engine = engine;
        this.tasksMayBlock = tasksMayBlock;
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
                return networkEnded ? endOfNetwork() : Step.NEED_INPUT;
            }
            int limit = network.limit();
            network.limit(network.position() + size);
            try {
                step = unwrap(network, application);
            } finally {
                network.limit(limit);
            }
        }
        inputClosed = step == Step.CLOSED;
        return step;
    }

    /** What decode answers without looking at the network, or null. */
    private @Nullable Step beforeUnwrap() throws TlsException {
        if (lastWords != null || inputClosed) {
            return Step.CLOSED;
        }
        if (!secured && engine.handshakeComplete()) {
            return secure();
        }
        if (task != null && wantsTask()) {
            return Step.RUN_TASK;
        }
        return !secured && speaks() ? Step.NEED_ENCODE : null;
    }

    private int recordSize(ByteBuffer network) throws TlsException {
        try {
            return guard.size(network, spoken);
        } catch (TlsException refused) {
            throw failWith(refused);
        }
    }

    private @Nullable Step unwrap(ByteBuffer record, ByteBuffer application) throws TlsException {
        boolean handshakeRecord = !secured && RecordGuard.mayCarryHandshake(record);
        if (!secured) {
            flight.heard(record);
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
        if (first != null) {
            first.read(record, record.position() - consumed, consumed);
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
        inputClosed = true;
        waitsForPeer = false;
        if (engine.inboundClosed()) {
            return Step.CLOSED;
        }
        String phase = secured ? "within the TLS stream (no close_notify was received)" : "during the handshake";
        TlsException failure =
                new TlsException(HandshakeFailure.TRUNCATED, Alert.UNEXPECTED_MESSAGE, "the network ended " + phase);
        truncated = secured;
        throw secured ? failure : failWith(failure);
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) throws TlsException {
        Step step = null;
        while (step == null) {
            if (outputClosed) {
                return Step.CLOSED;
            }
            Step waits = lastWords == null ? beforeWrap(application) : null;
            if (waits != null) {
                outputClosed = waits == Step.CLOSED;
                return waits;
            }
            if (network.remaining() < engine.packetSize()) {
                return Step.NEED_SPACE;
            }
            step = lastWords == null
                    ? wrap(secured && !closing ? application : EMPTY, network)
                    : lastWords.say(network);
        }
        outputClosed = step == Step.CLOSED;
        return step;
    }

    /** What encode answers without the engine, or null if the engine has something to wrap. */
    private @Nullable Step beforeWrap(ByteBuffer application) throws TlsException {
        if (!secured && engine.handshakeComplete()) {
            return secure();
        }
        if (task != null && wantsTask()) {
            return Step.RUN_TASK;
        }
        if (inputClosed && endsWithInput() && !application.hasRemaining()) {
            closeOutput();
        }
        if (cut) {
            return Step.CLOSED;
        }
        if (waitsForPeer) {
            return Step.NEED_DECODE;
        }
        if (closing || engine.hasPendingOutput()) {
            return null;
        }
        return !secured ? Step.NEED_DECODE : application.hasRemaining() ? null : Step.NEED_INPUT;
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
        if (!secured) {
            flight.said(network, produced);
            alerted = RecordHeader.endWithAlert(network.duplicate().flip().position(produced));
        }
        produced = network.position() - produced;
        spoken |= produced > 0;
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
        }
        waitsForPeer = step == Step.NEED_DECODE && !inputClosed;
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
        if (!secured && engine.handshakeComplete()) {
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
        return !outputClosed && !waitsForPeer && engine.hasPendingOutput();
    }

    /** Whether nothing is left but to end the output, too: the peer ended the handshake, or the network ended the stream. */
    private boolean endsWithInput() {
        return truncated || !secured;
    }

    private Step secure() throws TlsException {
        TlsSession facts = SharedFacts.of(flight.complete(engine.session()));
        TlsException ended = ResumedPeer.refusal(facts, flight.atServer());
        if (ended != null) {
            throw refuseResumed(ended, facts);
        }
        secured = true;
        first = null;
        stalls = null;
        flight = flight.over();
        session = facts;
        guard.secured(facts);
        engine = HelloGuard.behind(engine);
        return Step.SECURED;
    }

    /**
     * A server of TLS 1.3 sends no alert here but cuts the connection: in front of the alert stand new tickets for the session
     * that has ended, with which the client would come back for ever. For the same reason what is in the network buffer by now
     * is taken back: the JDK's engine says that the handshake is over when it has written the ticket.
     */
    private TlsException refuseResumed(TlsException ended, TlsSession facts) {
        boolean withTickets = flight.atServer() && facts.protocol().equals("TLSv1.3");
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
        lastWords = alerted ? LastWords.none(engine) : LastWords.ofEngine(engine, otherwise, inTheClear());
        return explained;
    }

    private TlsException explained(Exception failure) {
        return EngineFailures.explain(failure, flight.atServer(), secured, flight.bareAlert(), knownByItself());
    }

    /** What the filter has seen by itself that fails a handshake, whatever engines call it. */
    private HandshakeFailure knownByItself() {
        if (!secured && flight.echoed()) {
            return HandshakeFailure.NOT_TLS;
        }
        return HelloGuard.sawEarlyData(engine) ? HandshakeFailure.EARLY_DATA : HandshakeFailure.OTHER;
    }

    private TlsException failWith(TlsException refused) {
        lastWords = alerted ? LastWords.none(engine) : LastWords.of(engine, refused.alert(), inTheClear());
        return refused;
    }

    /** Whether there are no keys yet, as one side has not been heard. */
    private boolean inTheClear() {
        return !spoken || !guard.heard();
    }

    @Override
    public boolean hasInput() {
        return lastWords == null && !inputClosed && engine.hasPendingInput();
    }

    @Override
    public boolean mayEnd(ByteBuffer network) {
        return secured && !inputClosed && RecordHeader.mayBeLastAlert(network);
    }

    @Override
    public boolean hasOutput() {
        return !outputClosed
                && (lastWords != null || (inputClosed && endsWithInput()) || (closing && !waitsForPeer) || speaks());
    }

    @Override
    public void closeOutput() {
        if (lastWords != null || outputClosed || closing) {
            return;
        }
        if (truncated) {
            cut = true;
        } else {
            closing = true;
            engine.closeOutbound();
        }
    }

    @Override
    public void closeInput() {
        networkEnded = true;
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
        return !secured;
    }

    @Override
    public boolean computes(ByteBuffer network) {
        return first != null && lastWords == null && !inputClosed && first.completedBy(network);
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
