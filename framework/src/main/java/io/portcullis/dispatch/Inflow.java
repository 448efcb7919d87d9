// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;

/**
 * The way in: what was received goes through the filter to the handler, one step at a time; what a step leads to is for the
 * connection to do. Touched by the strand alone.
 */
final class Inflow {
    /** What came of a step. */
    enum Found {
        /** Nothing can be done now. */
        NOTHING,
        /** Something was delivered or decoded. */
        MOVED,
        /** Behind the last byte there is the end of the stream, if it has come. */
        END,
        /** The filter has to say something first. */
        ENCODE,
        /** The filter has a task. */
        TASK,
        /** The handshake is over. */
        SECURED,
        /** The filter has a successor. */
        REPLACE,
        /** The filter's stream has ended. */
        CLOSED
    }

    private final Parts parts;
    private final Callbacks callbacks;
    private final Endings endings;

    /** Whether nothing is decoded before what waits to be sent has left: the answer to the last request. */
    private boolean waitsForOutput;

    /** Whether the last step has delivered something. */
    private boolean delivered;

    Inflow(Parts parts, Callbacks callbacks, Endings endings) {
        this.parts = parts;
        this.callbacks = callbacks;
        this.endings = endings;
    }

    /** Whether a read would bring nothing that can be used now. */
    boolean waits() {
        return waitsForOutput || parts.opening.waiting();
    }

    boolean waitsForOutput() {
        return waitsForOutput;
    }

    /** Nothing more is decoded until the output has left, or the filter has said what it has to. */
    void waitForOutput(boolean waits) {
        waitsForOutput = waits;
    }

    /** The steps of a turn begin. */
    void begin() {
        waitsForOutput = false;
        takeFrontBack();
    }

    private void takeFrontBack() {
        if (!callbacks.calling()) {
            parts.input.takeFrontBack();
        }
    }

    /** Whether the last step has delivered something, whatever else came of it. */
    boolean delivered() {
        return delivered;
    }

    /** One step; to be called if something may be delivered. */
    Found next(Filter filter) throws TlsException {
        delivered = false;
        return filter.transparent() ? deliverPlain() : decode(filter);
    }

    private Found deliverPlain() {
        ByteBuffer data = parts.input.plain();
        if (data == null) {
            return parts.input.reading() ? Found.NOTHING : Found.END;
        }
        int length = data.remaining();
        callbacks.deliver(data);
        takeFrontBack();
        // The end waits behind what was presented again, also if nothing of that was taken
        boolean goesOn = !callbacks.calling() && (parts.input.ended() || data.remaining() < length);
        return goesOn ? Found.MOVED : Found.NOTHING;
    }

    private Found decode(Filter filter) throws TlsException {
        if (parts.input.demand.again()) {
            parts.input.demand.shown();
            ByteBuffer unread = parts.input.decoded();
            if (unread != null) {
                deliver(unread);
                return Found.MOVED;
            }
        }
        if (parts.input.tellsFilter()) {
            filter.closeInput();
        }
        ByteBuffer source = parts.input.source();
        if (!mayDecode(filter, source)) {
            return Found.NOTHING;
        }
        ByteBuffer target = parts.input.room(filter);
        int unread = target.position();
        Step step;
        try {
            step = decodeAll(filter, source, target);
        } finally {
            parts.input.filled(target);
        }
        delivered = target.limit() > unread;
        if (delivered) {
            deliver(target);
        } else {
            dropEmpty();
        }
        return found(step);
    }

    private void deliver(ByteBuffer data) {
        callbacks.deliver(data);
        dropEmpty();
    }

    /** Gives the buffer back that has nothing in it, unless somebody has it. */
    private void dropEmpty() {
        if (!callbacks.calling()) {
            parts.input.dropEmpty();
        }
    }

    /** Whether there is something for the filter that it may have now. */
    private boolean mayDecode(Filter filter, ByteBuffer source) {
        if (source.hasRemaining() ? !passes(filter, source) : hasNothing(filter)) {
            return false;
        }
        waitsForOutput |= !parts.output.nothingWaits() && filter.mayEnd(source);
        return !waitsForOutput;
    }

    private boolean hasNothing(Filter filter) {
        return filter.session() != null && !parts.input.ended() && !filter.hasInput();
    }

    /** Whether the handshake may compute; one that never may ends its connection. */
    private boolean passes(Filter filter, ByteBuffer source) {
        boolean passes = parts.opening.passes(filter, source);
        CloseReason refusal = passes ? null : parts.opening.refusal();
        if (refusal != null) {
            endings.end(refusal, null);
        }
        return passes;
    }

    private Step decodeAll(Filter filter, ByteBuffer source, ByteBuffer target) throws TlsException {
        Step step = filter.decode(source, target);
        while (step == Step.PROGRESS && passes(filter, source) && !filter.mayEnd(source)) {
            step = filter.decode(source, target);
        }
        return step;
    }

    private Found found(Step step) {
        return switch (step) {
            case PROGRESS, NEED_SPACE -> Found.MOVED;
            case NEED_INPUT, NEED_DECODE -> Found.NOTHING;
            case NEED_ENCODE -> Found.ENCODE;
            case RUN_TASK -> Found.TASK;
            case SECURED -> Found.SECURED;
            case REPLACE -> Found.REPLACE;
            case CLOSED -> {
                parts.input.close();
                // The handler may have paused: the end is told when the last bytes are.
                yield delivered ? Found.MOVED : Found.CLOSED;
            }
        };
    }
}
