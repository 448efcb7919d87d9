// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ProtocolViolationException;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import org.jspecify.annotations.Nullable;

/**
 * How a connection ends: finds the reason for what has failed, tells those who observe, and closes the socket. What was pending
 * comes back in its time. Touched by the strand alone, but for what says otherwise.
 */
final class Endings implements Output.Owner {

    private final Parts parts;

    Endings(Parts parts) {
        this.parts = parts;
    }

    /** From any thread. */
    @Override
    public void send(Inbox.Message message) {
        parts.requests.send(message);
    }

    /** Ends the connection at once. */
    void end(CloseReason why, @Nullable Throwable cause) {
        if (parts.life.ended()) {
            return;
        }
        boolean handshake = parts.life.handshaking();
        boolean closing = parts.life.state() == Life.State.CLOSING;
        parts.life.become(Life.State.ENDED);
        parts.requests.endOutput();
        try {
            if (closing) {
                parts.life.brokenOff(why, cause);
            }
            parts.life.because(why, handshake ? handshakeEnds(why, cause) : cause);
        } catch (Throwable noMemory) {
            parts.life.unsaid();
            throw noMemory;
        } finally {
            parts.transport.close();
        }
    }

    /**
     * Ends the connection in order, if there is any: a handshake is broken off.
     *
     * @return whether what was written is to be sent, and the end of the stream behind it
     */
    boolean close(CloseReason why) {
        if (parts.life.handshaking()) {
            end(why, null);
            return false;
        }
        if (!parts.life.delivers()) {
            return false;
        }
        parts.life.because(
                parts.life.peerEnded() && why == CloseReason.LOCAL_CLOSE ? CloseReason.PEER_CLOSE : why, null);
        becomeClosing();
        return true;
    }

    private void becomeClosing() {
        parts.life.become(Life.State.CLOSING);
        parts.requests.endOutput();
    }

    /**
     * TLS has failed, in a connection that goes on: from here on it sends the filter's last words, whatever those do who are told.
     *
     * @param why what the connection ends for
     * @return whether that was a handshake that somebody may wait for
     */
    boolean tlsFailed(CloseReason why, TlsException failure) {
        boolean handshake = parts.life.handshaking();
        boolean violated = parts.life.state() == Life.State.OPEN && why != CloseReason.PEER_TRUNCATED;
        parts.life.because(why, failure);
        becomeClosing();
        parts.opening.handshakeOver();
        if (violated) {
            parts.home.violated(parts.connection, failure);
        } else if (handshake) {
            var unused = handshakeEnds(parts.life.ending().reason(), failure);
        }
        return !violated;
    }

    /** Whether the peer of a server has gone without a byte, as health checks do: that is no handshake, and so none that failed. */
    boolean leftUnused(TlsException failure) {
        return parts.server
                && parts.life.state() == Life.State.OPENING
                && parts.counters.networkIn() == 0
                && failure.failure() == HandshakeFailure.TRUNCATED;
    }

    /**
     * The handshake has failed, unless one of the two has given it up.
     *
     * @return what is told as the cause
     */
    private @Nullable Throwable handshakeEnds(CloseReason why, @Nullable Throwable cause) {
        TlsException failure = HandshakeEnd.of(why, cause, parts.opening.negotiating(), parts.counters.networkIn());
        if (failure == null) {
            return cause;
        }
        parts.home.handshakeFailed(parts.connection, failure, parts.opening.time());
        return failure;
    }

    @Override
    public void handlerFailed(Throwable failure) {
        if (failure instanceof ProtocolViolationException) {
            end(CloseReason.PROTOCOL_VIOLATION, failure);
            parts.home.peerAtFault(parts.connection, String.valueOf(failure.getMessage()));
        } else if (failure instanceof BufferShortageException) {
            shortOfMemory(failure);
        } else {
            end(CloseReason.HANDLER_FAILED, failure);
            parts.home.handlerFailed(parts.connection, failure);
        }
    }

    /** Ends the connection after a failure that is not the application's. */
    void defective(Throwable failure) {
        try {
            if (failure instanceof BufferShortageException) {
                shortOfMemory(failure);
            } else {
                end(CloseReason.IO_FAILED, failure);
                parts.home.defect(parts.connection, failure);
            }
        } catch (Throwable noMemoryToSaySo) {
            parts.transport.close();
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
        if (!parts.life.ended()) {
            end(CloseReason.MEMORY_LIMIT, shortage);
            parts.home.shortOfMemory(parts.connection, shortage);
        }
    }

    /** Buffers are short, and it holds so many bytes of them for a peer that takes nothing. */
    void greedy(long held) {
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
        if (!parts.life.ended()) {
            parts.home.bufferChanged(parts.connection, fault);
        }
        end(CloseReason.BUFFER_CHANGED, fault);
    }

    /** The handler has left more unread than it may. */
    void leftTooMuch(int unread, int most) {
        end(CloseReason.UNREAD_LIMIT, null);
        parts.home.leftTooMuch(parts.connection, unread, most);
    }

    /** There is something that must not be while the filter changes. */
    void upgradeViolated(String what) {
        end(CloseReason.UPGRADE_VIOLATION, Upgrade.violation(what));
    }

    /** The socket could not be closed, and what was lent to it is given up. */
    void buffersLost() {
        parts.home.buffersLost(parts.connection);
    }
}
