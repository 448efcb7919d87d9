// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.TlsEngine.Status;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * TLS as a filter: drives a {@link TlsEngine} and answers with a {@link Step}.
 *
 * <p>The whole behavior is the two tables below. A row is what the engine answered; the column is the first of these that
 * holds: the handshake is <i>completed</i> (and was not before); bytes <i>moved</i>, with or without <i>output</i> of the
 * engine's own waiting behind them; nothing moved, with or without such output. {@code again} calls the engine once more.
 *
 * <pre>
 *   decode      completed   moved+output   moved       idle+output   idle
 *   OK          SECURED     NEED_ENCODE    PROGRESS    NEED_ENCODE   again
 *   NEED_INPUT  SECURED     NEED_ENCODE    PROGRESS    NEED_ENCODE   again (a whole record was offered)
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
 *   * again, if the engine had the room that it asks for, or has no task to give
 * </pre>
 *
 * <p>After {@value #STALL_LIMIT} answers in a row that moved nothing and were no wait for the peer, the engine has failed
 * ({@link HandshakeFailure#ENGINE_STALLED}): whatever an engine answers, nothing here loops.
 *
 * <p>The engine is asked only when it has something to work on: decode offers exactly one whole record, whose header was
 * checked first ({@link RecordHeader}); encode offers application bytes only after the handshake, and room for a whole
 * record.
 *
 * <p>What the filter refuses by itself, whatever the engine would do: renegotiation of TLS 1.2, and more than
 * {@value #QUIET_LIMIT} records in a row without application data once the handshake is over.
 */
public final class TlsFilter implements Filter {
    static final int STALL_LIMIT = 3;
    static final int QUIET_LIMIT = 32;

    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private enum Condition {
        COMPLETED,
        MOVED_OUTPUT,
        MOVED,
        IDLE_OUTPUT,
        IDLE
    }

    /** By {@link Status}, then {@link Condition}; null stands for "again". */
    private static final @Nullable Step[][] DECODE = {
        {Step.SECURED, Step.NEED_ENCODE, Step.PROGRESS, Step.NEED_ENCODE, null},
        {Step.SECURED, Step.NEED_ENCODE, Step.PROGRESS, Step.NEED_ENCODE, null},
        {Step.SECURED, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE},
        {Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK},
        {Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED}
    };

    private static final @Nullable Step[][] ENCODE = {
        {Step.SECURED, Step.PROGRESS, Step.PROGRESS, null, null},
        {Step.SECURED, Step.PROGRESS, Step.PROGRESS, null, Step.NEED_DECODE},
        {Step.SECURED, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE, Step.NEED_SPACE},
        {Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK, Step.RUN_TASK},
        {Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED, Step.CLOSED}
    };

    private final TlsEngine engine;
    private final boolean tasksMayBlock;

    private boolean heard;
    private boolean spoken;
    private boolean secured;
    private boolean networkEnded;
    private boolean inputClosed;
    private boolean outputClosed;
    private boolean closing;
    private boolean failed;
    private int stalls;
    private int quietRecords;
    private int longestRecord = RecordHeader.LONGEST;
    private boolean renegotiable;
    private @Nullable ByteBuffer alert;
    private @Nullable Runnable task;
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
        if (failed || inputClosed) {
            return Step.CLOSED;
        }
        if (completes()) {
            return secure();
        }
        if (!secured && engine.hasPendingOutput()) {
            return Step.NEED_ENCODE;
        }
        boolean inside = engine.hasPendingInput();
        int size = inside ? 0 : recordSize(network);
        if (!inside && (size == 0 || size > network.remaining())) {
            return networkEnded ? endOfNetwork() : Step.NEED_INPUT;
        }
        int limit = network.limit();
        network.limit(network.position() + size);
        try {
            return unwrap(network, application);
        } finally {
            network.limit(limit);
        }
    }

    private int recordSize(ByteBuffer network) throws TlsException {
        if (!heard && !spoken && Opening.of(network) == Opening.TLS_RECORD) {
            throw failWith(RecordHeader.notTls(network));
        }
        try {
            int size = RecordHeader.size(network, longestRecord);
            if (renegotiable && size > 0 && RecordHeader.type(network) == RecordHeader.HANDSHAKE) {
                throw new TlsException(
                        HandshakeFailure.RENEGOTIATION,
                        Alert.UNEXPECTED_MESSAGE,
                        "the peer asked for a renegotiation, which is refused");
            }
            return size;
        } catch (TlsException refused) {
            throw failWith(refused);
        }
    }

    private Step unwrap(ByteBuffer record, ByteBuffer application) throws TlsException {
        while (true) {
            int consumed = record.position();
            int produced = application.position();
            Status status;
            try {
                status = engine.unwrap(record, application);
            } catch (SSLException failure) {
                throw engineFailed(failure);
            }
            consumed = record.position() - consumed;
            produced = application.position() - produced;
            heard |= consumed > 0;
            countQuietRecords(consumed, produced);
            boolean enoughSpace = application.remaining() >= engine.plaintextSize();
            Step step = step(DECODE, status, consumed + produced > 0, enoughSpace);
            if (step != null) {
                inputClosed = step == Step.CLOSED;
                return step;
            }
        }
    }

    private void countQuietRecords(int consumed, int produced) throws TlsException {
        if (produced > 0) {
            quietRecords = 0;
        } else if (secured && consumed > 0 && ++quietRecords > QUIET_LIMIT) {
            throw failWith(new TlsException(
                    HandshakeFailure.RECORD_FLOOD,
                    Alert.UNEXPECTED_MESSAGE,
                    "more than " + QUIET_LIMIT + " records in a row carried no data"));
        }
    }

    private Step endOfNetwork() throws TlsException {
        inputClosed = true;
        if (engine.inboundClosed()) {
            return Step.CLOSED;
        }
        String phase = secured ? "within the TLS stream (no close_notify was received)" : "during the handshake";
        throw new TlsException(HandshakeFailure.TRUNCATED, Alert.UNEXPECTED_MESSAGE, "the network ended " + phase);
    }

    @Override
    public Step encode(ByteBuffer application, ByteBuffer network) throws TlsException {
        if (outputClosed) {
            return Step.CLOSED;
        }
        if (network.remaining() < engine.packetSize()) {
            return Step.NEED_SPACE;
        }
        if (failed) {
            return lastWords(network);
        }
        if (completes()) {
            return secure();
        }
        if (!closing && !engine.hasPendingOutput()) {
            if (!secured) {
                return Step.NEED_DECODE;
            }
            if (!application.hasRemaining()) {
                return Step.NEED_INPUT;
            }
        }
        return wrap(secured && !closing ? application : EMPTY, network);
    }

    private Step wrap(ByteBuffer source, ByteBuffer network) throws TlsException {
        while (true) {
            int consumed = source.position();
            int produced = network.position();
            Status status;
            try {
                status = engine.wrap(source, network);
            } catch (SSLException failure) {
                throw engineFailed(failure);
            }
            consumed = source.position() - consumed;
            produced = network.position() - produced;
            spoken |= produced > 0;
            boolean enoughSpace = network.remaining() >= engine.packetSize();
            Step step = step(ENCODE, status, consumed + produced > 0, enoughSpace);
            if (step != null) {
                outputClosed = step == Step.CLOSED;
                return step;
            }
        }
    }

    /** After a failure: the alert, ours or the engine's, at most {@value #STALL_LIMIT} attempts, then the end. */
    private Step lastWords(ByteBuffer network) {
        if (alert != null) {
            network.put(alert);
            outputClosed = true;
            return Step.CLOSED;
        }
        int before = network.position();
        for (int attempt = 0; attempt < STALL_LIMIT && network.position() == before; attempt++) {
            try {
                if (engine.wrap(EMPTY, network) == Status.CLOSED) {
                    break;
                }
            } catch (SSLException sameAgain) {
                // The engine repeats the failure before it gives the alert away.
            }
        }
        outputClosed = true;
        return Step.CLOSED;
    }

    /** The cell of a table, or null for "again". */
    private @Nullable Step step(@Nullable Step[][] table, Status status, boolean moved, boolean enoughSpace)
            throws TlsException {
        Step step = table[status.ordinal()][condition(moved).ordinal()];
        if (step == Step.SECURED) {
            return secure();
        }
        if (step == Step.RUN_TASK) {
            task = engine.task();
            step = task == null ? null : step;
        } else if (step == Step.NEED_SPACE && !moved && enoughSpace) {
            step = null;
        }
        if (moved) {
            stalls = 0;
        } else if (step != Step.NEED_DECODE && step != Step.CLOSED) {
            countStall();
        }
        return step;
    }

    private Condition condition(boolean moved) {
        if (completes()) {
            return Condition.COMPLETED;
        }
        if (engine.hasPendingOutput()) {
            return moved ? Condition.MOVED_OUTPUT : Condition.IDLE_OUTPUT;
        }
        return moved ? Condition.MOVED : Condition.IDLE;
    }

    private void countStall() throws TlsException {
        if (++stalls > STALL_LIMIT) {
            throw failWith(new TlsException(
                    HandshakeFailure.ENGINE_STALLED,
                    Alert.INTERNAL_ERROR,
                    "the TLS engine was called " + STALL_LIMIT + " times in a row without getting on"));
        }
    }

    private boolean completes() {
        return !secured && engine.handshakeComplete();
    }

    private Step secure() {
        secured = true;
        stalls = 0;
        TlsSession facts = engine.session();
        session = facts;
        renegotiable = !facts.protocol().equals("TLSv1.3");
        if (renegotiable && facts.cipherSuite().contains("_CBC_")) {
            longestRecord = RecordHeader.LONGEST_CBC;
        }
        return Step.SECURED;
    }

    private TlsException engineFailed(SSLException failure) {
        failed = true;
        return new TlsException(
                HandshakeFailure.ENGINE,
                (secured ? "the TLS stream failed: " : "the TLS handshake failed: ") + failure.getMessage(),
                failure);
    }

    private TlsException failWith(TlsException refused) {
        failed = true;
        if (spoken) {
            engine.closeOutbound();
        } else {
            alert = refused.alert().record();
        }
        return refused;
    }

    @Override
    public boolean hasOutput() {
        return !outputClosed && (failed || closing || engine.hasPendingOutput());
    }

    @Override
    public void closeOutput() {
        if (!failed && !outputClosed && !closing) {
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
        Runnable next = task;
        task = null;
        return next;
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
        return Math.max(engine.packetSize(), RecordHeader.LENGTH + longestRecord);
    }

    @Override
    public int applicationSpace() {
        return engine.plaintextSize();
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
