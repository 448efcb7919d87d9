// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.Alert;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngine.Status;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a failed connection still says: the alert, behind what the engine had queued; then nothing more. It is never a
 * close_notify: the peer would take what it has got for the whole. If there is no alert, nothing is said, and the peer
 * finds the stream cut off.
 */
final class LastWords {
    /** How many records an engine may still send. */
    private static final int LIMIT = 32;

    private static final int ATTEMPTS = StallWatch.IDLE_LIMIT;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final TlsEngine engine;

    /** Whether an alert is the filter's own, as there are no keys. */
    private final boolean clear;

    /** What the engine does not know of, or has not said. */
    private @Nullable Alert reason;

    /** Whether the engine has failed by itself, and so is listened to before it is told. */
    private boolean listening;

    private int records;

    private LastWords(TlsEngine engine, boolean clear, @Nullable Alert reason, boolean listening) {
        this.engine = engine;
        this.clear = clear;
        this.reason = reason;
        this.listening = listening;
    }

    /**
     * The engine has failed, and mostly has the words.
     *
     * @param otherwise what is said if it goes on as if nothing had happened; null if the peer knows
     */
    static LastWords ofEngine(TlsEngine engine, @Nullable Alert otherwise, boolean clear) {
        return new LastWords(engine, clear, otherwise, true);
    }

    /** The connection has failed for a reason that the engine does not know of. */
    static LastWords of(TlsEngine engine, Alert reason, boolean clear) {
        return new LastWords(engine, clear, reason, false);
    }

    /** Nothing is said, not even what the engine had queued: the peer finds the stream cut off. */
    static LastWords none(TlsEngine engine) {
        return new LastWords(engine, true, null, false);
    }

    /** Whether nothing is said. */
    boolean none() {
        return clear && reason == null && !listening;
    }

    /**
     * Says one record.
     *
     * @param network with room for a whole record
     * @return PROGRESS if there is more to say, else CLOSED
     */
    Step say(ByteBuffer network) {
        if (listening) {
            Step said = sayOfEngine(network, ATTEMPTS);
            listening = said == Step.PROGRESS && engine.hasPendingOutput();
            if (said != null) {
                return said;
            }
        }
        Alert why = reason;
        if (clear && records == 0) {
            network.put(why == null ? EMPTY.duplicate() : why.record());
            return Step.CLOSED;
        }
        boolean tells = why != null && !engine.hasPendingOutput();
        if (why != null && tells) {
            reason = null;
            engine.fail(why.number());
            if (!engine.hasPendingOutput()) {
                return Step.CLOSED;
            }
        }
        Step said = sayOfEngine(network, tells ? ATTEMPTS - 1 : ATTEMPTS);
        return said == null ? Step.CLOSED : said;
    }

    /** Answers null if the engine has no words. */
    private @Nullable Step sayOfEngine(ByteBuffer network, int attempts) {
        int before = network.position();
        boolean ended = false;
        for (int attempt = 0; attempt < attempts && !ended && network.position() == before; attempt++) {
            try {
                ended = engine.wrap(EMPTY, network) == Status.CLOSED;
            } catch (SSLException | RuntimeException sameAgain) {
                // The engine repeats the failure before it gives the alert away.
            }
        }
        if (network.position() == before) {
            return null;
        }
        boolean waits = reason != null || engine.hasPendingOutput();
        return ++records < LIMIT && !ended && waits ? Step.PROGRESS : Step.CLOSED;
    }
}
