// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.gate;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import io.portcullis.internal.connection.Role;
import io.portcullis.internal.connection.SocketConnection;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * One end of a relay: what is received here is sent there. The buffers of what has left here and not yet there are
 * counted, however little is in each; above {@value #HIGH} bytes of them this side is not read, at {@value #LOW} it is
 * again, so a slow reader on one side slows the sender on the other down. The end of the input here is the end of the
 * output there, and nothing more: the other direction goes on.
 */
public class RelaySide implements ConnectionHandler, Role {
    public static final int HIGH = 256 * 1024;
    static final int LOW = 96 * 1024;

    private static final int CHUNK = 64 * 1024;

    private final BufferPool buffers;
    private final @Nullable ConnectionHandler owner;
    private final AtomicLong underway = new AtomicLong();

    /** This side, once it is open. */
    volatile @Nullable Connection own;

    private volatile @Nullable Connection other;

    /**
     * One side.
     *
     * @param buffers lends what is underway
     * @param owner is told of the end of this side
     */
    public RelaySide(BufferPool buffers, @Nullable ConnectionHandler owner) {
        this.buffers = buffers;
        this.owner = owner;
    }

    /** Where to; known before the first byte. */
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
                // It has left just before, and whoever saw that has resumed in front of the pause
                here.resume();
            }
        }
    }

    /** On the strand of the other side. */
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

    /** What passes through is not known: it goes on until the deadline. */
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

    /** The handler that would have this connection if it were not passed on; told of its end, and of nothing else. */
    @Override
    public final @Nullable ConnectionHandler owner() {
        return owner;
    }
}
