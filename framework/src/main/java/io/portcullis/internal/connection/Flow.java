// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Lending;
import io.portcullis.internal.parts.CopiedBytes;
import io.portcullis.internal.parts.Encoding;
import io.portcullis.internal.parts.FileSend;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Output;
import io.portcullis.internal.parts.Requests;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.parts.WriteQueue;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Moves bytes through a connection: socket -> input -> filter -> handler, and handler -> output -> filter -> socket.
 * Received bytes are decoded and delivered one step at a time; written bytes are encoded and sent at the end of the
 * turn. Confined to the strand, except where noted otherwise.
 *
 * <p>A write that fails half way leaves a gap in the stream, and nothing may be sent after it: the connection ends.
 */
final class Flow {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** The outcome of an inbound step. */
    private enum Found {
        /** Nothing can be done now. */
        NOTHING,
        /** Something was delivered or decoded. */
        MOVED,
        /** No bytes are left; the end of the stream follows, if it has come. */
        END,
        /** The filter has to produce output first. */
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

    private final Core core;
    private final Callbacks callbacks;
    private final Filters filters;

    /** Whether nothing is decoded until pending output, the response to the last request, has been sent. */
    private boolean waitsForOutput;

    /** Whether delivery to the handler is stopped because too much waits for the peer. */
    private boolean blocked;

    /**
     * Whether another thread saw the connection as not writable, so that the handler has to be called when it is again.
     * Accessed by any thread.
     */
    private volatile boolean roomAwaited;

    Flow(Core core, Callbacks callbacks, Filters filters) {
        this.core = core;
        this.callbacks = callbacks;
        this.filters = filters;
    }

    /** Drives both directions until neither makes progress. */
    void exchange() {
        boolean moved = true;
        while (moved && !core.life.ended()) {
            try {
                moved = exchangeOnce();
            } catch (TlsException failure) {
                tlsFailed(failure);
            }
        }
        if (core.opening != null && !filters.taskRuns()) {
            core.opening.peerAwaited();
        }
    }

    /** Runs each direction once; returns whether the inbound one may now make further progress. */
    private boolean exchangeOnce() throws TlsException {
        boolean opening = core.opening != null;
        boolean moved = decode();
        if (core.life.ended()) {
            return false;
        }
        boolean held = opening || waitsForOutput;
        moved |= encode();
        return held && moved;
    }

    // Inbound: read -> decode -> handler.

    /** Starts a read if the bytes can be used now. */
    void read() {
        if (waitsForOutput || (core.opening != null && core.opening.waiting())) {
            return;
        }
        boolean paused = core.input.paused();
        if (mayDeliver(paused)) {
            if (core.input.resumedLate()) {
                // A completion of this turn has resumed: the next turn handles what has come
                comeBack();
                return;
            }
            core.input.read(filters.now(), core.transport);
        } else if (paused && core.life.state() == Life.State.OPEN && mayDeliver(false)) {
            core.input.readAhead(filters.now(), core.transport);
        }
    }

    /** Whether bytes may be decoded and delivered now. */
    private boolean mayDeliver(boolean paused) {
        return switch (core.life.state()) {
            case OPENING -> filters.takesInput() && !filters.now().waitsForDecision();
            case SECURING -> filters.takesInput();
            case STOPPING -> !paused && filters.takesInput() && !callbacks.calling() && !core.requests.closeRequested();
            case OPEN ->
                !paused && !blocked && filters.takesInput() && !callbacks.calling() && !core.requests.closeRequested();
            case NEW, CLOSING, LINGERING, ENDED, OVER -> false;
        };
    }

    /**
     * Decodes and delivers as long as the handler takes the bytes.
     *
     * @return whether anything happened that may let the other direction make progress
     */
    private boolean decode() throws TlsException {
        waitsForOutput = false;
        boolean moved = false;
        boolean goesOn = true;
        for (Filter filter = filters.now(); goesOn && mayDecode(filter); filter = filters.now()) {
            goesOn = follow(next(filter));
            moved |= goesOn;
        }
        return moved;
    }

    private boolean mayDecode(Filter filter) {
        return (core.input.presents(filter) || goesOnWithoutInput(filter)) && mayDeliver(core.input.paused());
    }

    /**
     * Whether the filter can continue although a read is outstanding: the gate has decided, or the filter holds
     * buffered bytes.
     */
    private boolean goesOnWithoutInput(Filter filter) {
        return (core.life.state() == Life.State.OPENING || core.life.state() == Life.State.OPEN)
                && !core.input.endDelivered()
                && filter.hasInput()
                && !filter.waitsForDecision();
    }

    /** Acts on the outcome of an inbound step; returns whether to try another step immediately. */
    private boolean follow(Found found) throws TlsException {
        return switch (found) {
            case NOTHING -> false;
            case MOVED -> true;
            case TASK -> filters.runTask();
            case ENCODE -> {
                boolean encoded = encode();
                waitsForOutput = !encoded;
                yield encoded;
            }
            case SECURED -> {
                filters.secured();
                yield true;
            }
            case REPLACE -> {
                filters.replace();
                yield true;
            }
            case END -> {
                deliverEnd();
                yield false;
            }
            case CLOSED -> {
                if (!filters.peerStopped()) {
                    deliverEnd();
                }
                yield false;
            }
        };
    }

    private void deliverEnd() {
        if (!core.input.takeEnd()) {
            return;
        }
        if (core.life.handshaking() || core.life.state() == Life.State.STOPPING) {
            core.end(CloseReason.PEER_CLOSE, null);
        } else {
            callbacks.endOfInput();
        }
    }

    /** Performs one step; called only if bytes may be delivered. */
    private Found next(Filter filter) throws TlsException {
        return filter.transparent() ? deliverPlain() : decode(filter);
    }

    private Found deliverPlain() {
        ByteBuffer data = core.input.lendPlain();
        if (data == null) {
            return core.input.reading() ? Found.NOTHING : Found.END;
        }
        int length = data.remaining();
        boolean returned = callbacks.deliver(data);
        if (returned) {
            core.input.takeFrontBack();
        }
        // The end follows bytes that were presented again, even if none of them was taken
        boolean goesOn = returned && (core.input.ended() || data.remaining() < length);
        return goesOn ? Found.MOVED : Found.NOTHING;
    }

    private Found decode(Filter filter) throws TlsException {
        if (core.input.again()) {
            core.input.shown();
            ByteBuffer unread = core.input.decoded();
            if (unread != null) {
                deliver(unread);
                return Found.MOVED;
            }
        }
        if (core.input.ended()) {
            filter.closeInput();
        }
        ByteBuffer source = core.input.source();
        if (source.hasRemaining() ? !tryToPass(filter, source) : hasNothing(filter)) {
            return Found.NOTHING;
        }
        waitsForOutput |= !core.output.nothingWaits() && filter.mayEnd(source);
        return waitsForOutput ? Found.NOTHING : decode(filter, source);
    }

    private Found decode(Filter filter, ByteBuffer source) throws TlsException {
        ByteBuffer target = core.input.room(filter);
        int unread = target.position();
        Step step;
        try {
            step = decodeAll(filter, source, target);
        } finally {
            core.input.filled(target);
        }
        boolean delivers = target.limit() > unread;
        if (delivers) {
            deliver(target);
        } else if (!callbacks.calling()) {
            core.input.dropEmpty();
        }
        return found(step, delivers);
    }

    /** Delivers decoded bytes, and releases the buffer once it is empty, unless a callback still holds it. */
    private void deliver(ByteBuffer data) {
        if (callbacks.deliver(data) && !data.hasRemaining()) {
            core.input.dropDecoded();
        }
    }

    /** Whether the filter could only return that it needs input. */
    private boolean hasNothing(Filter filter) {
        return filter.session() != null && !core.input.ended() && !filter.hasInput();
    }

    /**
     * Returns whether a handshake may compute now, and requests a slot for it; if that is refused, the connection ends.
     */
    private boolean tryToPass(Filter filter, ByteBuffer source) {
        Opening opening = core.opening;
        if (opening == null || opening.tryToPass(filter, source)) {
            return true;
        }
        CloseReason refusal = opening.refusal();
        if (refusal != null) {
            core.end(refusal, null);
        }
        return false;
    }

    private Step decodeAll(Filter filter, ByteBuffer source, ByteBuffer target) throws TlsException {
        Step step = filter.decode(source, target);
        while (step == Step.PROGRESS) {
            if (!source.hasRemaining() && hasNothing(filter)) {
                return Step.NEED_INPUT;
            }
            if (!tryToPass(filter, source) || filter.mayEnd(source)) {
                return step;
            }
            step = filter.decode(source, target);
        }
        return step;
    }

    private Found found(Step step, boolean delivered) {
        return switch (step) {
            case PROGRESS, NEED_SPACE -> Found.MOVED;
            case NEED_INPUT, NEED_DECODE -> delivered && core.input.goesOn() ? Found.MOVED : Found.NOTHING;
            case NEED_ENCODE -> Found.ENCODE;
            case RUN_TASK -> Found.TASK;
            case SECURED -> Found.SECURED;
            case REPLACE -> Found.REPLACE;
            case CLOSED -> {
                core.input.close();
                // The handler may have paused: the end is delivered after the last bytes.
                yield delivered ? Found.MOVED : Found.CLOSED;
            }
        };
    }

    // Writes, from any thread: immediately within a turn, otherwise through the inbox.

    /** Consumes the buffer, or returns false if no writes are accepted. */
    boolean write(ByteBuffer data) {
        if (core.requests.mayWriteNow()) {
            writeNow(data);
            return true;
        }
        return writeFromElsewhere(data.remaining(), data);
    }

    /** Consumes all of the buffers as a single write, or returns false. */
    boolean write(ByteBuffer... data) {
        long length = 0;
        for (ByteBuffer each : data) {
            length += each.remaining();
        }
        if (core.requests.mayWriteNow()) {
            for (ByteBuffer each : data) {
                writeNow(each);
            }
            return true;
        }
        return writeFromElsewhere(length, data);
    }

    private boolean writeFromElsewhere(long length, ByteBuffer... data) {
        long standing = core.requests.standing();
        if (Requests.refuses(standing)) {
            return false;
        }
        CopiedBytes copied = new CopiedBytes(length);
        Written write = new Written(copied, length, standing);
        int[] starts = positions(data);
        try {
            copied.fill(core.home.machine().buffers(), core.pendingBytes(), data);
        } catch (Throwable noBuffer) {
            core.requests.closeBehindWrites(() -> core.defective(noBuffer));
            return false;
        }
        core.requests.accept(length);
        core.requests.send(write);
        boolean accepted = write.decide(core.requests.standsAs(standing));
        for (int i = 0; i < data.length && !accepted; i++) {
            data[i].position(starts[i]);
        }
        return accepted;
    }

    /** The copied bytes of a write. */
    private final class Written extends PostedWrite {
        private final CopiedBytes bytes;
        private final long length;
        private final long standing;

        Written(CopiedBytes bytes, long length, long standing) {
            this.bytes = bytes;
            this.length = length;
            this.standing = standing;
        }

        @Override
        public void run() {
            core.requests.arrived();
            try {
                if (decide(core.requests.verdict(standing) == Requests.Verdict.ACCEPTED)
                        && !core.requests.outputEnded()) {
                    bytes.moveTo(lease -> attempt(() -> core.output.write(lease)));
                } else {
                    bytes.drop();
                }
            } finally {
                core.requests.post(-length);
            }
        }
    }

    private static int[] positions(ByteBuffer... data) {
        int[] positions = new int[data.length];
        for (int i = 0; i < data.length; i++) {
            positions[i] = data[i].position();
        }
        return positions;
    }

    /**
     * Whether a producer should write more. Whenever the watermarks forbid it, the handler is called when writing is
     * possible again, even if everything was sent before the strand received the request.
     */
    boolean writable() {
        if (core.life.beginning() || Requests.refuses(core.requests.standing())) {
            return false;
        }
        if (core.strand.isCurrent()) {
            watchWatermark();
            return !blocked;
        }
        if (!roomAwaited) {
            if (core.pendingBytes() <= core.home.settings().highWatermark()) {
                return true;
            }
            roomAwaited = true;
            core.requests.enqueue(this::awaitRoom);
        }
        return false;
    }

    private void awaitRoom() {
        blocked = true;
    }

    /** Sends a buffer of the application, and calls the handler when it is sent or has failed. */
    <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler) {
        CompletionHandler<Void, ? super A> completion = callbacks.viaExecutor(handler);
        if (core.requests.mayWriteNow()) {
            writeNow(data, data, attachment, completion);
        } else {
            ByteBuffer kept = Lending.covers(data)
                    ? ByteBuffer.allocate(data.remaining()).put(data).flip()
                    : data;
            // The view captures what is written now; the turn detects whether the buffer was changed since
            ByteBuffer view = kept.duplicate();
            post(() -> writeNow(view, kept, attachment, completion), view.remaining(), attachment, completion);
        }
    }

    /** Sends a part of a file. */
    CompletableFuture<Long> send(FileChannel channel, long position, long count) {
        FileSend file = new FileSend(core.connection, channel, position, count);
        CompletableFuture<Long> sent = callbacks.viaExecutor(file.future());
        if (core.requests.mayWriteNow()) {
            writeNow(file);
        } else {
            post(() -> writeNow(file), count, file, file);
        }
        return sent;
    }

    /** Requests a write in a turn, unless writes are refused by then, or were already at the request. */
    private <A> void post(Runnable write, long length, A attachment, CompletionHandler<Void, ? super A> handler) {
        long standing = core.requests.standing();
        Runnable judged = () -> {
            switch (core.requests.verdict(standing)) {
                case ACCEPTED -> write.run();
                case CHANGES -> writeNow(NOTHING, NOTHING, attachment, new RefusedWrite<>(handler));
                case ENDED -> core.output.refuse(attachment, handler, core);
            }
        };
        Inbox.Message request = request(judged, length);
        core.requests.accept(length);
        core.requests.send(request);
    }

    /** Returns the message that carries out a requested write in a turn. */
    private Inbox.Message request(Runnable write, long length) {
        return new Inbox.Message() {
            @Override
            public void run() {
                core.requests.arrived();
                try {
                    write.run();
                } finally {
                    core.requests.post(-length);
                }
            }
        };
    }

    // Writes within a turn:

    /** Stops delivery if the pending output is above the high watermark; called after each write. */
    private void watchWatermark() {
        blocked |= core.output.pending() > core.home.settings().highWatermark() && !callbacks.relays();
    }

    private void attempt(Runnable write) {
        core.attempt(write);
        watchWatermark();
    }

    /** Consumes the buffer: encodes it immediately if that saves a copy, otherwise copies it. */
    private void writeNow(ByteBuffer data) {
        if (data.remaining() < Output.WORTH_ENCODING_IN_PLACE || !core.output.encodesInPlace(filters.now())) {
            copy(data);
        } else {
            ByteBuffer view = data.duplicate();
            data.position(data.limit());
            attempt(() -> encodeInPlace(view));
        }
    }

    private void encodeInPlace(ByteBuffer view) {
        WriteQueue.Segment borrowed = core.output.lend(view);
        try {
            var unused = encode();
        } catch (TlsException failure) {
            tlsFailed(failure);
        }
        core.output.reclaim(borrowed, view);
    }

    private void copy(ByteBuffer data) {
        int end = data.limit();
        try {
            core.output.copy(data);
        } catch (Throwable failure) {
            data.limit(end).position(end);
            core.defective(failure);
        }
        watchWatermark();
    }

    /**
     * Sends a buffer of the application, and calls the handler when it is sent.
     *
     * @param data the bytes as they were when they were written
     * @param origin the application's buffer with the same memory
     */
    private void writeNow(
            ByteBuffer data, ByteBuffer origin, @Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        attempt(() -> {
            if (!core.output.write(data, origin, attachment, completion, core)) {
                core.bufferChanged();
            }
        });
    }

    private void writeNow(FileSend file) {
        attempt(() -> core.output.write(file, core));
    }

    /** Whether delivery is stopped until less output waits for the peer. */
    boolean blocked() {
        return blocked;
    }

    /** Once the pending output has fallen to the low watermark, lets the handler write more, and sends that. */
    void unblock() {
        if (!mayUnblock()) {
            return;
        }
        blocked = false;
        roomAwaited = false;
        callbacks.writable();
        exchange();
        send();
        if (blocked && mayUnblock()) {
            // What the handler has written was sent already
            comeBack();
        }
    }

    private boolean mayUnblock() {
        return core.output.pending() <= core.home.settings().lowWatermark() && core.life.state() == Life.State.OPEN;
    }

    // Outbound: write -> encode -> socket.

    /**
     * Moves pending output through the filter; returns whether anything happened that may let the other direction make
     * progress.
     */
    private boolean encode() throws TlsException {
        boolean moved = false;
        boolean goesOn = !filters.taskRuns();
        while (goesOn) {
            Encoding outcome = core.output.encode(filters.now(), core.deadline.lastSent());
            moved |= outcome != Encoding.NOTHING;
            goesOn = follow(outcome);
        }
        return moved;
    }

    /** Acts on what stopped the encoding; returns whether it may continue. */
    private boolean follow(Encoding outcome) {
        return switch (outcome) {
            case NOTHING, MOVED -> false;
            case TASK -> filters.runTask();
            case SECURED -> {
                filters.secured();
                yield true;
            }
            case ENDED -> {
                if (core.output.closed()) {
                    core.requests.shutdownOutput();
                }
                yield false;
            }
            case CHANGED -> {
                core.bufferChanged();
                yield false;
            }
        };
    }

    /** Starts a socket write if there is output; a write that completes immediately is accounted for immediately. */
    void send() {
        if (core.life.ended()) {
            return;
        }
        switch (core.output.send(filters.now(), core.transport)) {
            case OUT -> {}
            case NOTHING -> {
                if (core.output.completeWrites()) {
                    comeBack();
                }
            }
            case BACK -> {
                boolean completed = written();
                if (completed || core.output.completeWrites() || waitsForOutput || core.output.goesOn()) {
                    comeBack();
                }
            }
            case CHANGED -> core.bufferChanged();
        }
    }

    /** Requests another turn for the remaining work, so that other connections get the thread in between. */
    private void comeBack() {
        core.strand.signal(Signal.MESSAGE);
    }

    /**
     * Called when a socket write has completed; returns whether completion handlers were called, which may have
     * requested more.
     */
    boolean written() {
        core.deadline.sent();
        return switch (core.output.written()) {
            case STRAY -> false;
            case FAILED -> {
                core.end(CloseReason.IO_FAILED, core.socketWrite.failure());
                yield false;
            }
            case CHANGED -> {
                core.bufferChanged();
                yield false;
            }
            case DONE -> core.output.completeWrites();
        };
    }

    // How it fails.

    private void tlsFailed(TlsException failure) {
        if (!core.life.goesOn()) {
            core.end(CloseReason.PROTOCOL_VIOLATION, failure);
            return;
        }
        if (filters.leftUnused(failure.failure())) {
            core.end(CloseReason.PEER_CLOSE, null);
            return;
        }
        boolean truncated = filters.session() != null && failure.failure() == HandshakeFailure.TRUNCATED;
        CloseReason why = truncated ? CloseReason.PEER_TRUNCATED : filters.protocolFailed(failure.failure());
        boolean awaited = core.tlsFailed(why, failure);
        if (truncated) {
            core.output.close();
        } else {
            core.output.closeAfterFailure();
        }
        if (awaited) {
            notifyWaiting();
        }
    }

    /** Notifies those waiting for a failed handshake, which need not wait until the peer has closed as well. */
    private void notifyWaiting() {
        callbacks.notifyRole();
        filters.failUpgradeToTls();
    }
}
