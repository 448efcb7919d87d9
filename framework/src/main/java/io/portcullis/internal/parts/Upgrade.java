// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.CloseReason;
import io.portcullis.internal.states.Transitions;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/**
 * A change of an open connection's filter, as one transaction: {@linkplain ToTls to TLS}, or {@linkplain ToPlain back
 * to plain}. Nothing is written during the change. It determines the next action, which the connection performs.
 * Confined to the strand.
 */
public abstract sealed class Upgrade {
    /** The number of bytes that had been received when the code that requested the change began. */
    private long receivedBefore;

    /** Whether all writes accepted before have arrived. */
    private boolean behindWrites;

    private Upgrade() {}

    /** Begins; the code that requested the change began when the given number of bytes had been received. */
    public void begins(long received) {
        receivedBefore = received;
    }

    public long receivedBefore() {
        return receivedBefore;
    }

    /** Returns whether writes that precede the change may still be on their way to the strand. */
    public boolean awaitsWrites() {
        return !behindWrites;
    }

    /** Records that no such write will arrive any more. */
    public void writesHaveCome() {
        behindWrites = true;
    }

    /** Returns whether received bytes must wait. */
    public abstract boolean holdsInput();

    /** The peer has ended its TLS stream; returns whether this was expected. */
    public abstract boolean peerStopped();

    /** Fails, because the connection has ended before. May be called again. */
    public abstract void fail(Throwable cause);

    /** Returns why the connection ends if TLS fails during the change. */
    public abstract CloseReason reasonFor(HandshakeFailure failure);

    public static TlsException violation(String what) {
        return new TlsException(HandshakeFailure.UPGRADE_VIOLATION, what, null);
    }

    /**
     * Pending writes are sent without reading -> the filter is replaced -> handshake.
     *
     * <pre>
     *   REQUESTED -- no bytes after the command --> FLUSHING -- sent --> SWITCHED
     * </pre>
     */
    public static final class ToTls extends Upgrade {
        public enum TlsStart {
            /** Requested in the current turn; not yet checked whether bytes follow the command. */
            REQUESTED,
            /** Pending writes are being sent. */
            FLUSHING,
            /** All pending writes were sent: TLS is negotiated. */
            SWITCHED
        }

        public static final Transitions<TlsStart> TRANSITIONS = new Transitions<>(TlsStart.class)
                .allow(TlsStart.REQUESTED, EnumSet.of(TlsStart.FLUSHING))
                .allow(TlsStart.FLUSHING, EnumSet.of(TlsStart.SWITCHED));

        /** Failures of a peer that has not begun to speak TLS. */
        private static final Set<HandshakeFailure> UNUPGRADED = EnumSet.of(
                HandshakeFailure.PLAIN_HTTP,
                HandshakeFailure.NOT_TLS,
                HandshakeFailure.SSL2_HELLO,
                HandshakeFailure.NO_CLIENT_HELLO,
                HandshakeFailure.UPGRADE_VIOLATION);

        private final Filter tls;
        private final CompletableFuture<TlsSession> secured;
        private TlsStart state = TlsStart.REQUESTED;

        /**
         * Creates a requested change.
         *
         * @param tls the new filter; belongs to the change until {@link #filter} returns it, or the change fails
         */
        public ToTls(Filter tls, CompletableFuture<TlsSession> secured) {
            this.tls = tls;
            this.secured = secured;
        }

        private void become(TlsStart next) {
            state = TRANSITIONS.follow(state, next);
        }

        @Override
        public boolean holdsInput() {
            return state != TlsStart.SWITCHED;
        }

        /**
         * Called at the end of the turn in which the change was requested; later bytes belong to the handshake.
         *
         * @param tooEarly whether bytes were received after the command
         * @return whether this is a violation
         */
        public boolean look(boolean tooEarly) {
            if (state != TlsStart.REQUESTED) {
                return false;
            }
            become(TlsStart.FLUSHING);
            return tooEarly;
        }

        /**
         * Called at the end of a turn.
         *
         * @param flushed whether all pending writes were sent
         * @return whether the new filter takes over now, and begins the handshake
         */
        public boolean advance(boolean flushed) {
            boolean switches = state == TlsStart.FLUSHING && flushed;
            if (switches) {
                become(TlsStart.SWITCHED);
            }
            return switches;
        }

        /** Returns the new filter, which belongs to the connection from now on. */
        public Filter filter() {
            if (state != TlsStart.SWITCHED) {
                throw new IllegalStateException("there is no new filter");
            }
            return tls;
        }

        /** Records that the handshake is complete. */
        public void secured(TlsSession session) {
            secured.complete(session);
        }

        @Override
        public boolean peerStopped() {
            return false;
        }

        @Override
        public void fail(Throwable cause) {
            try {
                if (state != TlsStart.SWITCHED) {
                    tls.free();
                }
            } finally {
                secured.completeExceptionally(cause);
            }
        }

        @Override
        public CloseReason reasonFor(HandshakeFailure failure) {
            return UNUPGRADED.contains(failure) ? CloseReason.UPGRADE_VIOLATION : CloseReason.HANDSHAKE_FAILED;
        }
    }

    /**
     * Pending writes arrive and are sent, followed by close_notify -> the peer's close_notify -> the filter is
     * replaced.
     *
     * <pre>
     *   FLUSHING -- sent --> AWAITS_PEER -- the peer's close_notify --> DONE
     *       |                                                            ^
     *       +-- the peer's close_notify --> PEER_FIRST -- sent ----------+
     * </pre>
     */
    public static final class ToPlain extends Upgrade {
        public enum TlsEnd {
            /** Pending writes are being sent, followed by the end of the TLS stream. */
            FLUSHING,
            /** The same, but the peer has already ended its TLS stream. */
            PEER_FIRST,
            /** All of it was sent. */
            AWAITS_PEER,
            /** Both sides have ended TLS. */
            DONE
        }

        /** The connection's next action. */
        public enum Next {
            NOTHING,
            /** Wait for the peer's close_notify. */
            AWAIT_PEER,
            /** Continue without TLS. */
            GO_ON_PLAIN
        }

        public static final Transitions<TlsEnd> TRANSITIONS = new Transitions<>(TlsEnd.class)
                .allow(TlsEnd.FLUSHING, EnumSet.of(TlsEnd.PEER_FIRST, TlsEnd.AWAITS_PEER))
                .allow(TlsEnd.PEER_FIRST, EnumSet.of(TlsEnd.DONE))
                .allow(TlsEnd.AWAITS_PEER, EnumSet.of(TlsEnd.DONE));

        private final CompletableFuture<Void> plain;
        private TlsEnd state = TlsEnd.FLUSHING;

        /** Creates a requested change. */
        public ToPlain(CompletableFuture<Void> plain) {
            this.plain = plain;
        }

        private void become(TlsEnd next) {
            state = TRANSITIONS.follow(state, next);
        }

        /** In TLS 1.2, the peer's close_notify would also end the output, before the writes accepted earlier. */
        @Override
        public boolean holdsInput() {
            return awaitsWrites();
        }

        /**
         * Called at the end of a turn.
         *
         * @param stopped whether all pending writes were sent, and the end of the TLS stream after them
         */
        public Next advance(boolean stopped) {
            if (state == TlsEnd.FLUSHING && stopped) {
                become(TlsEnd.AWAITS_PEER);
                return Next.AWAIT_PEER;
            }
            if (state == TlsEnd.PEER_FIRST && stopped) {
                become(TlsEnd.DONE);
            }
            return state == TlsEnd.DONE ? Next.GO_ON_PLAIN : Next.NOTHING;
        }

        @Override
        public boolean peerStopped() {
            switch (state) {
                case FLUSHING -> become(TlsEnd.PEER_FIRST);
                case AWAITS_PEER -> become(TlsEnd.DONE);
                case PEER_FIRST, DONE -> {}
            }
            return true;
        }

        /** Records that both sides speak plaintext. */
        public void plain() {
            plain.complete(null);
        }

        @Override
        public void fail(Throwable cause) {
            plain.completeExceptionally(cause);
        }

        @Override
        public CloseReason reasonFor(HandshakeFailure failure) {
            return CloseReason.PROTOCOL_VIOLATION;
        }
    }
}
