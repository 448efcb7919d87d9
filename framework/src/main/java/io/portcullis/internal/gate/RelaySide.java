// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.connection.Role;
import io.portcullis.internal.connection.SocketConnection;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One side of a relay: data received here is sent on the other side. The buffers of data received here and not yet sent
 * there are counted at full capacity. Above {@value #HIGH} bytes this side is not read, until the count is down to
 * {@value #LOW}, so a slow reader on one side slows down the sender on the other. The end of the input here ends the
 * output there, and nothing else: the other direction continues.
 */
public class RelaySide implements ConnectionHandler, Role {
    public static final int HIGH = 256 * 1024;
    static final int LOW = 96 * 1024;

    private static final int CHUNK = 64 * 1024;

    private final BufferPool buffers;
    private final @Nullable ConnectionHandler owner;
    private final AtomicLong underway = new AtomicLong();

    /** The connection of this side, once it is open. */
    volatile @Nullable Connection own;

    private volatile @Nullable Connection other;

    /**
     * Creates a side.
     *
     * @param buffers provides the buffers of data in transit
     * @param owner notified of the end of this side
     */
    public RelaySide(BufferPool buffers, @Nullable ConnectionHandler owner) {
        this.buffers = buffers;
        this.owner = owner;
    }

    /** Sets the connection to send to. Called before the first byte is received. */
    public final void passesTo(Connection there) {
        other = there;
    }

    @Override
    public final void onData(Connection here, ByteBuffer data) {
        Connection there = other;
        while (there != null && data.hasRemaining()) {
            int length = Math.min(CHUNK, data.remaining());
            Sent sent = new Sent(here, there, length);
            Lease lease = buffers.lease(length);
            lease.buffer().put(0, data, data.position(), length).limit(length);
            data.position(data.position() + length);
            underway.addAndGet(lease.capacity());
            there.write(lease.buffer(), lease, sent);
        }
        if (underway.get() > HIGH) {
            here.pause();
            if (underway.get() <= LOW) {
                // The data was sent just now, and the thread that noticed resumed before the pause
                here.resume();
            }
        }
    }

    /** Called on the strand of the other side. */
    private final class Sent implements CompletionHandler<Void, Lease> {
        private final Connection here;
        private final Connection there;
        private final int length;

        Sent(Connection here, Connection there, int length) {
            this.here = here;
            this.there = there;
            this.length = length;
        }

        @Override
        public void completed(Void none, Lease lease) {
            int size = lease.capacity();
            lease.releaseWiped(length);
            done(size);
        }

        @Override
        public void failed(Throwable cause, Lease lease) {
            int size = lease.capacity();
            if (there instanceof SocketConnection target && target.mayTouchBuffers()) {
                lease.abandon();
            } else {
                lease.releaseWiped(length);
            }
            done(size);
        }

        private void done(int size) {
            long left = underway.addAndGet(-size);
            if (left <= LOW && left + size > LOW) {
                here.resume();
            }
        }
    }

    /**
     * Keeps a connection that may be idle only because what was received on it still has to be sent on the other one.
     */
    @Override
    public final boolean onIdle(Connection here, Idle idle) {
        return underway.get() > 0;
    }

    /** Does nothing, because the relayed protocol is unknown: the relay continues until the deadline. */
    @Override
    public final void onDrain(Connection here) {}

    @Override
    public final void onEndOfInput(Connection here) {
        Connection there = other;
        if (there != null) {
            there.shutdownOutput();
        }
    }

    @Override
    public final void onClose(Connection here, CloseReason reason, @Nullable Throwable cause) {
        Connection there = own == null ? null : other;
        if (there != null && reason != CloseReason.PEER_CLOSE) {
            boolean inOrder = reason == CloseReason.LOCAL_CLOSE
                    || reason == CloseReason.SHUTDOWN
                    || reason == CloseReason.IDLE_TIMEOUT;
            if (inOrder) {
                there.close();
            } else {
                there.abort();
            }
        }
    }

    @Override
    public final boolean relays() {
        return true;
    }

    /**
     * Returns the handler that would serve this connection if it were not relayed; it is notified of the end, and of
     * nothing else.
     */
    @Override
    public final @Nullable ConnectionHandler owner() {
        return owner;
    }
}
