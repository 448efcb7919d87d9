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
import org.jspecify.annotations.Nullable;

/**
 * One change of an open connection's filter, as one transaction: to TLS, or back to plain. Nothing is written by anybody while
 * it lasts. It says what is to be done next, and its connection does so. Touched by the strand alone.
 *
 * <pre>
 *   to TLS:   what was written is sent, nothing is read -> the filter is replaced -> handshake
 *
 *             ASKED -- nothing has come too early --> FLUSHING -- sent --> SWITCHED
 *
 *   to plain: what was written is sent, close_notify behind it -> the peer's close_notify -> the filter is replaced
 *
 *             ASKED -----> FLUSHING -- sent --> SWITCHED -- the peer's close_notify --> DONE
 *               |              |                                                         ^
 *               +--------------+-- the peer's close_notify --> PEER_FIRST -- sent -------+
 * </pre>
 */
public final class Upgrade {
    public enum State {
        /** In this turn, and nobody has looked what lies behind the command. */
        ASKED,
        /** What was written before is being sent. */
        FLUSHING,
        /** The same, but the peer has ended its TLS stream already. */
        PEER_FIRST,
        /** All of that is sent: TLS is negotiated, or the peer's close_notify awaited. */
        SWITCHED,
        /** Both have ended TLS. */
        DONE
    }

    /** What its connection is to do. */
    public enum Next {
        NOTHING,
        /** Begin the handshake: the filter takes over. */
        SECURE,
        /** Wait for the peer's close_notify. */
        AWAIT_PEER,
        /** Go on without TLS. */
        GO_ON_PLAIN
    }

    /** The peer has not begun to speak TLS. */
    private static final Set<HandshakeFailure> UNUPGRADED = EnumSet.of(
            HandshakeFailure.PLAIN_HTTP,
            HandshakeFailure.NOT_TLS,
            HandshakeFailure.SSL2_HELLO,
            HandshakeFailure.NO_CLIENT_HELLO,
            HandshakeFailure.UPGRADE_VIOLATION);

    public static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.ASKED, EnumSet.of(State.FLUSHING, State.PEER_FIRST))
            .allow(State.FLUSHING, EnumSet.of(State.SWITCHED, State.PEER_FIRST))
            .allow(State.PEER_FIRST, EnumSet.of(State.DONE))
            .allow(State.SWITCHED, EnumSet.of(State.DONE));

    /** The filter that takes over, if that is TLS. */
    private final @Nullable Filter tls;

    private final @Nullable CompletableFuture<TlsSession> secured;
    private final @Nullable CompletableFuture<Void> plain;
    private State state = State.ASKED;

    /** How many bytes had come from the peer when the code began that has asked for it. */
    private long receivedBefore;

    private Upgrade(
            @Nullable Filter tls,
            @Nullable CompletableFuture<TlsSession> secured,
            @Nullable CompletableFuture<Void> plain) {
        this.tls = tls;
        this.secured = secured;
        this.plain = plain;
    }

    /** A change to TLS; the filter belongs to it until {@link #filter} is taken, or it fails. */
    public static Upgrade toTls(Filter tls, CompletableFuture<TlsSession> secured) {
        return new Upgrade(tls, secured, null);
    }

    /** The way back. */
    public static Upgrade toPlain(CompletableFuture<Void> plain) {
        return new Upgrade(null, null, plain);
    }

    /** It is under way: asked for by code that began when so many bytes had come from the peer. */
    public void begins(long received) {
        receivedBefore = received;
    }

    public long receivedBefore() {
        return receivedBefore;
    }

    State state() {
        return state;
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    public boolean toTls() {
        return tls != null;
    }

    /** Whether what arrives must wait. */
    public boolean holdsInput() {
        return tls != null && state != State.SWITCHED;
    }

    /** The filter that takes over, whose owner its connection is from now on. */
    public Filter filter() {
        if (tls == null || state != State.SWITCHED) {
            throw new IllegalStateException("there is no filter to take over");
        }
        return tls;
    }

    /**
     * At the end of the turn in which it was asked for: whatever comes later is judged by the handshake.
     *
     * @param tooEarly whether bytes are there that arrived behind the command
     * @return whether they must not be
     */
    public boolean look(boolean tooEarly) {
        if (state != State.ASKED) {
            return false;
        }
        become(State.FLUSHING);
        return tls != null && tooEarly;
    }

    /**
     * At the end of a turn.
     *
     * @param flushed whether what was written has left
     * @param stopped whether the end of the TLS stream has left, too
     */
    public Next next(boolean flushed, boolean stopped) {
        if (state == State.FLUSHING && (tls == null ? stopped : flushed)) {
            become(State.SWITCHED);
            return tls == null ? Next.AWAIT_PEER : Next.SECURE;
        }
        if (state == State.PEER_FIRST && stopped) {
            become(State.DONE);
        }
        return state == State.DONE ? Next.GO_ON_PLAIN : Next.NOTHING;
    }

    /** The peer has ended its TLS stream; returns whether that is what is waited for. */
    public boolean peerStopped() {
        if (tls == null && state != State.PEER_FIRST && state != State.DONE) {
            become(state == State.SWITCHED ? State.DONE : State.PEER_FIRST);
        }
        return tls == null;
    }

    /** Both speak TLS. */
    public void secured(TlsSession session) {
        if (secured != null) {
            secured.complete(session);
        }
    }

    /** Both speak plaintext. */
    public void plain() {
        if (plain != null) {
            plain.complete(null);
        }
    }

    /** The connection has ended before. May be called again. */
    public void fail(Throwable cause) {
        try {
            if (tls != null && state != State.SWITCHED) {
                tls.free();
            }
        } finally {
            if (secured != null) {
                secured.completeExceptionally(cause);
            } else if (plain != null) {
                plain.completeExceptionally(cause);
            }
        }
    }

    /** Why the connection ends, if TLS fails meanwhile. */
    public CloseReason reasonFor(HandshakeFailure failure) {
        if (tls == null) {
            return CloseReason.PROTOCOL_VIOLATION;
        }
        return UNUPGRADED.contains(failure) ? CloseReason.UPGRADE_VIOLATION : CloseReason.HANDSHAKE_FAILED;
    }

    public static TlsException violation(String what) {
        return new TlsException(HandshakeFailure.UPGRADE_VIOLATION, what, null);
    }
}
