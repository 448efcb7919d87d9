// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.internal.loop.Strand;
import io.portcullis.tls.Filter;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The state of a connection that is not open yet: the gate that decides on it, its slot among the computing handshakes,
 * and the time that the handshake takes. Confined to the strand.
 */
public final class Opening {
    /** Decides what the connection is. */
    public interface Gate {
        /** Called in the first turn. */
        void begin();

        /** Called when the connection is open or has ended. */
        void leave();
    }

    private final Home home;
    private final Strand strand;
    private @Nullable Gate gate;

    /** Where the connection waits until its handshake may compute; present until the handshake is over. */
    private @Nullable Turnstile turnstile;

    /** The start of the connection, or of the handshake once its first bytes have come. */
    private long began;

    /** Whether bytes of TLS have come, or are required to. */
    private boolean negotiating;

    Opening(Home home, Strand strand, @Nullable Gate gate) {
        this.home = home;
        this.strand = strand;
        this.gate = gate;
        this.began = home.machine().now();
    }

    /** Creates the state for a handshake that begins immediately on a connection that has been open. */
    static Opening ofHandshake(Home home, Strand strand) {
        Opening opening = new Opening(home, strand, null);
        opening.handshakeBegins();
        return opening;
    }

    /** Enters the gate, in the first turn. */
    void enterGate() {
        if (gate != null) {
            gate.begin();
        }
    }

    /** Leaves the gate. Calling it again has no effect. */
    void leaveGate() {
        Gate its = gate;
        gate = null;
        if (its != null) {
            its.leave();
        }
    }

    /** Starts the clock of the handshake, when its first bytes have come or are about to be sent. */
    private void handshakeBegins() {
        began = home.machine().now();
        negotiating = true;
    }

    /** Whether a handshake is under way, rather than the gate's decision awaited. */
    boolean negotiating() {
        return negotiating;
    }

    Duration time() {
        return Duration.ofNanos(home.machine().now() - began);
    }

    /**
     * Called before the filter is given bytes, with which its handshake may begin; a handshake that has to compute
     * requests a slot.
     *
     * @return whether the filter may be given them now; if not, check {@link #refusal}
     */
    boolean tryToPass(Filter filter, ByteBuffer source) {
        if (turnstile == null && filter.handshaking()) {
            turnstile = new Turnstile(home.admission(), strand);
            handshakeBegins();
        }
        return turnstile == null || !filter.computes(source) || turnstile.tryToPass();
    }

    /** Returns why the handshake was refused a slot, or null if it was not. */
    @Nullable
    CloseReason refusal() {
        return turnstile == null ? null : turnstile.refusal();
    }

    /**
     * Whether the handshake waits for a slot; the connection is not read then, as a read would hide from the filter
     * what has already come.
     */
    boolean waiting() {
        return turnstile != null && turnstile.waiting();
    }

    /** Called when nothing more can be done until the peer sends something. */
    void peerAwaited() {
        if (turnstile != null) {
            turnstile.peerAwaited();
        }
    }

    /** Releases the slot when the handshake has succeeded or failed: another one may run. */
    void handshakeOver() {
        if (turnstile != null) {
            turnstile.leave();
            turnstile = null;
        }
    }
}
