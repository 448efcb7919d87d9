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
 * How bytes go through a connection: socket -> input -> filter -> handler, and handler -> output -> filter -> socket.
 * What was received is decoded and delivered one step at a time; what is written is encoded and sent at the end of the
 * turn. Touched by the strand alone, but for what says otherwise.
 *
 * <p>A write that fails half way leaves a gap in the stream, and nothing may leave behind it: the connection ends.
 */
final class Flow {
    private static final ByteBuffer NOTHING = ByteBuffer.allocate(0);

    /** What came of a step on the way in. */
    private enum Found {
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

    private final Core core;
    private final Callbacks callbacks;
    private final Filters filters;

    /** Whether nothing is decoded before what waits to be sent has left: the answer to the last request. */
    private boolean waitsForOutput;

    /** Whether the handler is not read for the sake of what waits for the peer. */
    private boolean blocked;

    /** Whether another thread was told not to write more: the handler is called when it may. From any thread. */
    private volatile boolean roomAwaited;

    Flow(Core core, Callbacks callbacks, Filters filters) {
        this.core = core;
        this.callbacks = callbacks;
        this.filters = filters;
    }

    /** Drives both directions until neither gets on. */
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

    /** Returns whether the way in may go on, now that there was the way out. */
    private boolean exchangeOnce() throws TlsException {
        boolean opening = core.opening != null;
        boolean moved = decode();
        if (core.life.ended()) {
            return false;
        }
        boolean held = opening || waitsForOutput;
        moved |= encode();
        return (held && moved) || (callbacks.mayDrain() && tellDrain());
    }

    private boolean tellDrain() {
        boolean tells = core.life.state() == Life.State.OPEN && filters.upgrade() == null;
        if (tells) {
            callbacks.drain();
        }
        return tells;
    }

    // The way in: read -> decode -> handler.

    /** Reads on, if what a read would bring can be used now. */
    void read() {
        if (waitsForOutput || (core.opening != null && core.opening.waiting())) {
            return;
        }
        boolean paused = core.input.paused();
        if (mayDeliver(paused)) {
            if (core.input.resumedLate()) {
                // By a completion of this turn: what has come is seen to by the next one
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
            case STOPPING -> !paused && filters.takesInput() && !callbacks.calling() && !core.requests.closeAsked();
            case OPEN ->
                !paused && !blocked && filters.takesInput() && !callbacks.calling() && !core.requests.closeAsked();
            case NEW, CLOSING, LINGERING, ENDED, OVER -> false;
        };
    }

    /**
     * Decodes and delivers as long as the handler takes it.
     *
     * @return whether anything happened that may let the other direction go on
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
     * Whether the filter goes on although a read is outstanding: the gate has decided, or the filter keeps bytes to
     * itself.
     */
    private boolean goesOnWithoutInput(Filter filter) {
        return (core.life.state() == Life.State.OPENING || core.life.state() == Life.State.OPEN)
                && !core.input.endDelivered()
                && filter.hasInput()
                && !filter.waitsForDecision();
    }

    /** Does what a step of the way in leads to; returns whether it is worth coming back at once. */
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

    /** One step; to be called if something may be delivered. */
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
        // The end waits behind what was presented again, also if nothing of that was taken
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

    /** Gives the buffer back when nothing is left in it, unless somebody has it. */
    private void deliver(ByteBuffer data) {
        if (callbacks.deliver(data) && !data.hasRemaining()) {
            core.input.dropDecoded();
        }
    }

    /** Whether the filter would only say that it waits for the network. */
    private boolean hasNothing(Filter filter) {
        return filter.session() != null && !core.input.ended() && !filter.hasInput();
    }

    /** Has a handshake ask whether it may compute, and returns that; one that never may ends its connection. */
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
                // The handler may have paused: the end is told when the last bytes are.
                yield delivered ? Found.MOVED : Found.CLOSED;
            }
        };
    }

    // What is written, from any thread: in a turn at once, otherwise by the inbox.

    /** Consumes the buffer, or returns false if nothing is accepted to be written. */
    boolean write(ByteBuffer data) {
        if (core.requests.mayWriteNow()) {
            writeNow(data);
            return true;
        }
        return writeFromElsewhere(data.remaining(), data);
    }

    /** Consumes all of the buffers, as one; or returns false. */
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
        return writeFromElsewhere(Math.toIntExact(length), data);
    }

    private boolean writeFromElsewhere(int length, ByteBuffer... data) {
        long standing = core.requests.standing();
        if (Requests.refuses(standing)) {
            return false;
        }
        CopiedBytes copied = new CopiedBytes(length);
        Inbox.Message write = asked(() -> write(copied, standing), length);
        int[] starts = positions(data);
        try {
            copied.fill(core.home.machine().buffers(), core.pendingBytes(), data);
        } catch (Throwable noBuffer) {
            core.requests.askClose();
            core.requests.tell(() -> core.defective(noBuffer));
            return false;
        }
        boolean inTime = core.requests.acceptInTime(length, standing);
        if (inTime) {
            core.requests.send(write);
        } else {
            copied.drop();
            for (int i = 0; i < data.length; i++) {
                data[i].position(starts[i]);
            }
        }
        return inTime;
    }

    private static int[] positions(ByteBuffer... data) {
        int[] positions = new int[data.length];
        for (int i = 0; i < data.length; i++) {
            positions[i] = data[i].position();
        }
        return positions;
    }

    /**
     * Whether a producer should write more. Whenever it should not for the sake of the watermarks, the handler is
     * called when it may, though all of what waits may have left by the time at which the strand hears of it.
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
            core.requests.tell(this::awaitRoom);
        }
        return false;
    }

    private void awaitRoom() {
        blocked = true;
    }

    private void write(CopiedBytes copied, long standing) {
        if (core.requests.verdict(standing) == Requests.Verdict.ACCEPTED) {
            copied.moveTo(lease -> attempt(() -> core.output.write(lease)));
        } else {
            copied.drop();
        }
    }

    /** Sends a buffer of the application's, and tells when it is sent, or why it is not. */
    <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> handler) {
        CompletionHandler<Void, ? super A> told = callbacks.told(handler);
        if (core.requests.mayWriteNow()) {
            writeNow(data, data, attachment, told);
        } else {
            ByteBuffer kept = Lending.covers(data)
                    ? ByteBuffer.allocate(data.remaining()).put(data).flip()
                    : data;
            // What is written is what it holds now, and the turn finds out if it has changed by then
            ByteBuffer view = kept.duplicate();
            ask(() -> writeNow(view, kept, attachment, told), view.remaining(), attachment, told);
        }
    }

    /** Sends a part of a file. */
    CompletableFuture<Long> send(FileChannel channel, long position, long count) {
        FileSend file = new FileSend(core.connection, channel, position, count);
        if (core.requests.mayWriteNow()) {
            writeNow(file);
        } else {
            ask(() -> writeNow(file), count, file, file);
        }
        return callbacks.told(file.future());
    }

    /** Has something written in a turn, unless that is refused by then, or was when it was asked for. */
    private <A> void ask(Runnable write, long length, A attachment, CompletionHandler<Void, ? super A> handler) {
        long standing = core.requests.standing();
        Runnable judged = () -> {
            switch (core.requests.verdict(standing)) {
                case ACCEPTED -> write.run();
                case CHANGES -> writeNow(NOTHING, NOTHING, attachment, new RefusedWrite<>(handler));
                case ENDED -> core.output.refuse(attachment, handler, core);
            }
        };
        ask(asked(judged, length), length);
    }

    /** What carries out in a turn what was asked for. */
    private Inbox.Message asked(Runnable write, long length) {
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

    /** Needs no memory. */
    private void ask(Inbox.Message write, long length) {
        core.requests.accept(length);
        core.requests.send(write);
    }

    // What is written, in a turn:

    /** Something was written: from the high watermark on nothing more is delivered. */
    private void watchWatermark() {
        blocked |= core.output.pending() > core.home.settings().highWatermark() && !callbacks.relays();
    }

    private void attempt(Runnable write) {
        core.attempt(write);
        watchWatermark();
    }

    /** Consumes the buffer: encodes it at once where that saves a copy, otherwise copies it. */
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
     * Sends a buffer of the application's, and tells when it is sent.
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

    /** Whether the handler is not read until less waits for the peer. */
    boolean blocked() {
        return blocked;
    }

    /** Lets the handler write on, and sends that, when little enough waits for the peer. */
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
            // What it has written has left already
            comeBack();
        }
    }

    private boolean mayUnblock() {
        return core.output.pending() <= core.home.settings().lowWatermark() && core.life.state() == Life.State.OPEN;
    }

    // The way out: write -> encode -> socket.

    /**
     * Moves what waits through the filter; returns whether anything happened that may let the other direction go on.
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

    /** Does what keeps the way out from going on; returns whether it may go on then. */
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

    /** Starts a socket write, if there is something to write; one that completes at once is accounted for at once. */
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
                boolean told = written();
                if (told || core.output.completeWrites() || waitsForOutput || core.output.goesOn()) {
                    comeBack();
                }
            }
            case CHANGED -> core.bufferChanged();
        }
    }

    /** There is more to do, in a turn of its own: others want the thread, too. */
    private void comeBack() {
        core.strand.signal(Signal.MESSAGE);
    }

    /** A write has completed; returns whether somebody was told so, who may have asked for more. */
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
            tellWhoAwaits();
        }
    }

    /** The handshake has failed: nobody who awaits it needs to wait until the peer, too, has closed. */
    private void tellWhoAwaits() {
        callbacks.tellRole();
        filters.failUpgradeToTls();
    }
}
