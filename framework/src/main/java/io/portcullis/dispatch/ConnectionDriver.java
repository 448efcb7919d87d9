// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Drives one connection: the body of its strand. It reacts to signals, moves bytes from the input to the handler and from the
 * output to the socket until neither gets on, and takes the connection through its {@link Life}. Its parts know nothing of it: they
 * answer what is to be done, and it is done here.
 *
 * <p>Everything here runs on the strand, but for what says otherwise.
 */
final class ConnectionDriver implements Strand.Turn, ThreadWatch.Told {
    /** Each is tried once, whatever becomes of the others: when the last one is through, nobody waits for the connection. */
    private static final List<Consumer<ConnectionDriver>> LAST_STEPS = List.of(
            driver -> driver.deadline.cancel(),
            ConnectionDriver::deliverMessages,
            driver -> driver.parts.opening.leaveGate(),
            ConnectionDriver::endOutput,
            ConnectionDriver::endInput,
            driver -> driver.parts.opening.handshakeOver(),
            driver -> driver.filters.free(),
            driver -> driver.filters.failUpgrade(),
            driver -> driver.callbacks.tellRole(),
            driver -> driver.callbacks.tellEnd(),
            driver -> driver.callbacks.end());

    /** Of the connection, for the log context; or negative. */
    private final long named;

    final Parts parts;
    final Endings endings;
    final Writes writes;
    final Callbacks callbacks;
    final Filters filters;

    private final Inflow inflow;
    private final ConnectionDeadline deadline;

    /** The signals that this turn has not come to yet. */
    private int due;

    /** Whether the handler is not read for the sake of what waits for the peer. */
    private boolean blocked;

    /**
     * Drives a connection, which has not begun, and belongs to nobody before {@link Callbacks#handOver}.
     *
     * @param connection what those have in their hands who are told of it
     * @param first the first filter
     * @param gate what decides about the next ones, or null if this one is decided on
     * @param executor where callbacks run, or null for the strand
     */
    ConnectionDriver(
            Connection connection,
            Home home,
            Wire wire,
            Filter first,
            Opening.@Nullable Gate gate,
            @Nullable Executor executor) {
        Strand strand = new Strand(this, home.machine());
        named = home.setsLogContext() ? wire.id() : -1;
        parts = new Parts(connection, home, wire, strand, gate);
        endings = new Endings(parts);
        parts.output.serve(endings);
        writes = new Writes(parts, endings);
        ExecutorLane lane = executor == null ? null : new ExecutorLane(executor, strand, parts.requests, named);
        callbacks = new Callbacks(parts, endings, lane);
        filters = new Filters(parts, endings, writes, callbacks, first);
        inflow = new Inflow(parts, callbacks, endings);
        deadline = new ConnectionDeadline(home.machine(), home.settings(), strand);
    }

    // One turn.

    @Override
    public void turn(int signals) {
        if (named < 0) {
            take(signals);
        } else {
            LogContext.with(named, () -> take(signals));
        }
    }

    private void take(int signals) {
        due = signals;
        try {
            react();
            exchange();
            settle();
        } catch (Throwable defect) {
            failed(defect);
        }
        callbacks.turnEnds();
    }

    /** What has come back must be seen to, also by a turn that fails: without it the connection would never end. */
    private void failed(Throwable defect) {
        if (takes(Signal.READ_DONE)) {
            parts.input.returned();
        }
        if (takes(Signal.WRITE_DONE) || parts.output.back()) {
            parts.output.returned();
        }
        if (takes(Signal.TASK_DONE)) {
            filters.forgetTask();
        }
        if (takes(Signal.DEADLINE)) {
            deadline.missed();
        }
        endings.defective(defect);
        if (takes(Signal.MESSAGE)) {
            deliverMessages();
        }
        finishWhenQuiet();
        Guard.quietly(() -> deadline.plan(parts.life.state(), parts.output.writing()));
    }

    private boolean takes(int signal) {
        boolean raised = (due & signal) != 0;
        due &= ~signal;
        return raised;
    }

    private void react() {
        if (parts.life.state() == Life.State.NEW) {
            start();
        }
        if (takes(Signal.READ_DONE)) {
            received();
        }
        if (takes(Signal.WRITE_DONE)) {
            written();
        }
        if (takes(Signal.TASK_DONE)) {
            filters.taskDone();
        }
        if (takes(Signal.MESSAGE)) {
            deliverMessages();
        }
        if (takes(Signal.CLOSE)) {
            close(CloseReason.LOCAL_CLOSE);
        }
        if (takes(Signal.SHUTDOWN)) {
            close(CloseReason.SHUTDOWN);
        }
        if (takes(Signal.ABORT)) {
            endings.end(CloseReason.LOCAL_ABORT, null);
        }
        if (takes(Signal.DEADLINE) && deadline.passed()) {
            deadlinePassed();
        }
    }

    /** In the first turn, whichever signal brought it: nothing is told of a connection in front of its beginning. */
    private void start() {
        parts.life.become(Life.State.OPENING);
        parts.home.accepted(parts.connection);
        parts.opening.enterGate();
        if (filters.now().transparent()) {
            filters.open();
        }
    }

    /** Drives both directions until neither gets on. */
    private void exchange() {
        boolean moved = true;
        while (moved && !parts.life.ended()) {
            try {
                moved = decode();
                moved |= !parts.life.ended() && encode();
                moved = moved || tellDrain();
            } catch (TlsException failure) {
                tlsFailed(failure);
            }
        }
        if (!filters.taskRuns()) {
            parts.opening.peerAwaited();
        }
    }

    private void settle() {
        sendAndChange();
        moveWatermarks();
        if (parts.life.state() == Life.State.CLOSING && parts.output.drained()) {
            shutDownOutput();
            becomeLingering();
        } else if (parts.life.state() == Life.State.OPEN && parts.life.halfClosing() && parts.output.drained()) {
            shutDownOutput();
        }
        if (parts.life.bothEnded()) {
            endings.end(CloseReason.PEER_CLOSE, null);
        }
        readOn();
        deadline.plan(parts.life.state(), parts.output.writing());
        finishWhenQuiet();
        var unused = writes.update();
    }

    private void shutDownOutput() {
        try {
            parts.transport.shutdownOutput();
            parts.life.outputEnded();
        } catch (IOException failure) {
            endings.end(CloseReason.IO_FAILED, failure);
        }
    }

    private void becomeLingering() {
        if (!parts.life.ended()) {
            parts.life.become(Life.State.LINGERING);
        }
    }

    private void readOn() {
        if (parts.life.state() == Life.State.LINGERING && parts.input.ended()) {
            endings.end(CloseReason.LOCAL_CLOSE, null);
        } else if (parts.life.state() == Life.State.CLOSING || parts.life.state() == Life.State.LINGERING) {
            if (!callbacks.calling()) {
                parts.input.discard(filters.now(), parts.transport);
            }
        } else if (inflow.waits()) {
            return;
        } else if (mayDeliver(parts.input.demand.paused())) {
            parts.input.read(filters.now(), parts.transport);
        } else if (parts.life.state() == Life.State.OPEN && parts.input.demand.paused() && mayDeliver(false)) {
            parts.input.readAhead(filters.now(), parts.transport);
        }
    }

    private void moveWatermarks() {
        if (mayUnblock()) {
            blocked = false;
            callbacks.writable();
            exchange();
            send();
            if (mayUnblock()) {
                // What it has written has left already; others, too, want the thread
                parts.strand.signal(Signal.MESSAGE);
            }
        }
        watchWatermark();
    }

    private boolean mayUnblock() {
        return blocked
                && writes.update() <= parts.home.settings().lowWatermark()
                && parts.life.state() == Life.State.OPEN;
    }

    private void watchWatermark() {
        blocked |= parts.output.pending() > parts.home.settings().highWatermark() && !callbacks.relays();
    }

    private void finishWhenQuiet() {
        boolean quiet = !parts.input.reading()
                && !parts.output.outstanding()
                && !parts.output.readsFile()
                && !filters.taskRuns()
                && !callbacks.calling();
        if (parts.life.state() != Life.State.ENDED || !quiet) {
            return;
        }
        parts.life.become(Life.State.OVER);
        for (int i = 0; i < LAST_STEPS.size(); i++) {
            try {
                LAST_STEPS.get(i).accept(this);
            } catch (Throwable defect) {
                endings.defective(defect);
            }
        }
    }

    private void endOutput() {
        if (parts.output.end(parts.life.ending().exception(), parts.transport)) {
            endings.buffersLost();
        }
    }

    private void endInput() {
        if (parts.input.end(parts.transport)) {
            endings.buffersLost();
        }
    }

    /** Carries out what the inbox holds, in the order in which it was asked for; at the end, everything that was in time. */
    private void deliverMessages() {
        boolean over = parts.life.state() == Life.State.OVER;
        if (over) {
            parts.requests.close();
        }
        for (Inbox.Message next = parts.requests.takeAll(); next != null; next = next.next()) {
            endings.attempt(next);
        }
        if (over) {
            parts.requests.lookAgain(endings::attempt);
        }
    }

    // The way in: read -> decode -> handler.

    private void received() {
        deadline.received();
        Throwable failure = parts.input.received(filters.now(), parts.counters);
        if (failure != null) {
            endings.end(CloseReason.IO_FAILED, failure);
        }
    }

    /** Whether bytes may be decoded and delivered now. */
    private boolean mayDeliver(boolean paused) {
        return switch (parts.life.state()) {
            case OPENING -> !filters.taskRuns() && !filters.now().waitsForDecision();
            case SECURING -> !filters.taskRuns();
            case STOPPING -> !filters.taskRuns() && !paused && !callbacks.calling();
            case OPEN ->
                !filters.taskRuns()
                        && !paused
                        && !blocked
                        && !callbacks.calling()
                        && !parts.requests.closeAsked()
                        && !filters.holdInput();
            case NEW, CLOSING, LINGERING, ENDED, OVER -> false;
        };
    }

    /**
     * Decodes and delivers as long as the handler takes it.
     *
     * @return whether anything happened that may let the other direction go on
     */
    private boolean decode() throws TlsException {
        inflow.begin();
        boolean moved = false;
        boolean goesOn = true;
        while (goesOn && mayDecode()) {
            goesOn = follow(inflow.next(filters.now())) || inflow.delivered();
            moved |= goesOn;
        }
        return moved;
    }

    private boolean mayDecode() {
        watchWatermark();
        return !parts.input.endDelivered()
                && mayDeliver(parts.input.demand.paused())
                && (parts.input.presents(filters.now()) || goesOnWithoutInput());
    }

    /** Whether the filter goes on although a read is outstanding: the gate has decided, or the filter keeps bytes to itself. */
    private boolean goesOnWithoutInput() {
        return (parts.life.state() == Life.State.OPENING || parts.life.state() == Life.State.OPEN)
                && filters.now().hasInput()
                && !filters.now().waitsForDecision();
    }

    /** Does what a step of the way in leads to; returns whether it is worth coming back at once. */
    private boolean follow(Inflow.Found found) throws TlsException {
        return switch (found) {
            case NOTHING -> false;
            case MOVED -> true;
            case TASK -> filters.runTask();
            case ENCODE -> {
                boolean encoded = encode();
                inflow.waitForOutput(!encoded);
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
        if (!parts.input.takeEnd()) {
            return;
        }
        if (parts.life.handshaking() || parts.life.state() == Life.State.STOPPING) {
            endings.end(CloseReason.PEER_CLOSE, null);
        } else {
            parts.life.peerHasEnded();
            callbacks.endOfInput();
        }
    }

    // The way out: write -> encode -> socket.

    /** Moves what waits through the filter; returns whether anything happened that may let the other direction go on. */
    private boolean encode() throws TlsException {
        boolean moved = false;
        boolean goesOn = true;
        parts.output.beginEncoding(deadline.lastSent());
        while (goesOn && !filters.taskRuns()) {
            Output.Outcome outcome = parts.output.encode(filters.now());
            moved |= outcome == Output.Outcome.MOVED
                    || outcome == Output.Outcome.MOVED_ALL
                    || outcome == Output.Outcome.SECURED;
            goesOn = follow(outcome);
        }
        parts.output.dropEmpty();
        return moved;
    }

    /** Does what a step of the way out leads to; returns whether there may be another one. */
    private boolean follow(Output.Outcome outcome) {
        return switch (outcome) {
            case NOTHING, MOVED_ALL -> false;
            case MOVED, NO_ROOM -> true;
            case TASK -> filters.runTask();
            case SECURED -> {
                filters.secured();
                yield true;
            }
            case ENDED -> {
                if (parts.output.closed()) {
                    parts.requests.endOutput();
                }
                yield false;
            }
            case CHANGED -> {
                endings.bufferChanged();
                yield false;
            }
        };
    }

    /** Starts a socket write, if there is something to write; one that completes at once is accounted for at once. */
    private void send() {
        if (parts.life.ended()) {
            return;
        }
        parts.output.readFiles();
        if (parts.output.outstanding()) {
            return;
        }
        if (!parts.output.send(filters.now(), parts.transport)) {
            endings.bufferChanged();
            return;
        }
        boolean back = parts.output.back();
        if (back) {
            written();
        }
        boolean told = !parts.output.outstanding() && parts.output.completeWrites();
        if (told
                || (back
                        && (parts.output.goesOn()
                                || inflow.waitsForOutput()
                                || filters.now().hasOutput()))) {
            parts.strand.signal(Signal.MESSAGE);
        }
    }

    /** A write has completed; a second completion, of a channel that threw although it had begun, changes nothing. */
    private void written() {
        deadline.sent();
        if (!parts.output.outstanding()) {
            return;
        }
        Throwable failure = parts.output.failure();
        if (failure != null) {
            parts.output.returned();
            endings.end(CloseReason.IO_FAILED, failure);
        } else if (parts.output.written()) {
            var unused = parts.output.completeWrites();
        } else {
            endings.bufferChanged();
        }
    }

    /** Consumes the buffer: encodes it at once where that saves a copy, otherwise copies it. */
    void write(ByteBuffer data) {
        if (!parts.output.worthEncodingInPlace(data.remaining(), filters.now())) {
            writes.copy(data);
            return;
        }
        ByteBuffer view = data.duplicate();
        data.position(data.limit());
        endings.attempt(() -> {
            WriteQueue.Segment borrowed = parts.output.lend(view);
            try {
                var unused = encode();
            } catch (TlsException failure) {
                tlsFailed(failure);
            }
            parts.output.reclaim(borrowed, view);
        });
        var unused = writes.update();
    }

    // The filter.

    private boolean tellDrain() {
        return parts.life.state() == Life.State.OPEN && filters.upgrade() == null && callbacks.drains();
    }

    /** At the end of a turn: sends, and changes the filter if that is to be done behind what is sent. */
    private void sendAndChange() {
        filters.lookWhatCameTooEarly();
        send();
        while (filters.advance()) {
            exchange();
            send();
        }
    }

    // How it ends.

    private void close(CloseReason why) {
        if (endings.close(why)) {
            parts.output.close();
        }
    }

    private void tlsFailed(TlsException failure) {
        if (!parts.life.goesOn()) {
            endings.end(CloseReason.PROTOCOL_VIOLATION, failure);
            return;
        }
        if (endings.leftUnused(failure)) {
            endings.end(CloseReason.PEER_CLOSE, null);
            return;
        }
        boolean truncated = filters.session() != null && failure.failure() == HandshakeFailure.TRUNCATED;
        CloseReason why = truncated ? CloseReason.PEER_TRUNCATED : filters.protocolFailed(failure.failure());
        boolean awaited = endings.tlsFailed(why, failure);
        if (truncated) {
            parts.output.close();
        } else {
            parts.output.closeAfterFailure();
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

    private void deadlinePassed() {
        if (!parts.life.ended()
                && parts.output.writing()
                && deadline.waitsForSendBuffer(parts.transport.sendBuffer())) {
            return;
        }
        switch (parts.life.state()) {
            case NEW, OPENING, SECURING, STOPPING -> endings.end(CloseReason.HANDSHAKE_TIMEOUT, null);
            case OPEN -> {
                if (parts.output.writing()) {
                    endings.end(CloseReason.WRITE_TIMEOUT, null);
                } else {
                    close(CloseReason.IDLE_TIMEOUT);
                }
            }
            case CLOSING -> endings.end(CloseReason.WRITE_TIMEOUT, null);
            case LINGERING -> endings.end(CloseReason.LOCAL_CLOSE, null);
            case ENDED, OVER -> {
                parts.transport.close();
                parts.input.lost();
                parts.output.lost();
            }
        }
    }

    // For others.

    /**
     * How much of the pool it holds for a peer that has taken nothing since then, more or less; 0 if the peer takes, or there is
     * nothing for it. From any thread.
     */
    long heldInVain(long since) {
        boolean stalled = parts.output.writing() && deadline.lastSent() - since <= 0;
        return stalled ? parts.output.held() + parts.input.held() : 0;
    }

    /** Ends the connection, if that still holds. */
    void endGreedy(long since) {
        long held = parts.life.ended() ? 0 : heldInVain(since);
        if (held > 0) {
            endings.greedy(held);
        }
    }

    /** Whether buffers of writes that fail may still be read by the system, and must be lent to nobody else. */
    boolean mayBeTouched() {
        return parts.output.mayBeTouched(parts.transport);
    }

    @Override
    public long id() {
        return parts.connection.id();
    }

    /** From any thread. */
    @Override
    public void threadHeld(Duration time, List<StackTraceElement> stack) {
        parts.home.threadHeld(parts.connection, time, stack);
    }

    /** What it is at the moment, for the log; from any thread. */
    String state() {
        return parts.life.state() + " " + filters.now().getClass().getSimpleName()
                + (parts.input.reading() ? " reading" : "")
                + (parts.output.writing() ? " writing" : "") + (parts.output.readsFile() ? " file" : "")
                + (!filters.taskRuns() ? "" : " task") + (blocked ? " blocked" : "");
    }

    @Override
    public String toString() {
        return parts.connection.toString();
    }
}
