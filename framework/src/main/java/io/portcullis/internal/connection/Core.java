// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.ProtocolViolationException;
import io.portcullis.Traffic;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.parts.Input;
import io.portcullis.internal.parts.Life;
import io.portcullis.internal.parts.Output;
import io.portcullis.internal.parts.Requests;
import io.portcullis.internal.parts.SocketWrite;
import io.portcullis.internal.parts.Upgrade;
import io.portcullis.internal.wire.Transport;
import io.portcullis.tls.TlsException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The passive parts of a connection, which do not know each other, and how a connection ends. Ending it determines the
 * reason, notifies the observers and closes the socket; pending operations complete later. Confined to the strand,
 * except where noted otherwise.
 */
final class Core implements Output.Owner {
    /** The connection as handlers and observers see it. */
    final CountedConnection connection;

    final Home home;
    final Transport transport;
    final Strand strand;
    final Requests requests;
    final Life life = new Life();
    final ConnectionDeadline deadline;
    final Input input;
    final SocketWrite socketWrite;
    final Output output;

    /** Present until the connection is open, and while a handshake runs. */
    @Nullable
    Opening opening;

    /**
     * Creates the parts of a connection that has not begun.
     *
     * @param connection the connection as handlers and observers see it
     * @param gate decides on its filters, or null if that is already decided
     */
    Core(CountedConnection connection, Home home, Transport transport, Strand strand, Opening.@Nullable Gate gate) {
        this.connection = connection;
        this.home = home;
        this.transport = transport;
        this.strand = strand;
        requests = new Requests(strand);
        opening = new Opening(home, strand, gate);
        deadline = new ConnectionDeadline(home, strand);
        input = new Input(strand, home.machine());
        socketWrite = new SocketWrite(strand);
        output = new Output(home.machine(), socketWrite);
    }

    /** Ends the connection immediately. */
    void end(CloseReason why, @Nullable Throwable cause) {
        if (life.ended()) {
            return;
        }
        boolean handshake = life.handshaking();
        boolean closing = life.state() == Life.State.CLOSING;
        life.become(Life.State.ENDED);
        requests.shutdownOutput();
        try {
            if (closing) {
                life.brokenOff(why, cause);
            }
            life.because(why, handshake ? handshakeEnds(why, cause) : cause);
        } catch (Throwable noMemory) {
            life.reasonUnknown();
            throw noMemory;
        } finally {
            transport.close();
        }
    }

    /**
     * Closes the connection gracefully if it is open; aborts a handshake.
     *
     * @return whether pending output has to be sent, followed by the end of the stream
     */
    boolean close(CloseReason why) {
        if (life.handshaking()) {
            end(why, null);
            return false;
        }
        if (!life.delivers()) {
            return false;
        }
        life.because(input.endDelivered() && why == CloseReason.LOCAL_CLOSE ? CloseReason.PEER_CLOSE : why, null);
        becomeClosing();
        return true;
    }

    private void becomeClosing() {
        life.become(Life.State.CLOSING);
        requests.shutdownOutput();
    }

    /**
     * Called when TLS has failed on a connection that is still alive: from now on it sends the filter's final output,
     * such as an alert, whatever its observers do.
     *
     * @param why the reason for which the connection ends
     * @return whether a handshake failed that a caller may be waiting for
     */
    boolean tlsFailed(CloseReason why, TlsException failure) {
        boolean handshake = life.handshaking();
        boolean violated = life.state() == Life.State.OPEN && why != CloseReason.PEER_TRUNCATED;
        life.because(why, failure);
        becomeClosing();
        handshakeOver();
        if (violated) {
            home.audience().violated(connection, failure);
        } else if (handshake) {
            var unused = handshakeEnds(life.ending().reason(), failure);
        }
        return !violated;
    }

    /** Leaves the gate. */
    void leaveGate() {
        if (opening != null) {
            opening.leaveGate();
        }
    }

    /** Releases the handshake's slot: another handshake may run. */
    void handshakeOver() {
        if (opening != null) {
            opening.handshakeOver();
        }
    }

    /**
     * Reports the failure of the handshake, unless one of the two sides has cancelled it.
     *
     * @return the cause to report
     */
    private @Nullable Throwable handshakeEnds(CloseReason why, @Nullable Throwable cause) {
        Opening broken = opening;
        TlsException failure =
                broken == null ? null : HandshakeEnd.of(why, cause, broken.negotiating(), input.networkBytes());
        if (broken == null || failure == null) {
            return cause;
        }
        home.audience().handshakeFailed(connection, failure, broken.time());
        return failure;
    }

    @Override
    public void handlerFailed(Throwable failure) {
        if (failure instanceof ProtocolViolationException violation) {
            ByteBuffer reply = violation.reply().orElse(null);
            if (reply == null || life.state() != Life.State.OPEN || Requests.refuses(requests.standing())) {
                end(CloseReason.PROTOCOL_VIOLATION, violation);
            } else {
                requests.closeBehindWrites(() -> reply(reply, violation));
            }
            home.audience().peerAtFault(connection, String.valueOf(violation.getMessage()));
        } else if (failure instanceof BufferShortageException) {
            shortOfMemory(failure);
        } else {
            end(CloseReason.HANDLER_FAILED, failure);
            home.audience().handlerFailed(connection, failure);
        }
    }

    /**
     * Closes the connection gracefully after a violation of the application's protocol, with a reply to the peer unless
     * the output has ended in the meantime.
     */
    private void reply(ByteBuffer reply, ProtocolViolationException violation) {
        if (life.state() == Life.State.OPEN) {
            life.because(CloseReason.PROTOCOL_VIOLATION, violation);
            attempt(() -> {
                if (!requests.outputEnded()) {
                    output.copy(reply);
                }
                becomeClosing();
                output.close();
            });
        }
    }

    /** Ends the connection after a failure that was not caused by the application. */
    void defective(Throwable failure) {
        try {
            if (failure instanceof BufferShortageException) {
                shortOfMemory(failure);
            } else {
                end(CloseReason.IO_FAILED, failure);
                home.audience().defect(connection, failure);
            }
        } catch (Throwable noMemoryToSaySo) {
            transport.close();
        }
    }

    /** Runs a step whose failure must not prevent the next one. */
    void attempt(Runnable step) {
        try {
            step.run();
        } catch (Throwable defect) {
            defective(defect);
        }
    }

    private void shortOfMemory(Throwable shortage) {
        if (!life.ended()) {
            end(CloseReason.MEMORY_LIMIT, shortage);
            home.audience().shortOfMemory(connection, shortage);
        }
    }

    /**
     * Ends the connection because buffers are short and it holds this many bytes of them for a peer that does not read.
     */
    private void greedy(long held) {
        shortOfMemory(new BufferShortageException("ended because buffers are short and it held " + held
                + " bytes of them for a peer that does not read; raise the budget (BufferPool.Builder.budget,"
                + " -XX:MaxDirectMemorySize), or lower the watermarks, the write timeout or the ConnectionLimits"));
    }

    @Override
    public void fileFailed(Throwable failure) {
        end(CloseReason.FILE_FAILED, failure);
    }

    /**
     * Ends the connection because the application has touched a buffer of a pending write, so that its contents are
     * unknown.
     */
    void bufferChanged() {
        faulty("the position or limit of a buffer was changed before its write completed, so its contents may have"
                + " changed as well; leave it alone until then, or use write(buffer), which copies");
    }

    /** Ends the connection because the application has misused a buffer. */
    void faulty(String what) {
        IllegalStateException fault = new IllegalStateException(what);
        if (!life.ended()) {
            home.audience().bufferChanged(connection, fault);
        }
        end(CloseReason.BUFFER_CHANGED, fault);
    }

    /**
     * Ends the connection because the handler has left more bytes unread than the limit allows; not if it is about to
     * close, because these bytes are then not presented again.
     */
    void leftTooMuch(int unread, int most) {
        if (!requests.closeRequested()) {
            end(CloseReason.UNREAD_LIMIT, null);
            home.audience().leftTooMuch(connection, unread, most);
        }
    }

    /** Ends the connection because bytes lie where none may while the filter changes. */
    void upgradeViolated(String what) {
        end(CloseReason.UPGRADE_VIOLATION, Upgrade.violation(what));
    }

    /** Called when the socket could not be closed, and the buffers lent to it are given up. */
    void buffersLost() {
        home.audience().buffersLost(connection);
    }

    // From any thread:

    @Override
    public void send(Inbox.Message message) {
        requests.send(message);
    }

    /**
     * Requests the end of the connection, gracefully or immediately depending on the signal; from now on no writes are
     * accepted.
     */
    void requestEnd(int signal) {
        requests.requestClose();
        strand.signal(signal);
    }

    /** Whether all operations have completed and their outcome was reported, or is about to be. */
    boolean over() {
        return life.state() == Life.State.OVER;
    }

    /** Returns how many bytes were accepted for writing but not yet sent. */
    long pendingBytes() {
        // In this order, bytes that move from the inbox to the output are not missed
        return requests.posted() + output.pending();
    }

    Traffic traffic() {
        return new Traffic(
                input.networkBytes(), socketWrite.networkBytes(), input.applicationBytes(), output.applicationBytes());
    }

    /**
     * Returns whether the handler may take more. A handler that stops because of back-pressure, or because of a change
     * to TLS that is then refused, is called again once the obstacle is gone.
     *
     * @param changesToTls whether such a change was requested or is under way
     */
    boolean receiving(boolean changesToTls) {
        if (!life.delivers() || input.paused() || requests.closeRequested()) {
            return false;
        }
        boolean room = !changesToTls && pendingBytes() <= home.settings().highWatermark();
        if (!room) {
            requests.inTurn(input::presentAgain);
        }
        return room;
    }

    /**
     * Returns approximately how many bytes of the pool the connection holds for a peer that has taken nothing since
     * then, or 0 if the peer reads or nothing waits for it.
     */
    long heldInVain(long since) {
        boolean stalled = socketWrite.underWay() && deadline.lastSent() - since <= 0;
        return stalled ? output.held() + input.held() : 0;
    }

    /** Ends the connection in a turn, if it still holds buffers in vain by then. */
    void endIfGreedy(long since) {
        requests.enqueue(() -> {
            long held = life.ended() ? 0 : heldInVain(since);
            if (held > 0) {
                greedy(held);
            }
        });
    }

    /** Whether the system may still read the buffers of failed writes, so that they must not be reused. */
    boolean mayTouchBuffers() {
        return socketWrite.mayBeTouched(transport);
    }
}
