// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

import io.portcullis.tls.TlsSession;
import java.nio.ByteBuffer;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Two connections whose received bytes are sent to each other: a proxy between a client and a backend, each of them
 * plain or over TLS.
 *
 * <pre>{@code
 * public void onOpen(Connection front) {
 *     front.pause(); // until there is a backend
 *     client.connect("backend.example", 8080, (back, data) -> {}).whenComplete((back, failure) -> {
 *         if (failure == null) {
 *             Pipe.between(front, back);
 *         } else {
 *             front.close();
 *         }
 *     });
 * }
 * }</pre>
 *
 * <p><b>Back-pressure.</b> While one connection is not {@linkplain Connection#writable() writable}, the other one is
 * not read, so each direction holds about as much as the high watermark, however slow a reader is. A connection is not
 * closed as idle while the other one still has to send what was received from it.
 *
 * <p><b>The end.</b> When one peer ends its stream, the end is forwarded to the other one after everything else, and
 * the opposite direction continues (half-close). When one connection ends properly, so does the other, once everything
 * has been sent; when one is aborted or fails, the other is aborted, so a truncated stream does not look complete. With
 * TLS 1.2 a close_notify ends both directions (RFC 5246, 7.2.1), so there the end of the front's stream is not
 * forwarded to the back: its response would be lost. It ends when the back has responded, or after the idle timeout. An
 * engine that cannot half-close ({@link io.portcullis.tls.TlsFeature#HALF_CLOSE}) loses the response with TLS 1.3, too,
 * and is not suitable for the back.
 *
 * <p><b>Upgrades.</b> A connection of a pipe may be changed to TLS ({@link Connection#startTls}): the other one is not
 * read meanwhile. It must not be changed back ({@link Connection#stopTls}): nothing would resume the other one.
 *
 * <p>To forward a connection without decrypting it, see {@link Decision#relay}.
 */
public final class Pipe {
    private final AtomicLong forward = new AtomicLong();
    private final AtomicLong backward = new AtomicLong();
    private final CompletableFuture<Void> closed;

    private Pipe(Connection front, Connection back) {
        Side ofFront = new Side(back, forward, !halfCloses(back));
        Side ofBack = new Side(front, backward, false);
        ofFront.opposite = ofBack;
        ofBack.opposite = ofFront;
        back.handler(ofBack);
        try {
            front.handler(ofFront);
        } catch (IllegalStateException refused) {
            back.abort();
            throw refused;
        }
        closed = CompletableFuture.allOf(
                front.closed().thenAccept(reason -> end(back, reason)),
                back.closed().thenAccept(reason -> end(front, reason)));
    }

    /**
     * Connects two open connections to each other. Both are given to handlers of the pipe
     * ({@link Connection#handler(ConnectionHandler)}) and are read from then on, even if they were paused; what their
     * handlers left unread is passed on first. If one of them has ended already, the other one is ended, too.
     *
     * @param front the connection whose peer begins, usually the one that a server has accepted
     * @param back the connection whose peer responds, usually the one that a client has established
     * @return the pipe, which needs no reference to stay at work
     * @throws IllegalStateException if one of them is not open yet, or is relayed: the front keeps its handler, and the
     *     back does, too, unless it is the front that was refused, which aborts the back
     */
    public static Pipe between(Connection front, Connection back) {
        return new Pipe(front, back);
    }

    /**
     * Returns the number of bytes that were passed from the front to the back.
     *
     * @return the number of bytes so far
     */
    public long forwardBytes() {
        return forward.get();
    }

    /**
     * Returns the number of bytes that were passed from the back to the front.
     *
     * @return the number of bytes so far
     */
    public long backwardBytes() {
        return backward.get();
    }

    /**
     * Returns a future that completes when both connections have ended. The reason for each is provided by its own
     * {@link Connection#closed()}.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return closed.copy();
    }

    private static void end(Connection other, CloseReason reason) {
        switch (reason) {
            case PEER_CLOSE, LOCAL_CLOSE, SHUTDOWN, IDLE_TIMEOUT -> other.close();
            case LOCAL_ABORT,
                    PEER_TRUNCATED,
                    HANDSHAKE_FAILED,
                    HANDSHAKE_TIMEOUT,
                    CONNECT_TIMEOUT,
                    ADMISSION_REFUSED,
                    ADMISSION_TIMEOUT,
                    WRITE_TIMEOUT,
                    PROTOCOL_VIOLATION,
                    UPGRADE_VIOLATION,
                    UNREAD_LIMIT,
                    MEMORY_LIMIT,
                    HANDLER_FAILED,
                    BUFFER_CHANGED,
                    IO_FAILED,
                    FILE_FAILED -> other.abort();
        }
    }

    /** Whether a connection can end one direction and continue in the other one. */
    private static boolean halfCloses(Connection connection) {
        return connection
                .session()
                .map(TlsSession::protocol)
                .map("TLSv1.3"::equals)
                .orElse(true);
    }

    /** The handler of one of the two connections: it sends the received bytes on the other one. */
    private static final class Side implements ConnectionHandler {
        private final Connection other;
        private final AtomicLong count;
        private final boolean keepsEnd;
        private volatile boolean opened;

        @SuppressWarnings("NullAway.Init") // by the pipe, before either is used
        private Side opposite;

        /**
         * Creates the handler of one side.
         *
         * @param keepsEnd whether the end of this side's input is not passed on
         */
        Side(Connection other, AtomicLong count, boolean keepsEnd) {
            this.other = other;
            this.count = count;
            this.keepsEnd = keepsEnd;
        }

        @Override
        public void onOpen(Connection connection) {
            opened = true;
            connection.resume();
            if (connection.writable()) {
                // A previous handler may have received the onWritable that the opposite side waits for
                resumeOther();
            }
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            int length = data.remaining();
            if (other.write(data)) {
                count.addAndGet(length);
            }
            if (!other.writable()) {
                connection.pause();
                if (other.writable()) {
                    // It became writable before the pause, so onWritable is not called again
                    connection.resume();
                }
            }
        }

        @Override
        public void onWritable(Connection connection) {
            resumeOther();
        }

        @Override
        public void onSecured(Connection connection) {
            resumeOther();
        }

        /** Does nothing while the other connection still has its previous handler, which may have paused it. */
        private void resumeOther() {
            if (opposite.opened) {
                other.resume();
            }
        }

        /** Keeps a connection that may be idle only because the other one still has to send what was received here. */
        @Override
        public boolean onIdle(Connection connection, Idle idle) {
            return other.pendingBytes() > 0;
        }

        @Override
        public void onEndOfInput(Connection connection) {
            if (!halfCloses(connection)) {
                connection.close();
            } else if (!keepsEnd) {
                other.shutdownOutput();
            }
        }

        /** Does nothing: the transfer continues until the deadline of the drain. */
        @Override
        public void onDrain(Connection connection) {}
    }
}
