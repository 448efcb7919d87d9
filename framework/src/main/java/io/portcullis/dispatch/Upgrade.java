// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.tls.Filter;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.util.EnumSet;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One change of an open connection's filter, as one transaction: to TLS, or back to plain. Nothing is written by anybody while
 * it lasts. Touched by the strand alone.
 *
 * <pre>
 *   to TLS:  what was written is sent, nothing is read -> the filter is replaced -> handshake -> secured
 *   to plain: what was written is sent, close_notify behind it -> the peer's close_notify -> the filter is replaced
 * </pre>
 */
final class Upgrade {
    /** The peer has not begun to speak TLS. */
    private static final Set<HandshakeFailure> UNUPGRADED = EnumSet.of(
            HandshakeFailure.PLAIN_HTTP,
            HandshakeFailure.NOT_TLS,
            HandshakeFailure.SSL2_HELLO,
            HandshakeFailure.NO_CLIENT_HELLO,
            HandshakeFailure.UPGRADE_VIOLATION);

    private final ConnectionState connection;

    /** The filter that takes over, if that is TLS. */
    private final @Nullable Filter tls;

    private final @Nullable CompletableFuture<TlsSession> secured;
    private final @Nullable CompletableFuture<Void> plain;
    private boolean looked;
    private boolean switched;
    private boolean inputClosed;

    private Upgrade(
            ConnectionState connection,
            @Nullable Filter tls,
            @Nullable CompletableFuture<TlsSession> secured,
            @Nullable CompletableFuture<Void> plain) {
        this.connection = connection;
        this.tls = tls;
        this.secured = secured;
        this.plain = plain;
    }

    /** Begins a change to TLS; the filter belongs to it until it has taken over. */
    static Upgrade toTls(ConnectionState connection, Filter tls, CompletableFuture<TlsSession> secured) {
        return new Upgrade(connection, tls, secured, null);
    }

    /** Begins the way back. */
    static Upgrade toPlain(ConnectionState connection, CompletableFuture<Void> plain) {
        connection.outbound().stopTls();
        return new Upgrade(connection, null, null, plain);
    }

    boolean toTls() {
        return tls != null;
    }

    /** Whether what arrives must wait. */
    boolean holdsInput() {
        return tls != null && !switched;
    }

    /**
     * Looks, at the end of the turn in which it was asked for, whether bytes are there that arrived behind the command.
     * Whatever comes later is judged by the handshake.
     */
    void look() {
        if (!looked && tls != null && connection.inbound().holdsBytes()) {
            connection.violated("bytes arrived behind the command that starts TLS, before it was answered"
                    + "; they are dropped, whoever sent them");
        }
        looked = true;
    }

    /** At the end of a turn; returns whether the connection has another filter now. */
    boolean advance() {
        if (tls != null && !switched && connection.outbound().flushed()) {
            switched = true;
            connection.upgradeTo(tls, Phase.UPGRADING);
            return true;
        }
        if (tls == null && !switched && connection.outbound().stopped()) {
            switched = true;
            connection.waitForPeer();
        }
        if (tls == null && switched && inputClosed) {
            return backToPlain();
        }
        return false;
    }

    private boolean backToPlain() {
        if (connection.inbound().holdsDecoded()) {
            connection.violated(
                    "the handler has left bytes unread that came by TLS; what follows is plaintext and must not"
                            + " be read behind them");
            return false;
        }
        connection.outbound().restart();
        connection.inbound().restart();
        connection.upgradeTo(new PlainFilter(), Phase.OPEN);
        if (plain != null) {
            plain.complete(null);
        }
        return true;
    }

    /** The peer has ended its TLS stream; returns whether that is what is waited for. */
    boolean inputClosed() {
        inputClosed = tls == null;
        return inputClosed;
    }

    void secured(TlsSession session) {
        if (secured != null) {
            secured.complete(session);
        }
    }

    /** The connection has ended before. */
    void fail(Throwable cause) {
        if (tls != null && !switched) {
            connection.attempt(tls::free);
        }
        if (secured != null) {
            secured.completeExceptionally(cause);
        } else if (plain != null) {
            plain.completeExceptionally(cause);
        }
    }

    /** Why the connection ends, if TLS fails meanwhile. */
    CloseReason reasonFor(HandshakeFailure failure) {
        if (tls == null) {
            return CloseReason.PROTOCOL_VIOLATION;
        }
        return UNUPGRADED.contains(failure) ? CloseReason.UPGRADE_VIOLATION : CloseReason.HANDSHAKE_FAILED;
    }

    static TlsException violation(String what) {
        return new TlsException(HandshakeFailure.UPGRADE_VIOLATION, what, null);
    }
}
