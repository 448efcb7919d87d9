// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.CloseReason;
import io.portcullis.internal.states.Transitions;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The life of a connection: its current state, and why it ends. States only advance, except that a change of the filter
 * returns to OPEN. Confined to the strand; other threads see a recent state.
 *
 * <pre>
 *                       SECURING    STOPPING
 *                          ^ |        ^ |
 *                          | v        | v
 *   NEW --> OPENING -----> OPEN -----------> CLOSING --> LINGERING --> ENDED --> OVER
 *             |             |                ^  |                        ^
 *             +-------------+----------------+--+------------------------+
 * </pre>
 *
 * SECURING and STOPPING may also be followed by CLOSING or ENDED.
 */
public final class Life {
    public enum State {
        /** No observer was notified of it yet. */
        NEW,
        /** The gate decides, or the handshake runs. */
        OPENING,
        /** The handler has the connection. */
        OPEN,
        /** STARTTLS: the handshake runs. */
        SECURING,
        /** The reverse: our close_notify is sent, and the peer's is awaited. */
        STOPPING,
        /** The remaining output is being sent, close_notify last. */
        CLOSING,
        /** The end of the stream is sent; input is discarded until the peer ends its stream, too. */
        LINGERING,
        /** The socket is closed; pending operations complete. */
        ENDED,
        /** All operations have completed, and all were notified. */
        OVER
    }

    /**
     * The state of the output during a half-close.
     *
     * <pre>
     *   NONE ---------------> REQUESTED --> DONE
     *     |                       ^
     *     +------> DEFERRED ------+
     * </pre>
     */
    public enum HalfClose {
        NONE,
        /** A half-close was requested before there was output that could be ended. */
        DEFERRED,
        /** What was written is being sent. */
        REQUESTED,
        /** The end of the stream is sent. */
        DONE
    }

    public static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.NEW, EnumSet.of(State.OPENING))
            .allow(State.OPENING, EnumSet.of(State.OPEN, State.CLOSING, State.ENDED))
            .allow(State.OPEN, EnumSet.of(State.SECURING, State.STOPPING, State.CLOSING, State.ENDED))
            .allow(State.SECURING, EnumSet.of(State.OPEN, State.CLOSING, State.ENDED))
            .allow(State.STOPPING, EnumSet.of(State.OPEN, State.CLOSING, State.ENDED))
            .allow(State.CLOSING, EnumSet.of(State.LINGERING, State.ENDED))
            .allow(State.LINGERING, EnumSet.of(State.ENDED))
            .allow(State.ENDED, EnumSet.of(State.OVER));

    public static final Transitions<HalfClose> HALF_CLOSE_TRANSITIONS = new Transitions<>(HalfClose.class)
            .allow(HalfClose.NONE, EnumSet.of(HalfClose.DEFERRED, HalfClose.REQUESTED))
            .allow(HalfClose.DEFERRED, EnumSet.of(HalfClose.REQUESTED))
            .allow(HalfClose.REQUESTED, EnumSet.of(HalfClose.DONE));

    private volatile State state = State.NEW;
    private Ending ending = Ending.NONE;
    private HalfClose halfClose = HalfClose.NONE;

    public State state() {
        return state;
    }

    /** Returns why the connection ends. */
    public Ending ending() {
        return ending;
    }

    /**
     * Moves to the next state.
     *
     * @throws IllegalStateException if the transition is not allowed
     */
    public void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    /** Returns whether it has not been open yet. May be called from any thread. */
    public boolean beginning() {
        return state.compareTo(State.OPEN) < 0;
    }

    /** Returns whether the connection has ended, whether or not its observers were notified. */
    public boolean ended() {
        return state.compareTo(State.ENDED) >= 0;
    }

    /** Returns whether it is open and not about to end. May be called from any thread. */
    public boolean inUse() {
        State now = state;
        return now == State.OPEN || now == State.SECURING || now == State.STOPPING;
    }

    /** Returns whether application bytes pass in at least one direction, or will. */
    public boolean goesOn() {
        return state.compareTo(State.CLOSING) < 0;
    }

    /** Returns whether a handshake is required or running, without which nothing can be sent. */
    public boolean handshaking() {
        return state == State.NEW || state == State.OPENING || state == State.SECURING;
    }

    /** Returns whether received bytes are delivered to the handler. May be called from any thread. */
    public boolean delivers() {
        State now = state;
        return now == State.OPEN || now == State.STOPPING;
    }

    // The reason: the first one wins, unless the promise of a graceful close is broken

    /** Records the reason for which it is going to end, unless one is set. */
    public void because(CloseReason why, @Nullable Throwable cause) {
        ending = ending.because(why, cause);
    }

    /** Records that a graceful close was cut short before everything was sent. */
    public void brokenOff(CloseReason why, @Nullable Throwable cause) {
        ending = ending.brokenOff(why, cause);
    }

    /** Records an end for which there is no memory to record the reason, unless a reason is set. */
    public void reasonUnknown() {
        ending = ending == Ending.NONE ? Ending.UNKNOWN : ending;
    }

    // The two directions

    private void become(HalfClose next) {
        halfClose = HALF_CLOSE_TRANSITIONS.follow(halfClose, next);
    }

    /** Defers the end of the output until there is output to end. May be called again. */
    public void deferHalfClose() {
        if (halfClose != HalfClose.DEFERRED) {
            become(HalfClose.DEFERRED);
        }
    }

    public boolean halfCloseDeferred() {
        return halfClose == HalfClose.DEFERRED;
    }

    /** Ends the output after the pending writes. */
    public void halfClose() {
        become(HalfClose.REQUESTED);
    }

    /** Returns whether the end of the output is being sent while the input stays open. */
    public boolean halfClosing() {
        return state == State.OPEN && halfClose == HalfClose.REQUESTED;
    }

    /** Records that the end of the output is sent. If the connection is closing, this is not a half-close. */
    public void outputEnded() {
        if (halfClosing()) {
            become(HalfClose.DONE);
        }
    }

    /** Returns whether the end of the output is sent while the input stays open until its own end. */
    public boolean halfClosed() {
        return state == State.OPEN && halfClose == HalfClose.DONE;
    }

    /** Returns whether it is open, and no end was requested in either direction. */
    public boolean open() {
        return state == State.OPEN && halfClose == HalfClose.NONE;
    }
}
