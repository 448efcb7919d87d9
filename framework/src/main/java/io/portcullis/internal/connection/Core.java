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
import org.jspecify.annotations.Nullable;

/**
 * What a connection is made of, and how that ends: the passive parts, which know nothing of each other, for those that
 * drive them. The end finds the reason for what has failed, tells those who observe, and closes the socket; what was
 * pending comes back in its time. Touched by the strand alone, but for what says otherwise.
 */
final class Core implements Output.Owner {
    /** As those know it who are told of it. */
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

    /** Until the connection is open, and while a handshake runs. */
    @Nullable
    Opening opening;

    /**
     * Of a connection that has not begun.
     *
     * @param connection as those know it who are told of it
     * @param gate what decides about its filters, or null if that is decided
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

    /** Ends the connection at once. */
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
            life.unsaid();
            throw noMemory;
        } finally {
            transport.close();
        }
    }

    /**
     * Ends the connection in order, if there is any: a handshake is broken off.
     *
     * @return whether what was written is to be sent, and the end of the stream behind it
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
     * TLS has failed, in a connection that goes on: from here on it sends the filter's last words, whatever those do
     * who are told.
     *
     * @param why what the connection ends for
     * @return whether that was a handshake that somebody may wait for
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

    /** The gate has nothing more to say. */
    void leaveGate() {
        if (opening != null) {
            opening.leaveGate();
        }
    }

    /** Another handshake may run. */
    void handshakeOver() {
        if (opening != null) {
            opening.handshakeOver();
        }
    }

    /**
     * The handshake has failed, unless one of the two has given it up.
     *
     * @return what is told as the cause
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
        if (failure instanceof ProtocolViolationException) {
            end(CloseReason.PROTOCOL_VIOLATION, failure);
            home.audience().peerAtFault(connection, String.valueOf(failure.getMessage()));
        } else if (failure instanceof BufferShortageException) {
            shortOfMemory(failure);
        } else {
            end(CloseReason.HANDLER_FAILED, failure);
            home.audience().handlerFailed(connection, failure);
        }
    }

    /** Ends the connection after a failure that is not the application's. */
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

    /** Carries out a step of ours that must not keep the next one from being carried out. */
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

    /** Buffers are short, and it holds so many bytes of them for a peer that takes nothing. */
    private void greedy(long held) {
        shortOfMemory(new BufferShortageException("ended, since buffers are short and it held " + held
                + " bytes of them for a peer that does not read; raise the budget (BufferPool.Builder.budget,"
                + " -XX:MaxDirectMemorySize), or lower the watermarks, the write timeout or the ConnectionLimits"));
    }

    @Override
    public void fileFailed(Throwable failure) {
        end(CloseReason.FILE_FAILED, failure);
    }

    /** The application has touched a buffer that it had given to a write, and nobody knows what is in it now. */
    void bufferChanged() {
        faulty(
                "the position or limit of a buffer was changed before its write was completed, so what it holds may be something"
                        + " else by now; leave it alone until then, or use write(buffer), which copies");
    }

    /** The application has done what it must not to a buffer. */
    void faulty(String what) {
        IllegalStateException fault = new IllegalStateException(what);
        if (!life.ended()) {
            home.audience().bufferChanged(connection, fault);
        }
        end(CloseReason.BUFFER_CHANGED, fault);
    }

    /** The handler has left more unread than it may. */
    void leftTooMuch(int unread, int most) {
        end(CloseReason.UNREAD_LIMIT, null);
        home.audience().leftTooMuch(connection, unread, most);
    }

    /** There is something that must not be while the filter changes. */
    void upgradeViolated(String what) {
        end(CloseReason.UPGRADE_VIOLATION, Upgrade.violation(what));
    }

    /** The socket could not be closed, and what was lent to it is given up. */
    void buffersLost() {
        home.audience().buffersLost(connection);
    }

    // From any thread:

    @Override
    public void send(Inbox.Message message) {
        requests.send(message);
    }

    /**
     * The connection is to end, in order or at once, as the signal says; from now on nothing is accepted to be written.
     */
    void askEnd(int signal) {
        requests.askClose();
        strand.signal(signal);
    }

    /** Whether everything has come back, and is told, or is about to be. */
    boolean over() {
        return life.state() == Life.State.OVER;
    }

    /** How many bytes were accepted, and have not left. */
    long pendingBytes() {
        // In this order, what goes over from the one to the other is not missed
        return requests.posted() + output.pending();
    }

    Traffic traffic() {
        return new Traffic(
                input.networkBytes(), socketWrite.networkBytes(), input.applicationBytes(), output.applicationBytes());
    }

    /**
     * Returns whether the handler may take more. One that stops short for the sake of back-pressure, or of a change to
     * TLS that is refused then, is called again when there is no need for it any more.
     *
     * @param changesToTls whether such a change is asked for or under way
     */
    boolean receiving(boolean changesToTls) {
        if (!life.delivers() || input.paused() || requests.closeAsked()) {
            return false;
        }
        boolean room = !changesToTls && pendingBytes() <= home.settings().highWatermark();
        if (!room) {
            requests.inTurn(input::presentAgain);
        }
        return room;
    }

    /**
     * How much of the pool it holds for a peer that has taken nothing since then, more or less; 0 if the peer takes, or
     * there is nothing for it.
     */
    long heldInVain(long since) {
        boolean stalled = socketWrite.underWay() && deadline.lastSent() - since <= 0;
        return stalled ? output.held() + input.held() : 0;
    }

    /** Ends the connection in a turn, if that still holds then. */
    void endIfGreedy(long since) {
        requests.tell(() -> {
            long held = life.ended() ? 0 : heldInVain(since);
            if (held > 0) {
                greedy(held);
            }
        });
    }

    /** Whether buffers of writes that fail may still be read by the system, and must be lent to nobody else. */
    boolean mayTouchBuffers() {
        return socketWrite.mayBeTouched(transport);
    }
}
