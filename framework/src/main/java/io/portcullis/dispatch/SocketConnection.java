// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.buffer.Lease;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One connection: the body of its strand. It reacts to signals, drives the two paths until neither gets on, and takes the
 * connection through its {@link Phase phases}. Everything here runs on the strand.
 */
final class SocketConnection extends ConnectionFace {
    private static final Logger LOG = LoggerFactory.getLogger(SocketConnection.class);

    private final Machine machine;
    private final Endpoint endpoint;
    private final ConnectionSettings settings;
    private final Transport transport;
    private final ConnectionHandler handler;
    private final InboundPath inbound;
    private final OutboundPath outbound;
    private final ConnectionDeadline deadline;
    private final Ending ending = new Ending();

    private Filter filter;
    private Phase phase = Phase.OPENING;
    private boolean taskRunning;
    private boolean blocked;

    SocketConnection(Endpoint endpoint, Wire wire, Filter filter, ConnectionHandler handler) {
        super(wire, endpoint.machine());
        this.machine = endpoint.machine();
        this.endpoint = endpoint;
        this.settings = endpoint.settings();
        this.transport = wire.transport();
        this.filter = filter;
        this.handler = handler;
        this.inbound = new InboundPath(this, machine, transport);
        this.outbound = new OutboundPath(this, machine, transport);
        this.deadline = new ConnectionDeadline(machine, settings, strand);
    }

    // The turn.

    @Override
    public void turn(int signals) {
        try {
            react(signals);
            exchange();
            settle();
        } catch (Throwable defect) {
            LOG.error("{}: a defect of the framework ended the connection", this, defect);
            end(CloseReason.IO_FAILED, defect);
            finishWhenQuiet();
        }
    }

    private void react(int signals) {
        if ((signals & Signal.START) != 0) {
            endpoint.accepted(this);
            if (filter.transparent()) {
                open();
            }
        }
        if ((signals & Signal.READ_DONE) != 0) {
            deadline.active();
            inbound.received();
        }
        if ((signals & Signal.WRITE_DONE) != 0) {
            deadline.active();
            outbound.written();
        }
        if ((signals & Signal.TASK_DONE) != 0) {
            taskRunning = false;
        }
        if ((signals & Signal.MESSAGE) != 0) {
            deliverMessages();
        }
        if ((signals & Signal.CLOSE) != 0) {
            closeNow();
        }
        if ((signals & Signal.SHUTDOWN) != 0) {
            closeNow(CloseReason.SHUTDOWN);
        }
        if ((signals & Signal.ABORT) != 0) {
            abortNow();
        }
        if ((signals & Signal.DEADLINE) != 0 && deadline.passed()) {
            deadlinePassed();
        }
    }

    /** Drives the two paths until neither gets on. */
    private void exchange() {
        boolean moved = true;
        while (moved && phase != Phase.ENDED && !taskRunning) {
            try {
                moved = inbound.drain();
                moved |= !taskRunning && outbound.encode(filter);
            } catch (TlsException failure) {
                tlsFailed(failure);
            }
        }
    }

    private void settle() {
        if (phase != Phase.ENDED) {
            outbound.send(filter);
        }
        moveWatermarks();
        if (phase == Phase.CLOSING && outbound.drained()) {
            endOutput();
        }
        if (phase == Phase.CLOSING || phase == Phase.LINGERING) {
            boolean peerIsDone = inbound.ended() || !inbound.discard();
            if (phase == Phase.LINGERING && peerIsDone) {
                end(CloseReason.LOCAL_CLOSE, null);
            }
        } else if (delivers(inbound.paused())) {
            inbound.read(filter);
        }
        deadline.plan(phase, outbound.writing());
        finishWhenQuiet();
    }

    private void moveWatermarks() {
        long pending = outbound.pending();
        pendingBytes = pending;
        if (blocked && pending <= settings.lowWatermark() && phase == Phase.OPEN) {
            blocked = false;
            callBack(() -> handler.onWritable(this));
            exchange();
            outbound.send(filter);
        }
        blocked |= pending > settings.highWatermark();
    }

    private void endOutput() {
        try {
            transport.shutdownOutput();
            phase = Phase.LINGERING;
        } catch (IOException failure) {
            end(CloseReason.IO_FAILED, failure);
        }
    }

    private void finishWhenQuiet() {
        if (phase != Phase.ENDED || finished || inbound.reading() || outbound.writing() || taskRunning) {
            return;
        }
        finished = true;
        deadline.cancel();
        deliverMessages();
        outbound.end(ending.exception());
        inbound.end(filter);
        filter.free();
        CloseReason why = ending.reason();
        callBack(() -> handler.onClose(this, why, ending.cause()));
        endpoint.closed(this, why, ending.cause());
    }

    // What the paths ask and tell.

    Filter filter() {
        return filter;
    }

    /** Whether bytes may be decoded and delivered now. */
    boolean delivers(boolean paused) {
        return switch (phase) {
            case OPENING -> !taskRunning;
            case OPEN -> !taskRunning && !paused && !blocked && !exceedsHighWatermark();
            case CLOSING, LINGERING, ENDED -> false;
        };
    }

    private boolean exceedsHighWatermark() {
        blocked = outbound.pending() > settings.highWatermark();
        return blocked;
    }

    void deliver(ByteBuffer data) {
        try {
            handler.onData(this, data);
        } catch (Throwable failure) {
            handlerFailed(failure);
        }
        if (data.remaining() > settings.unread() && phase == Phase.OPEN) {
            end(CloseReason.UNREAD_LIMIT, null);
        }
    }

    void endOfInput() {
        if (phase == Phase.OPENING) {
            end(CloseReason.PEER_CLOSE, null);
        } else {
            ending.peerEnded();
            callBack(() -> handler.onEndOfInput(this));
        }
    }

    /** The filter's handshake is over. */
    void secured() {
        session = filter.session();
        open();
    }

    void replaceFilter() {
        filter = filter.successor();
        if (filter.transparent()) {
            open();
        }
    }

    private void open() {
        phase = Phase.OPEN;
        endpoint.opened(this);
        callBack(() -> handler.onOpen(this));
    }

    /** Runs the filter's task; returns whether it has run already. */
    boolean runTask() {
        Runnable task = filter.task();
        if (task == null) {
            return true;
        }
        if (!filter.tasksMayBlock()) {
            task.run();
            return true;
        }
        taskRunning = true;
        machine.runTask(() -> {
            try {
                task.run();
            } finally {
                signal(Signal.TASK_DONE);
            }
        });
        return false;
    }

    /** Encodes for the sake of the way in, or of a write in the middle of a turn. */
    boolean encodeNow() throws TlsException {
        return outbound.encode(filter);
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

    @Override
    void writeNow(ByteBuffer data) {
        outbound.write(data);
        pendingBytes = outbound.pending();
    }

    @Override
    void writeNow(Lease lease) {
        outbound.write(lease);
    }

    @Override
    void writeNow(ByteBuffer data, @Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        outbound.write(data, attachment, completion);
        pendingBytes = outbound.pending();
    }

    @Override
    void closeNow() {
        closeNow(CloseReason.LOCAL_CLOSE);
    }

    @Override
    void abortNow() {
        end(CloseReason.LOCAL_ABORT, null);
    }

    @Override
    void pauseNow() {
        inbound.pause();
    }

    @Override
    void resumeNow() {
        inbound.resume();
    }

    // How it ends.

    void handlerFailed(Throwable failure) {
        LOG.warn("{}: a callback of the handler failed; the connection is closed", this, failure);
        endpoint.handlerFailed(this, failure);
        end(CloseReason.HANDLER_FAILED, failure);
    }

    void ioFailed(Throwable failure) {
        if (phase == Phase.CLOSING) {
            ending.insteadBecause(CloseReason.IO_FAILED, failure);
        }
        end(CloseReason.IO_FAILED, failure);
    }

    private void tlsFailed(TlsException failure) {
        boolean truncated = phase == Phase.OPEN && failure.failure() == HandshakeFailure.TRUNCATED;
        CloseReason why = phase == Phase.OPENING
                ? CloseReason.HANDSHAKE_FAILED
                : truncated ? CloseReason.PEER_TRUNCATED : CloseReason.PROTOCOL_VIOLATION;
        ending.because(why, failure);
        LOG.info("{}: {}", this, failure.getMessage());
        phase = Phase.CLOSING;
        outputClosed = true;
        if (truncated) {
            outbound.close();
        } else {
            outbound.closeAfterFailure();
        }
    }

    private void deadlinePassed() {
        switch (phase) {
            case OPENING -> end(CloseReason.HANDSHAKE_TIMEOUT, null);
            case OPEN -> {
                if (outbound.writing()) {
                    end(CloseReason.WRITE_TIMEOUT, null);
                } else {
                    closeNow(CloseReason.IDLE_TIMEOUT);
                }
            }
            case CLOSING -> {
                ending.insteadBecause(CloseReason.WRITE_TIMEOUT, null);
                end(CloseReason.WRITE_TIMEOUT, null);
            }
            case LINGERING -> end(CloseReason.LOCAL_CLOSE, null);
            case ENDED -> {}
        }
    }

    private void closeNow(CloseReason why) {
        if (phase == Phase.OPENING) {
            end(why, null);
        } else if (phase == Phase.OPEN) {
            ending.because(why, null);
            phase = Phase.CLOSING;
            outputClosed = true;
            outbound.close();
        }
    }

    private void end(CloseReason why, @Nullable Throwable lyingBehind) {
        if (phase == Phase.ENDED) {
            return;
        }
        phase = Phase.ENDED;
        outputClosed = true;
        ending.because(why, lyingBehind);
        transport.close();
    }

    @Override
    public String toString() {
        return "connection " + Long.toHexString(id()) + " from " + remoteAddress() + " at " + localAddress() + " ["
                + phase + " " + filter.getClass().getSimpleName() + (inbound.reading() ? " reading" : "")
                + (outbound.writing() ? " writing" : "") + (taskRunning ? " task" : "") + (blocked ? " blocked" : "")
                + ", " + pendingBytes + " bytes pending]";
    }
}
