// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.TlsEngine.Status;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/**
 * What a failed connection still says: the alert, behind what the engine had queued; then nothing more. It is never a
 * close_notify: the peer would take what it has got for the whole. If there is no alert, nothing is said, and the peer finds
 * the stream cut off.
 */
final class LastWords {
    /** How many records an engine may still send. */
    private static final int LIMIT = 32;

    private static final int ATTEMPTS = StallWatch.IDLE_LIMIT;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final TlsEngine engine;

    /** What is said in place of the engine. */
    private final @Nullable ByteBuffer clear;

    /** What the engine does not know of yet. */
    private @Nullable Alert reason;

    private int records;

    private LastWords(TlsEngine engine, @Nullable ByteBuffer clear, @Nullable Alert reason) {
        this.engine = engine;
        this.clear = clear;
        this.reason = reason;
    }

    /** The engine has failed, and has the words. */
    static LastWords of(TlsEngine engine) {
        return new LastWords(engine, null, null);
    }

    /** The connection has failed for a reason that the engine does not know of. */
    static LastWords of(TlsEngine engine, Alert reason) {
        return new LastWords(engine, null, reason);
    }

    /** The connection has failed before there were keys. */
    static LastWords inTheClear(TlsEngine engine, Alert reason) {
        return new LastWords(engine, reason.record(), null);
    }

    /** Nothing is said, not even what the engine had queued: the peer finds the stream cut off. */
    static LastWords none(TlsEngine engine) {
        return new LastWords(engine, EMPTY.duplicate(), null);
    }

    /**
     * Says one record.
     *
     * @param network with room for a whole record
     * @return PROGRESS if there is more to say, else CLOSED
     */
    Step say(ByteBuffer network) {
        if (clear != null) {
            network.put(clear);
            return Step.CLOSED;
        }
        int attempt = 0;
        Alert why = reason;
        if (why != null && !engine.hasPendingOutput()) {
            reason = null;
            engine.fail(why.number());
            if (!engine.hasPendingOutput()) {
                return Step.CLOSED;
            }
            attempt++;
        }
        int before = network.position();
        boolean ended = false;
        for (; attempt < ATTEMPTS && !ended && network.position() == before; attempt++) {
            try {
                ended = engine.wrap(EMPTY, network) == Status.CLOSED;
            } catch (SSLException | RuntimeException sameAgain) {
                // The engine repeats the failure before it gives the alert away.
            }
        }
        boolean waits = reason != null || engine.hasPendingOutput();
        boolean more = !ended && network.position() > before && ++records < LIMIT && waits;
        return more ? Step.PROGRESS : Step.CLOSED;
    }
}
