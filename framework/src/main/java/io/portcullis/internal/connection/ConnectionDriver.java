// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.Idle;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.ThreadWatch;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.Filter;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Drives one connection: the body of its strand. Reacts to signals, moves bytes from the input to the handler and from
 * the output to the socket until neither makes progress, and takes the connection through its {@link Life}. Its parts
 * do not know it: they return what has to be done, and the driver does it.
 *
 * <p>Everything here runs on the strand, except where noted otherwise.
 */
final class ConnectionDriver implements Strand.Turn, ThreadWatch.Listener {
    /**
     * Each step is tried once, whether or not the others fail; after the last one, nothing waits for the connection.
     */
    private static final List<Consumer<ConnectionDriver>> LAST_STEPS = List.of(
            driver -> driver.core.deadline.cancel(),
            ConnectionDriver::deliverMessages,
            driver -> driver.core.leaveGate(),
            ConnectionDriver::shutdownOutput,
            ConnectionDriver::endInput,
            driver -> driver.core.handshakeOver(),
            driver -> driver.filters.free(),
            driver -> driver.filters.failUpgrade(),
            driver -> driver.callbacks.notifyRole(),
            driver -> driver.callbacks.notifyEnd(),
            driver -> driver.callbacks.end());

    final Core core;
    final Callbacks callbacks;
    final Filters filters;
    final Flow flow;

    /** The signals that this turn has not handled yet. */
    private int due;

    /**
     * Creates the driver of a connection that has not begun, and has no handler before {@link Callbacks#handOver}.
     *
     * @param connection the connection as handlers and observers see it
     * @param first the first filter
     * @param gate decides on the next filters, or null if the first one is final
     * @param executor where callbacks run, or null for the strand
     */
    ConnectionDriver(
            CountedConnection connection,
            Home home,
            Wire wire,
            Filter first,
            Opening.@Nullable Gate gate,
            @Nullable Executor executor) {
        Strand strand = new Strand(this, home.machine());
        core = new Core(connection, home, wire.transport(), strand, gate);
        long named = home.settings().logContext() ? wire.id() : -1;
        ExecutorLane lane = executor == null ? null : new ExecutorLane(executor, strand, core.requests, named);
        callbacks = new Callbacks(core, lane);
        filters = new Filters(core, callbacks, wire.host() == null, first);
        flow = new Flow(core, callbacks, filters);
    }

    // One turn.

    @Override
    public void turn(int signals) {
        if (core.home.settings().logContext()) {
            LogContext.with(id(), () -> drive(signals));
        } else {
            drive(signals);
        }
    }

    private void drive(int signals) {
        due = signals;
        try {
            react();
            flow.exchange();
            settle();
            drain();
        } catch (Throwable defect) {
            failed(defect);
        }
        callbacks.turnEnds();
    }

    /** Handles completed operations even though the turn has failed; otherwise the connection would never end. */
    private void failed(Throwable defect) {
        if (takes(Signal.READ_DONE)) {
            core.input.returned();
        }
        if (takes(Signal.WRITE_DONE) || core.socketWrite.back()) {
            core.socketWrite.returned();
        }
        if (takes(Signal.TASK_DONE)) {
            filters.forgetTask();
        }
        if (takes(Signal.DEADLINE)) {
            core.deadline.missed();
        }
        core.defective(defect);
        if (takes(Signal.MESSAGE)) {
            deliverMessages();
        }
        if (core.life.state() == Life.State.ENDED) {
            finishWhenQuiet();
        }
        Guard.quietly(() -> core.deadline.plan(core.life.state(), core.socketWrite.underWay()));
    }

    /** Notifies the handler of a drain, behind bytes that have come and a read that will bring those on their way. */
    private void drain() {
        boolean open = core.life.state() == Life.State.OPEN && !core.requests.closeRequested();
        if (open && filters.upgrade() == null && callbacks.mayDrain()) {
            callbacks.drain();
            core.strand.signal(Signal.MESSAGE);
        }
    }

    private boolean takes(int signal) {
        boolean raised = (due & signal) != 0;
        due &= ~signal;
        return raised;
    }

    private void react() {
        if (core.life.state() == Life.State.NEW) {
            start();
        }
        if (takes(Signal.READ_DONE)) {
            received();
        }
        if (due != 0) {
            heedOthers();
        }
    }

    private void heedOthers() {
        if (takes(Signal.WRITE_DONE)) {
            var unused = flow.written();
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
            core.end(CloseReason.LOCAL_ABORT, null);
        }
        if (takes(Signal.DEADLINE) && core.deadline.passed(core.life.state())) {
            deadlinePassed();
        }
    }

    private void received() {
        core.deadline.received();
        Throwable failure = core.input.received(filters.now());
        if (failure != null) {
            core.end(CloseReason.IO_FAILED, failure);
        }
    }

    /**
     * Called in the first turn, whichever signal caused it, so that no event precedes the beginning of the connection.
     */
    private void start() {
        core.life.become(Life.State.OPENING);
        core.home.audience().accepted(core.connection);
        if (core.opening != null) {
            core.opening.enterGate();
        }
        if (filters.now().transparent()) {
            filters.open();
        }
    }

    private void settle() {
        sendAndChange();
        if (flow.blocked()) {
            flow.unblock();
        }
        if (core.life.open()) {
            flow.read();
        } else {
            windUp();
            readOn();
        }
        Life.State state = core.life.state();
        core.deadline.plan(state, core.socketWrite.underWay());
        if (state == Life.State.ENDED) {
            finishWhenQuiet();
        }
    }

    /** Called at the end of a turn: sends, and then changes the filter if a change waits for what is sent. */
    private void sendAndChange() {
        if (filters.upgrade() == null) {
            flow.send();
            return;
        }
        filters.lookWhatCameTooEarly();
        flow.send();
        while (filters.advance()) {
            flow.exchange();
            flow.send();
        }
    }

    /** Continues the shutdown of one or both directions once what was written is sent. */
    private void windUp() {
        boolean closing = core.life.state() == Life.State.CLOSING;
        if ((closing || core.life.halfClosing()) && core.output.drained()) {
            shutDownOutput();
            if (closing) {
                becomeLingering();
            }
        }
        if (core.life.halfClosed() && core.input.finished()) {
            core.end(CloseReason.PEER_CLOSE, null);
        }
    }

    private void shutDownOutput() {
        try {
            core.transport.shutdownOutput();
            core.life.outputEnded();
        } catch (IOException failure) {
            core.end(CloseReason.IO_FAILED, failure);
        }
    }

    private void becomeLingering() {
        if (!core.life.ended()) {
            core.life.become(Life.State.LINGERING);
        }
    }

    private void readOn() {
        switch (core.life.state()) {
            case OPENING, OPEN, SECURING, STOPPING -> flow.read();
            case LINGERING -> {
                if (core.input.ended()) {
                    core.end(CloseReason.LOCAL_CLOSE, null);
                } else {
                    discard();
                }
            }
            case CLOSING -> discard();
            case NEW, ENDED, OVER -> {}
        }
    }

    private void discard() {
        if (!callbacks.calling()) {
            core.input.discard(filters.now(), core.transport);
        }
    }

    private void finishWhenQuiet() {
        if (!quiet()) {
            return;
        }
        core.life.become(Life.State.OVER);
        for (int i = 0; i < LAST_STEPS.size(); i++) {
            try {
                LAST_STEPS.get(i).accept(this);
            } catch (Throwable defect) {
                core.defective(defect);
            }
        }
    }

    /** Whether no task, callback or operation of the connection is outstanding elsewhere. */
    private boolean quiet() {
        return !core.input.reading()
                && !core.socketWrite.outstanding()
                && !core.output.readsFile()
                && !filters.taskRuns()
                && !callbacks.calling();
    }

    private void shutdownOutput() {
        if (core.output.end(core.life.ending().exception(), core.transport)) {
            core.buffersLost();
        }
    }

    private void endInput() {
        if (core.input.end(core.transport)) {
            core.buffersLost();
        }
    }

    /** Runs the messages in the inbox in the order in which they were sent; at the end, all those that were in time. */
    private void deliverMessages() {
        boolean over = core.life.state() == Life.State.OVER;
        Inbox.Message next = over ? core.requests.takeLast() : core.requests.takeAll();
        while (next != null) {
            core.attempt(next);
            next = next.next();
        }
        if (over) {
            core.requests.lookAgain(core::attempt);
        }
    }

    // How it ends.

    private void close(CloseReason why) {
        if (core.close(why)) {
            core.output.close();
        }
    }

    private void deadlinePassed() {
        if (core.life.state() == Life.State.OPEN) {
            openDeadlinePassed();
            return;
        }
        if (!core.life.ended()
                && core.socketWrite.underWay()
                && core.deadline.waitsForSendBuffer(core.transport.sendBuffer())) {
            return;
        }
        switch (core.life.state()) {
            case NEW, OPENING, SECURING, STOPPING -> core.end(CloseReason.HANDSHAKE_TIMEOUT, null);
            case OPEN, CLOSING -> core.end(CloseReason.WRITE_TIMEOUT, null);
            case LINGERING -> core.end(CloseReason.LOCAL_CLOSE, null);
            case ENDED, OVER -> {
                try {
                    core.transport.close();
                } finally {
                    core.input.lost();
                    core.socketWrite.lost();
                }
            }
        }
    }

    private void openDeadlinePassed() {
        int sendBuffer = core.socketWrite.underWay() ? core.transport.sendBuffer() : 0;
        Idle idle = core.deadline.takeIdle(sendBuffer);
        if (idle != null) {
            callbacks.idle(idle, () -> close(CloseReason.IDLE_TIMEOUT));
        } else if (!core.deadline.waitsForSendBuffer(sendBuffer)) {
            core.end(CloseReason.WRITE_TIMEOUT, null);
        }
    }

    // Identity.

    @Override
    public long id() {
        return core.connection.id();
    }

    /** From any thread. */
    @Override
    public void threadHeld(Duration time, List<StackTraceElement> stack) {
        core.home.audience().threadHeld(core.connection, time, stack);
    }

    /** Returns the current state, for the log. May be called from any thread. */
    String state() {
        return core.life.state() + " " + filters.now().getClass().getSimpleName()
                + (core.input.reading() ? " reading" : "")
                + (core.socketWrite.underWay() ? " writing" : "") + (core.output.readsFile() ? " file" : "")
                + (!filters.taskRuns() ? "" : " task") + (flow.blocked() ? " blocked" : "");
    }

    @Override
    public String toString() {
        return core.connection.toString();
    }
}
