// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngine.Status;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * The final output of a failed connection: the engine's pending output, and then the alert. It is never a close_notify,
 * which would make the peer take what it has received as complete. Without an alert, nothing is sent, and the stream is
 * truncated for the peer.
 */
final class FinalRecords {
    /** The maximum number of records that an engine may still send. */
    private static final int LIMIT = 32;

    private static final int ATTEMPTS = StallWatch.IDLE_LIMIT;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final TlsEngine engine;

    /** Whether the filter writes the alert itself, because there are no keys. */
    private final boolean clear;

    /** The alert that the engine does not know of, or has not sent. */
    private @Nullable Alert reason;

    /** Whether the engine has failed by itself, so that its own output is sent first. */
    private boolean engineFirst;

    private int records;

    private FinalRecords(TlsEngine engine, boolean clear, @Nullable Alert reason, boolean engineFirst) {
        this.engine = engine;
        this.clear = clear;
        this.reason = reason;
        this.engineFirst = engineFirst;
    }

    /**
     * Creates the final output after a failure of the engine, which usually has an alert to send.
     *
     * @param otherwise the alert that is sent if the engine has none; null if the peer knows the reason
     */
    static FinalRecords ofEngine(TlsEngine engine, @Nullable Alert otherwise, boolean clear) {
        return new FinalRecords(engine, clear, otherwise, true);
    }

    /** Creates the final output for a reason that the engine does not know of. */
    static FinalRecords of(TlsEngine engine, Alert reason, boolean clear) {
        return new FinalRecords(engine, clear, reason, false);
    }

    /** Creates an empty final output: not even the engine's pending output is sent, and the stream is truncated. */
    static FinalRecords none(TlsEngine engine) {
        return new FinalRecords(engine, true, null, false);
    }

    /** Returns whether nothing is sent. */
    boolean none() {
        return clear && reason == null && !engineFirst;
    }

    /**
     * Writes one record.
     *
     * @param network with room for a whole record
     * @return PROGRESS if there is more to write, otherwise CLOSED
     */
    Step encode(ByteBuffer network) {
        if (engineFirst) {
            Step step = encodeFromEngine(network, ATTEMPTS);
            engineFirst = step == Step.PROGRESS && engine.hasPendingOutput();
            if (step != null) {
                return step;
            }
        }
        Alert why = reason;
        if (clear && records == 0) {
            network.put(why == null ? EMPTY.duplicate() : why.record());
            return Step.CLOSED;
        }
        boolean fails = why != null && !engine.hasPendingOutput();
        if (why != null && fails) {
            reason = null;
            engine.fail(why.number());
            if (!engine.hasPendingOutput()) {
                return Step.CLOSED;
            }
        }
        Step step = encodeFromEngine(network, fails ? ATTEMPTS - 1 : ATTEMPTS);
        return step == null ? Step.CLOSED : step;
    }

    /** Returns null if the engine has no output. */
    private @Nullable Step encodeFromEngine(ByteBuffer network, int attempts) {
        int before = network.position();
        boolean ended = false;
        for (int attempt = 0; attempt < attempts && !ended && network.position() == before; attempt++) {
            try {
                ended = engine.wrap(EMPTY, network) == Status.CLOSED;
            } catch (SSLException | RuntimeException sameAgain) {
                // The engine throws the failure again before it emits the alert.
            }
        }
        if (network.position() == before) {
            return null;
        }
        boolean waits = reason != null || engine.hasPendingOutput();
        return ++records < LIMIT && !ended && waits ? Step.PROGRESS : Step.CLOSED;
    }
}
