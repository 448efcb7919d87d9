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

    private final Endpoint endpoint;
    private final ConnectionSettings settings;
    private final Transport transport;
    private final ConnectionHandler handler;
    private final InboundPath inbound;
    private final OutboundPath outbound;
    private final ConnectionDeadline deadline;
    private final FilterTask task;

    private Filter filter;
    private Phase phase = Phase.OPENING;
    private boolean blocked;
    private boolean peerEnded;

    SocketConnection(Endpoint endpoint, Wire wire, Filter filter, ConnectionHandler handler) {
        super(wire, endpoint.machine());
        Machine machine = endpoint.machine();
        this.endpoint = endpoint;
        this.settings = endpoint.settings();
        this.transport = wire.transport();
        this.filter = filter;
        this.handler = handler;
        this.inbound = new InboundPath(this, machine, transport, endpoint.admission());
        this.outbound = new OutboundPath(this, machine, transport);
        this.task = new FilterTask(this, machine);
        this.deadline = new ConnectionDeadline(machine, settings, strand);
    }

    @Override
    public void turn(int signals) {
        try {
            react(signals);
            exchange();
            settle();
        } catch (Throwable defect) {
            defective(defect);
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
            deadline.received();
            inbound.received();
        }
        if ((signals & Signal.WRITE_DONE) != 0) {
            deadline.sent();
            outbound.written();
        }
        if ((signals & Signal.TASK_DONE) != 0) {
            task.done();
        }
        if ((signals & Signal.MESSAGE) != 0) {
            deliverMessages();
        }
        if ((signals & Signal.CLOSE) != 0) {
            closeNow(CloseReason.LOCAL_CLOSE);
        }
        if ((signals & Signal.SHUTDOWN) != 0) {
            closeNow(CloseReason.SHUTDOWN);
        }
        if ((signals & Signal.ABORT) != 0) {
            end(CloseReason.LOCAL_ABORT, null);
        }
        if ((signals & Signal.DEADLINE) != 0 && deadline.passed()) {
            deadlinePassed();
        }
    }

    /** Drives the two paths until neither gets on. */
    private void exchange() {
        boolean moved = true;
        while (moved && !ended()) {
            try {
                moved = inbound.drain();
                moved |= !ended() && outbound.encode(filter);
            } catch (TlsException failure) {
                tlsFailed(failure);
            }
        }
    }

    private void settle() {
        outbound.send(filter);
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
        pendingBytes = outbound.pending();
        if (blocked && pendingBytes <= settings.lowWatermark() && phase == Phase.OPEN) {
            blocked = false;
            callBack(() -> handler.onWritable(this));
            exchange();
            outbound.send(filter);
            pendingBytes = outbound.pending();
        }
        blocked |= pendingBytes > settings.highWatermark();
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
        if (!ended() || finished || inbound.reading() || outbound.writing() || task.running()) {
            return;
        }
        finished = true;
        deadline.cancel();
        deliverMessages();
        attempt(() -> outbound.end(ending.exception()));
        attempt(() -> inbound.end(filter));
        attempt(filter::free);
        callBack(() -> handler.onClose(this, ending.reason(), ending.cause()));
        endpoint.closed(this, ending.reason(), ending.cause());
    }

    // What the paths ask and tell.

    Filter filter() {
        return filter;
    }

    boolean ended() {
        return phase == Phase.ENDED;
    }

    /** Whether the filter must be left alone. */
    boolean taskRunning() {
        return task.running();
    }

    /** When the peer took bytes last. */
    long lastSent() {
        return deadline.lastSent();
    }

    /** Whether bytes may be decoded and delivered now. */
    boolean delivers(boolean paused) {
        return switch (phase) {
            case OPENING -> !task.running();
            case OPEN -> !task.running() && !paused && !closeRequested && !blocked && !exceedsHighWatermark();
            case CLOSING, LINGERING, ENDED -> false;
        };
    }

    private boolean exceedsHighWatermark() {
        blocked = outbound.pending() > settings.highWatermark();
        return blocked;
    }

    void deliver(ByteBuffer data) {
        int limit = data.limit();
        try {
            handler.onData(this, data);
        } catch (Throwable failure) {
            handlerFailed(failure);
        }
        data.limit(limit);
        if (data.remaining() > settings.unread() && phase == Phase.OPEN) {
            end(CloseReason.UNREAD_LIMIT, null);
        }
    }

    void endOfInput() {
        if (phase == Phase.OPENING) {
            end(CloseReason.PEER_CLOSE, null);
        } else {
            peerEnded = true;
            callBack(() -> handler.onEndOfInput(this));
        }
    }

    /** The filter's handshake is over. */
    void filterSecured() {
        inbound.handshakeOver();
        securedNow(filter.session());
        open();
    }

    void replaceFilter() {
        Filter before = filter;
        filter = before.successor();
        before.free();
        if (filter.transparent()) {
            open();
        }
    }

    private void open() {
        if (phase != Phase.OPENING) {
            return;
        }
        phase = Phase.OPEN;
        endpoint.opened(this);
        callBack(() -> handler.onOpen(this));
    }

    /** Runs the filter's task; returns whether it has run already. */
    boolean runTask() {
        return task.run(filter);
    }

    void taskFailed(Throwable failure) {
        end(protocolFailed(), failure);
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
        pendingBytes = outbound.pending();
    }

    @Override
    void writeNow(ByteBuffer data, @Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        outbound.write(data, attachment, completion);
        pendingBytes = outbound.pending();
    }

    @Override
    void refuseNow(@Nullable Object attachment, CompletionHandler<Void, ?> completion) {
        outbound.refuse(attachment, completion);
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
        end(CloseReason.HANDLER_FAILED, failure);
        endpoint.handlerFailed(this, failure);
    }

    @Override
    void defective(Throwable failure) {
        end(CloseReason.IO_FAILED, failure);
        endpoint.defect(this, failure);
    }

    void ioFailed(Throwable failure) {
        breakOff(CloseReason.IO_FAILED, failure);
    }

    private void tlsFailed(TlsException failure) {
        if (phase != Phase.OPENING && phase != Phase.OPEN) {
            breakOff(CloseReason.PROTOCOL_VIOLATION, failure);
            return;
        }
        LOG.info("{}: {}", this, failure.getMessage());
        boolean truncated = phase == Phase.OPEN && failure.failure() == HandshakeFailure.TRUNCATED;
        ending.because(truncated ? CloseReason.PEER_TRUNCATED : protocolFailed(), failure);
        phase = Phase.CLOSING;
        outputClosed = true;
        inbound.handshakeOver();
        if (truncated) {
            outbound.close();
        } else {
            outbound.closeAfterFailure();
        }
    }

    private CloseReason protocolFailed() {
        return phase == Phase.OPENING ? CloseReason.HANDSHAKE_FAILED : CloseReason.PROTOCOL_VIOLATION;
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
            case CLOSING -> breakOff(CloseReason.WRITE_TIMEOUT, null);
            case LINGERING -> end(CloseReason.LOCAL_CLOSE, null);
            case ENDED -> {}
        }
    }

    private void closeNow(CloseReason why) {
        if (phase == Phase.OPENING) {
            end(why, null);
        } else if (phase == Phase.OPEN) {
            ending.because(peerEnded && why == CloseReason.LOCAL_CLOSE ? CloseReason.PEER_CLOSE : why, null);
            phase = Phase.CLOSING;
            outputClosed = true;
            outbound.close();
        }
    }

    private void breakOff(CloseReason why, @Nullable Throwable lyingBehind) {
        if (phase == Phase.CLOSING) {
            ending.brokenOff(why, lyingBehind);
        }
        end(why, lyingBehind);
    }

    void end(CloseReason why, @Nullable Throwable lyingBehind) {
        if (phase != Phase.ENDED) {
            phase = Phase.ENDED;
            outputClosed = true;
            ending.because(why, lyingBehind);
            transport.close();
        }
    }

    @Override
    public String toString() {
        return "connection " + Long.toHexString(id()) + " from " + remoteAddress() + " at " + localAddress() + " ["
                + phase + " " + filter.getClass().getSimpleName() + (inbound.reading() ? " reading" : "")
                + (outbound.writing() ? " writing" : "") + (task.running() ? " task" : "") + (blocked ? " blocked" : "")
                + ", " + pendingBytes + " bytes pending]";
    }
}
