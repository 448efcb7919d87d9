// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.ProtocolViolationException;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.foreign.ForeignText;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One connection: the body of its strand. It reacts to signals, drives the two paths until neither gets on, and takes the
 * connection through its {@link Phase phases}. Everything here runs on the strand.
 */
class SocketConnection extends ConnectionState {
    private final InboundPath inbound;
    private final OutboundPath outbound;
    private final ConnectionDeadline deadline;

    /** Each is tried once, whatever becomes of the others: when the last one is through, nobody waits for the connection. */
    private static final List<Consumer<SocketConnection>> LAST_STEPS = List.of(
            connection -> connection.deadline.cancel(),
            SocketConnection::deliverMessages,
            SocketConnection::leaveGate,
            connection -> connection.outbound.end(connection.ending.exception()),
            connection -> connection.inbound.end(),
            connection -> connection.filter.free(),
            SocketConnection::endUpgrade,
            SocketConnection::tellConnect,
            SocketConnection::tellEnd,
            SocketConnection::leave);

    /** The signals that this turn has not come to yet. */
    private int due;

    private @Nullable FilterTask task;
    private boolean started;
    private boolean blocked;
    private boolean halfClosing;
    private boolean halfClosed;

    SocketConnection(Endpoint endpoint, Wire wire, Filter filter, ConnectionHandler handler) {
        super(endpoint, wire, filter, handler);
        Machine machine = endpoint.machine();
        this.inbound = new InboundPath(this, machine);
        this.outbound = new OutboundPath(this, machine);
        this.deadline = new ConnectionDeadline(machine, endpoint.settings(), strand);
    }

    @Override
    public void turn(int signals) {
        due = signals;
        try {
            react();
            exchange();
            settle();
        } catch (Throwable defect) {
            failed(defect);
        }
    }

    /** What has come back must be seen to, also by a turn that fails: without it the connection would never end. */
    private void failed(Throwable defect) {
        if (takes(Signal.READ_DONE)) {
            inbound.returned();
        }
        if (takes(Signal.WRITE_DONE)) {
            outbound.returned();
        }
        if (takes(Signal.TASK_DONE)) {
            task = null;
        }
        if (takes(Signal.DEADLINE)) {
            deadline.missed();
        }
        defective(defect);
        if (takes(Signal.MESSAGE)) {
            deliverMessages();
        }
        finishWhenQuiet();
        Guard.quietly(() -> deadline.plan(phase, outbound.writing()));
    }

    private boolean takes(int signal) {
        boolean raised = (due & signal) != 0;
        due &= ~signal;
        return raised;
    }

    private void react() {
        if (!started) {
            start();
        }
        if (takes(Signal.READ_DONE)) {
            deadline.received();
            inbound.received();
        }
        if (takes(Signal.WRITE_DONE)) {
            deadline.sent();
            outbound.written();
        }
        FilterTask done = task;
        if (takes(Signal.TASK_DONE) && done != null) {
            task = null;
            done.done();
        }
        if (takes(Signal.MESSAGE)) {
            deliverMessages();
        }
        if (takes(Signal.CLOSE)) {
            closeNow(CloseReason.LOCAL_CLOSE);
        }
        if (takes(Signal.SHUTDOWN)) {
            closeNow(CloseReason.SHUTDOWN);
        }
        if (takes(Signal.ABORT)) {
            end(CloseReason.LOCAL_ABORT, null);
        }
        if (takes(Signal.DEADLINE) && deadline.passed()) {
            deadlinePassed();
        }
    }

    /** In the first turn, whichever signal brought it: nothing is told of a connection in front of its beginning. */
    private void start() {
        started = true;
        endpoint.accepted(this);
        enterGate();
        if (filter.transparent()) {
            open();
        }
    }

    @Override
    void exchange() {
        boolean moved = true;
        while (moved && !ended()) {
            try {
                moved = inbound.drain();
                moved |= !ended() && outbound.encode(filter);
                moved = moved || tellDrain();
            } catch (TlsException failure) {
                tlsFailed(failure);
            }
        }
        if (!taskRunning()) {
            inbound.peerAwaited();
        }
    }

    private void settle() {
        advanceUpgrade();
        moveWatermarks();
        if (phase == Phase.CLOSING && outbound.drained()) {
            shutDownOutput(Phase.LINGERING);
        } else if (halfClosing && phase == Phase.OPEN && outbound.drained()) {
            halfClosing = false;
            shutDownOutput(Phase.OPEN);
        }
        if (phase == Phase.OPEN && halfClosed && peerEnded) {
            end(CloseReason.PEER_CLOSE, null);
        }
        if (phase == Phase.CLOSING || phase == Phase.LINGERING) {
            if (phase == Phase.LINGERING && inbound.ended()) {
                end(CloseReason.LOCAL_CLOSE, null);
            } else if (!calling()) {
                inbound.discard();
            }
        } else if (delivers(inbound.paused())) {
            inbound.read(filter);
        } else if (phase == Phase.OPEN && inbound.paused() && delivers(false)) {
            inbound.readAhead(filter);
        }
        deadline.plan(phase, outbound.writing());
        finishWhenQuiet();
    }

    private void moveWatermarks() {
        pendingBytes = outbound.pending();
        if (blocked && pendingBytes <= endpoint.settings().lowWatermark() && phase == Phase.OPEN) {
            blocked = false;
            callBack(() -> handler.onWritable(this));
            exchange();
            outbound.send(filter);
            pendingBytes = outbound.pending();
        }
        blocked |= pendingBytes > endpoint.settings().highWatermark() && !relays();
    }

    private void shutDownOutput(Phase next) {
        try {
            transport.shutdownOutput();
            halfClosed = true;
            phase = next;
        } catch (IOException failure) {
            end(CloseReason.IO_FAILED, failure);
        }
    }

    private void finishWhenQuiet() {
        boolean quiet =
                !inbound.reading() && !outbound.writing() && !outbound.readsFile() && !taskRunning() && !calling();
        if (!ended() || finished || !quiet) {
            return;
        }
        finished = true;
        for (int i = 0; i < LAST_STEPS.size(); i++) {
            try {
                LAST_STEPS.get(i).accept(this);
            } catch (Throwable defect) {
                defective(defect);
            }
        }
    }

    private void endUpgrade() {
        if (upgrade != null) {
            upgrade.fail(ending.failure());
        }
    }

    /** A handler that has given its connection to a relay is told behind the relay, and as every other. */
    private void tellEnd() {
        callBack(() -> handler.onClose(this, ending.reason(), ending.cause()));
        ConnectionHandler owner = handler instanceof RelaySide side ? side.owner() : null;
        if (owner != null) {
            callApplication(() -> owner.onClose(this, ending.reason(), ending.cause()));
        }
    }

    // What the paths ask and tell.

    @Override
    InboundPath inbound() {
        return inbound;
    }

    @Override
    OutboundPath outbound() {
        return outbound;
    }

    /** Whether the filter must be left alone. */
    boolean taskRunning() {
        return task != null;
    }

    /** When the peer took bytes last. */
    long lastSent() {
        return deadline.lastSent();
    }

    /** Whether bytes may be decoded and delivered now. */
    boolean delivers(boolean paused) {
        return switch (phase) {
            case OPENING -> !taskRunning() && !filter.waitsForDecision();
            case UPGRADING -> !taskRunning() && (upgradesToTls() || !(paused || calling()));
            case OPEN ->
                !taskRunning()
                        && !paused
                        && !calling()
                        && !closeRequested
                        && !blocked
                        && !exceedsHighWatermark()
                        && !upgradeHoldsInput();
            case CLOSING, LINGERING, ENDED -> false;
        };
    }

    private boolean exceedsHighWatermark() {
        blocked = outbound.pending() > endpoint.settings().highWatermark() && !relays();
        return blocked;
    }

    void deliver(ByteBuffer data) {
        int position = data.position();
        int limit = data.limit();
        ByteBuffer before = Lending.begins(data);
        try {
            handler.onData(this, data);
        } catch (Throwable failure) {
            handlerFailed(failure);
        } finally {
            Lending.ends(before);
        }
        delivered(data, position, limit);
    }

    /** The handler has returned; where the buffer began and ended when it was called. */
    final void delivered(ByteBuffer data, int position, int limit) {
        data.limit(limit);
        if (data.position() < position) {
            data.position(position);
            faulty(
                    "the handler has moved the position of the buffer that was lent to onData back; read what you want, leave the"
                            + " rest, and neither rewind, clear nor compact it");
        }
        int taken = data.position() - position;
        countTaken(taken);
        inbound.delivered(taken);
        int most = endpoint.settings().unread();
        if (data.remaining() > most && takesData()) {
            end(CloseReason.UNREAD_LIMIT, null);
            endpoint.leftTooMuch(this, data.remaining(), most);
        }
    }

    /** Whether the handler is given data: while the connection is open, and while TLS is being stopped. */
    private boolean takesData() {
        return phase == Phase.OPEN || (phase == Phase.UPGRADING && !upgradesToTls());
    }

    /** The application has touched a buffer that it had given to a write, and nobody knows what is in it now. */
    void bufferChanged() {
        faulty(
                "the position or limit of a buffer was changed before its write was completed, so what it holds may be something"
                        + " else by now; leave it alone until then, or use write(buffer), which copies");
    }

    private void faulty(String what) {
        IllegalStateException fault = new IllegalStateException(what);
        if (phase != Phase.ENDED) {
            endpoint.bufferChanged(this, fault);
        }
        end(CloseReason.BUFFER_CHANGED, fault);
    }

    void endOfInput() {
        if (phase == Phase.OPENING || phase == Phase.UPGRADING) {
            end(CloseReason.PEER_CLOSE, null);
        } else {
            peerEnded = true;
            callBack(() -> handler.onEndOfInput(this));
        }
    }

    @Override
    void endOutputNow() {
        if (phase == Phase.OPENING || phase == Phase.UPGRADING) {
            endsOutput = true;
        } else if (phase == Phase.OPEN && !outputClosed) {
            halfClosing = true;
            outputClosed = true;
            outbound.close();
        }
    }

    /** Runs the filter's task; returns whether it has run already. */
    boolean runTask() {
        task = FilterTask.start(filter, this, endpoint.machine());
        return task == null && !ended();
    }

    /** Too many tasks of others wait: that is nobody's fault, but too much at a time. */
    void taskRefused(Throwable why) {
        end(CloseReason.ADMISSION_REFUSED, why);
    }

    void taskFailed(Throwable failure) {
        end(protocolFailed(HandshakeFailure.OTHER), failure);
    }

    /** Encodes for the sake of the way in, or of a write in the middle of a turn. */
    boolean encodeNow() throws TlsException {
        return outbound.encode(filter);
    }

    /** Whether something was written that has not gone through the filter. */
    boolean outputWaits() {
        return !outbound.nothingWaits();
    }

    void encodeOrFail() {
        try {
            encodeNow();
        } catch (TlsException failure) {
            tlsFailed(failure);
        }
    }

    @Override
    void callBack(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable failure) {
            handlerFailed(failure);
        }
    }

    // How it ends.

    final void handlerFailed(Throwable failure) {
        if (failure instanceof ProtocolViolationException) {
            end(CloseReason.PROTOCOL_VIOLATION, failure);
            endpoint.peerAtFault(this, String.valueOf(failure.getMessage()));
        } else if (failure instanceof BufferShortageException) {
            shortOfMemory(failure);
        } else {
            end(CloseReason.HANDLER_FAILED, failure);
            endpoint.handlerFailed(this, failure);
        }
    }

    @Override
    void defective(Throwable failure) {
        try {
            if (failure instanceof BufferShortageException) {
                shortOfMemory(failure);
            } else {
                end(CloseReason.IO_FAILED, failure);
                endpoint.defect(this, failure);
            }
        } catch (Throwable noMemoryToSaySo) {
            transport.close();
        }
    }

    private void shortOfMemory(Throwable shortage) {
        if (!ended()) {
            end(CloseReason.MEMORY_LIMIT, shortage);
            endpoint.shortOfMemory(this, shortage);
        }
    }

    @Override
    long heldInVain(long since) {
        boolean stalled = outbound.writing() && deadline.lastSent() - since <= 0;
        return stalled ? outbound.held() + inbound.held() : 0;
    }

    @Override
    void endGreedy(long since) {
        long held = ended() ? 0 : heldInVain(since);
        if (held > 0) {
            shortOfMemory(new BufferShortageException("ended, since buffers are short and it held " + held
                    + " bytes of them for a peer that does not read; raise the budget (BufferPool.Builder.budget,"
                    + " -XX:MaxDirectMemorySize), or lower the watermarks, the write timeout or the ConnectionLimits"));
        }
    }

    /** The socket could not be closed, and what was lent to it is given up. */
    void buffersLost() {
        endpoint.buffersLost(this);
    }

    void ioFailed(Throwable failure) {
        end(CloseReason.IO_FAILED, failure);
    }

    /** Less of a file can be sent than was promised, and the peer must not take half of it for the whole. */
    void fileFailed(Throwable failure) {
        end(CloseReason.FILE_FAILED, failure);
    }

    private void tlsFailed(TlsException failure) {
        if (phase != Phase.OPENING && phase != Phase.OPEN && phase != Phase.UPGRADING) {
            end(CloseReason.PROTOCOL_VIOLATION, failure);
            return;
        }
        if (leftUnused(failure)) {
            end(CloseReason.PEER_CLOSE, null);
            return;
        }
        boolean truncated = session != null && failure.failure() == HandshakeFailure.TRUNCATED;
        ending = ending.because(truncated ? CloseReason.PEER_TRUNCATED : protocolFailed(failure.failure()), failure);
        if (phase == Phase.OPEN && !truncated) {
            endpoint.violated(this, failure);
        } else {
            handshakeEnds(phase, ending.reason(), failure);
            tellWhoAwaits();
        }
        phase = Phase.CLOSING;
        outputClosed = true;
        inbound.handshakeOver();
        if (truncated) {
            outbound.close();
        } else {
            outbound.closeAfterFailure();
        }
    }

    private CloseReason protocolFailed(HandshakeFailure failure) {
        if (phase == Phase.UPGRADING && upgrade != null) {
            return upgrade.reasonFor(failure);
        }
        return phase == Phase.OPENING ? CloseReason.HANDSHAKE_FAILED : CloseReason.PROTOCOL_VIOLATION;
    }

    private void deadlinePassed() {
        if (!ended() && outbound.writing() && deadline.waitsForSendBuffer(transport.sendBuffer())) {
            return;
        }
        switch (phase) {
            case OPENING, UPGRADING -> end(CloseReason.HANDSHAKE_TIMEOUT, null);
            case OPEN -> {
                if (outbound.writing()) {
                    end(CloseReason.WRITE_TIMEOUT, null);
                } else {
                    closeNow(CloseReason.IDLE_TIMEOUT);
                }
            }
            case CLOSING -> end(CloseReason.WRITE_TIMEOUT, null);
            case LINGERING -> end(CloseReason.LOCAL_CLOSE, null);
            case ENDED -> {
                transport.close();
                inbound.lost();
                outbound.lost();
            }
        }
    }

    private void closeNow(CloseReason why) {
        boolean handshaking = phase == Phase.OPENING || (phase == Phase.UPGRADING && upgradesToTls());
        if (handshaking) {
            end(why, null);
        } else if (phase == Phase.OPEN || phase == Phase.UPGRADING) {
            ending = ending.because(peerEnded && why == CloseReason.LOCAL_CLOSE ? CloseReason.PEER_CLOSE : why, null);
            phase = Phase.CLOSING;
            outputClosed = true;
            outbound.close();
        }
    }

    @Override
    void end(CloseReason why, @Nullable Throwable lyingBehind) {
        if (phase != Phase.ENDED) {
            Phase was = phase;
            phase = Phase.ENDED;
            outputClosed = true;
            try {
                ending = was == Phase.CLOSING ? ending.brokenOff(why, lyingBehind) : ending;
                ending = ending.because(why, handshakeEnds(was, why, lyingBehind));
            } catch (Throwable noMemory) {
                ending = ending == Ending.NONE ? Ending.UNSAID : ending;
                throw noMemory;
            } finally {
                transport.close();
            }
        }
    }

    @Override
    public String toString() {
        return "connection " + Long.toHexString(id()) + " from "
                + ForeignText.of(remoteAddress().toString()) + " at " + localAddress() + " ["
                + phase + " " + filter.getClass().getSimpleName() + (inbound.reading() ? " reading" : "")
                + (outbound.writing() ? " writing" : "") + (outbound.readsFile() ? " file" : "")
                + (taskRunning() ? " task" : "") + (blocked ? " blocked" : "")
                + ", " + pendingBytes() + " bytes pending]";
    }
}
