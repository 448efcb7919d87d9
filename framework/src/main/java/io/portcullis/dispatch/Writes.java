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
    private final Life life;
    private final Output output;
    private final Requests requests;
    private final Endings endings;

    /** What the strand knows of; a moment old within a turn. */
    private volatile long pending;

    Writes(Life life, Output output, Requests requests, Endings endings) {
        this.life = life;
        this.output = output;
        this.requests = requests;
        this.endings = endings;
    }

    /** How many bytes wait, those that the strand has not seen included; from any thread. */
    long pending() {
        return pending + requests.posted();
    }

    /** Something was written, or sent. */
    long update() {
        long now = output.pending();
        pending = now;
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
            output.copy(data);
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
            if (!output.write(data, origin, attachment, completion)) {
                endings.bufferChanged();
            }
        });
    }

    void add(FileSend file) {
        attempt(() -> output.write(file));
    }

    /**
     * Sends what another thread has copied, unless the output has ended, or the filter has begun to change, since then.
     *
     * @param changes how many had begun when it was accepted
     */
    void add(CopiedBytes copied, int changes) {
        if (requests.outputEnded() || requests.changes() != changes) {
            copied.drop();
        } else {
            copied.moveTo(lease -> attempt(() -> output.write(lease)));
        }
    }

    /** Fails a write that came too late. */
    void refuse(@Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        output.refuse(attachment, completion);
    }

    /** Ends the output behind everything that was written, as soon as the connection is open; the input goes on. */
    void endOutput() {
        if (life.handshaking() || life.state() == Life.State.STOPPING) {
            life.deferHalfClose();
        } else if (life.state() == Life.State.OPEN && !requests.outputEnded()) {
            life.halfClose();
            requests.endOutput();
            output.close();
        }
    }
}
