// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;

/**
 * What the application writes, in the turn that writes it. A write that fails half way leaves a gap in the stream, and nothing may
 * leave behind it: the connection ends. Touched by the strand alone, but for what says otherwise.
 */
final class Writes {
    private final Parts parts;
    private final Endings endings;

    /** How many writes of turns lie in the inbox: none may overtake them. */
    private int asked;

    Writes(Parts parts, Endings endings) {
        this.parts = parts;
        this.endings = endings;
    }

    /** Something was written, or sent. */
    long update() {
        long now = parts.output.pending();
        parts.requests.pending(now);
        return now;
    }

    private void attempt(Runnable write) {
        endings.attempt(write);
        var unused = update();
    }

    /** Copies a buffer, and consumes it. */
    void copy(ByteBuffer data) {
        int end = data.limit();
        try {
            parts.output.copy(data);
        } catch (Throwable failure) {
            data.limit(end).position(end);
            endings.defective(failure);
        }
        var unused = update();
    }

    /**
     * Sends a buffer of the application's, and tells when it is sent.
     *
     * @param data the bytes as they were when they were written
     * @param origin the application's buffer with the same memory
     */
    void add(ByteBuffer data, ByteBuffer origin, @Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        attempt(() -> {
            if (!parts.output.write(data, origin, attachment, completion)) {
                endings.bufferChanged();
            }
        });
    }

    void add(FileSend file) {
        attempt(() -> parts.output.write(file));
    }

    /**
     * Sends what another thread has copied, unless the output has ended, or the filter has begun to change, since then.
     *
     * @param changes how many had begun when it was accepted
     */
    void add(CopiedBytes copied, int changes) {
        if (parts.requests.outputEnded() || parts.requests.changes() != changes) {
            copied.drop();
        } else {
            copied.moveTo(lease -> attempt(() -> parts.output.write(lease)));
        }
    }

    /** Fails a write that came too late. */
    void refuse(@Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        parts.output.refuse(attachment, completion);
    }

    /** Ends the output behind everything that was written, as soon as the connection is open; the input goes on. */
    void endOutput() {
        if (parts.life.handshaking() || parts.life.state() == Life.State.STOPPING) {
            parts.life.deferHalfClose();
        } else if (parts.life.state() == Life.State.OPEN && !parts.requests.outputEnded()) {
            parts.life.halfClose();
            parts.requests.endOutput();
            parts.output.close();
        }
    }

    /** In a turn something was written that goes through the inbox; or, negative, it has come out. */
    void askedFor(int writes) {
        asked += writes;
    }

    /** Whether what is written has to wait for what was written before. */
    boolean haveToWait() {
        return asked > 0;
    }
}
