// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.TlsEngine.Status;
import java.nio.ByteBuffer;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** What a failed connection still says: the alert, ours or the engine's behind what it had queued; then nothing more. */
final class LastWords {
    /** How many records an engine may still send. */
    private static final int LIMIT = 32;

    private static final int ATTEMPTS = StallWatch.IDLE_LIMIT;
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    private final TlsEngine engine;
    private final @Nullable ByteBuffer alert;
    private int records;

    /**
     * Of one connection.
     *
     * @param engine which has the words, if there is no alert
     * @param alert what is said in place of the engine
     */
    LastWords(TlsEngine engine, @Nullable ByteBuffer alert) {
        this.engine = engine;
        this.alert = alert;
    }

    /** Nothing is said, not even what the engine had queued: the peer finds the stream cut off. */
    static LastWords none(TlsEngine engine) {
        return new LastWords(engine, EMPTY.duplicate());
    }

    /**
     * Says one record.
     *
     * @param network with room for a whole record
     * @return PROGRESS if there is more to say, else CLOSED
     */
    Step say(ByteBuffer network) {
        if (alert != null) {
            network.put(alert);
            return Step.CLOSED;
        }
        int before = network.position();
        boolean ended = false;
        for (int attempt = 0; attempt < ATTEMPTS && !ended && network.position() == before; attempt++) {
            try {
                ended = engine.wrap(EMPTY, network) == Status.CLOSED;
            } catch (SSLException | RuntimeException sameAgain) {
                // The engine repeats the failure before it gives the alert away.
            }
        }
        boolean more = !ended && network.position() > before && ++records < LIMIT && engine.hasPendingOutput();
        return more ? Step.PROGRESS : Step.CLOSED;
    }
}
