// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.loop.Strand;
import io.portcullis.tls.Filter;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * What stands in front of an open connection: the gate that decides, the place among the handshakes that compute, and
 * how long it takes. Touched by the strand alone.
 */
public final class Opening {
    /** Decides what the connection is. */
    public interface Gate {
        /** In the first turn. */
        void begin();

        /** The connection is open, or has ended. */
        void leave();
    }

    private final Home home;
    private final Strand strand;
    private @Nullable Gate gate;

    /** Where the connection waits until its handshake may compute; there is one until that is over. */
    private @Nullable Turnstile turnstile;

    /** Of the connection, until the first bytes of TLS come. */
    private long began;

    /** Whether they have, or must. */
    private boolean negotiating;

    Opening(Home home, Strand strand, @Nullable Gate gate) {
        this.home = home;
        this.strand = strand;
        this.gate = gate;
        this.began = home.machine().now();
    }

    /** In front of a handshake that begins at once, in a connection that has been open. */
    static Opening ofHandshake(Home home, Strand strand) {
        Opening opening = new Opening(home, strand, null);
        opening.handshakeBegins();
        return opening;
    }

    /** In the first turn. */
    void enterGate() {
        if (gate != null) {
            gate.begin();
        }
    }

    /** The gate has nothing more to say. May be called again. */
    void leaveGate() {
        Gate its = gate;
        gate = null;
        if (its != null) {
            its.leave();
        }
    }

    /** The first bytes of a handshake have come, or are about to be sent: its time runs. */
    private void handshakeBegins() {
        began = home.machine().now();
        negotiating = true;
    }

    /** Whether there is a handshake, and no decision is waited for. */
    boolean negotiating() {
        return negotiating;
    }

    Duration time() {
        return Duration.ofNanos(home.machine().now() - began);
    }

    /**
     * The filter is about to be given bytes, with which its handshake may begin, and ask for a place.
     *
     * @return whether it may be given them now; if not, look for {@link #refusal}
     */
    boolean tryToPass(Filter filter, ByteBuffer source) {
        if (turnstile == null && filter.handshaking()) {
            turnstile = new Turnstile(home.admission(), strand);
            handshakeBegins();
        }
        return turnstile == null || !filter.computes(source) || turnstile.tryToPass();
    }

    /** Why the handshake cannot go on for lack of room, or null. */
    @Nullable
    CloseReason refusal() {
        return turnstile == null ? null : turnstile.refusal();
    }

    /** Whether the handshake waits for its turn: a read would keep from the filter what has come already. */
    boolean waiting() {
        return turnstile != null && turnstile.waiting();
    }

    /** Nothing more can be done before the peer is heard. */
    void peerAwaited() {
        if (turnstile != null) {
            turnstile.peerAwaited();
        }
    }

    /** The handshake is over, however it went: another one may run. */
    void handshakeOver() {
        if (turnstile != null) {
            turnstile.leave();
            turnstile = null;
        }
    }
}
