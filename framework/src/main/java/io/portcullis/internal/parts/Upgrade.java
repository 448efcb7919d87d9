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
 * One change of an open connection's filter, as one transaction: {@linkplain ToTls to TLS}, or {@linkplain ToPlain back
 * to plain}. Nothing is written by anybody while it lasts. It says what is to be done next, and its connection does so.
 * Touched by the strand alone.
 */
public abstract sealed class Upgrade {
    /** How many bytes had come from the peer when the code began that has asked for it. */
    private long receivedBefore;

    /** Whether everything that was accepted to be written before has come. */
    private boolean behindWrites;

    private Upgrade() {}

    /** It is under way: asked for by code that began when so many bytes had come from the peer. */
    public void begins(long received) {
        receivedBefore = received;
    }

    public long receivedBefore() {
        return receivedBefore;
    }

    /** Whether something may be on its way to the strand that leaves in front of it. */
    public boolean awaitsWrites() {
        return !behindWrites;
    }

    /** Nothing is any more, nor will be. */
    public void writesHaveCome() {
        behindWrites = true;
    }

    /** Whether what arrives must wait. */
    public abstract boolean holdsInput();

    /** The peer has ended its TLS stream; returns whether that is what is waited for. */
    public abstract boolean peerStopped();

    /** The connection has ended before. May be called again. */
    public abstract void fail(Throwable cause);

    /** Why the connection ends, if TLS fails meanwhile. */
    public abstract CloseReason reasonFor(HandshakeFailure failure);

    public static TlsException violation(String what) {
        return new TlsException(HandshakeFailure.UPGRADE_VIOLATION, what, null);
    }

    /**
     * What was written is sent, nothing is read -> the filter is replaced -> handshake.
     *
     * <pre>
     *   ASKED -- nothing has come too early --> FLUSHING -- sent --> SWITCHED
     * </pre>
     */
    public static final class ToTls extends Upgrade {
        public enum TlsStart {
            /** In this turn, and nobody has looked what lies behind the command. */
            ASKED,
            /** What was written before is being sent. */
            FLUSHING,
            /** All of that is sent: TLS is negotiated. */
            SWITCHED
        }

        public static final Transitions<TlsStart> TRANSITIONS = new Transitions<>(TlsStart.class)
                .allow(TlsStart.ASKED, EnumSet.of(TlsStart.FLUSHING))
                .allow(TlsStart.FLUSHING, EnumSet.of(TlsStart.SWITCHED));

        /** The peer has not begun to speak TLS. */
        private static final Set<HandshakeFailure> UNUPGRADED = EnumSet.of(
                HandshakeFailure.PLAIN_HTTP,
                HandshakeFailure.NOT_TLS,
                HandshakeFailure.SSL2_HELLO,
                HandshakeFailure.NO_CLIENT_HELLO,
                HandshakeFailure.UPGRADE_VIOLATION);

        private final Filter tls;
        private final CompletableFuture<TlsSession> secured;
        private TlsStart state = TlsStart.ASKED;

        /**
         * Asked for.
         *
         * @param tls takes over; belongs to the change until {@link #filter} is taken, or the change fails
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
         * At the end of the turn in which it was asked for: whatever comes later is judged by the handshake.
         *
         * @param tooEarly whether bytes are there that arrived behind the command
         * @return whether they must not be
         */
        public boolean look(boolean tooEarly) {
            if (state != TlsStart.ASKED) {
                return false;
            }
            become(TlsStart.FLUSHING);
            return tooEarly;
        }

        /**
         * At the end of a turn.
         *
         * @param flushed whether what was written has left
         * @return whether the filter takes over now, and begins the handshake
         */
        public boolean advance(boolean flushed) {
            boolean switches = state == TlsStart.FLUSHING && flushed;
            if (switches) {
                become(TlsStart.SWITCHED);
            }
            return switches;
        }

        /** The filter that takes over, whose owner its connection is from now on. */
        public Filter filter() {
            if (state != TlsStart.SWITCHED) {
                throw new IllegalStateException("there is no filter to take over");
            }
            return tls;
        }

        /** Both speak TLS. */
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
     * What was written before has come, and is sent, close_notify behind it -> the peer's close_notify -> the filter is
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
            /** What was written before is being sent, and the end of the TLS stream behind it. */
            FLUSHING,
            /** The same, but the peer has ended its TLS stream already. */
            PEER_FIRST,
            /** All of that is sent. */
            AWAITS_PEER,
            /** Both have ended TLS. */
            DONE
        }

        /** What its connection is to do. */
        public enum Next {
            NOTHING,
            /** Wait for the peer's close_notify. */
            AWAIT_PEER,
            /** Go on without TLS. */
            GO_ON_PLAIN
        }

        public static final Transitions<TlsEnd> TRANSITIONS = new Transitions<>(TlsEnd.class)
                .allow(TlsEnd.FLUSHING, EnumSet.of(TlsEnd.PEER_FIRST, TlsEnd.AWAITS_PEER))
                .allow(TlsEnd.PEER_FIRST, EnumSet.of(TlsEnd.DONE))
                .allow(TlsEnd.AWAITS_PEER, EnumSet.of(TlsEnd.DONE));

        private final CompletableFuture<Void> plain;
        private TlsEnd state = TlsEnd.FLUSHING;

        /** Asked for. */
        public ToPlain(CompletableFuture<Void> plain) {
            this.plain = plain;
        }

        private void become(TlsEnd next) {
            state = TRANSITIONS.follow(state, next);
        }

        /** With TLS 1.2 the peer's close_notify would end the output, too, in front of what was accepted before. */
        @Override
        public boolean holdsInput() {
            return awaitsWrites();
        }

        /**
         * At the end of a turn.
         *
         * @param stopped whether what was written has left, and the end of the TLS stream behind it
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

        /** Both speak plaintext. */
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
