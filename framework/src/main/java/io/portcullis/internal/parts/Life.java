// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import io.portcullis.CloseReason;
import io.portcullis.internal.states.Transitions;
import java.util.EnumSet;
import org.jspecify.annotations.Nullable;

/**
 * The life of a connection: what it is at the moment, and why it ends. It only ever goes forward, but for a change of
 * the filter, which comes back to OPEN. Touched by the strand alone; who asks from elsewhere sees a state that was true
 * a moment ago.
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
 * From SECURING and STOPPING, too, it goes on to CLOSING or ENDED.
 */
public final class Life {
    public enum State {
        /** Nobody was told of it. */
        NEW,
        /** The gate decides, or the handshake runs. */
        OPENING,
        /** The handler has the connection. */
        OPEN,
        /** STARTTLS: the handshake runs. */
        SECURING,
        /** Its mirror: our close_notify is sent, and the peer's is awaited. */
        STOPPING,
        /** The rest is being sent, close_notify last. */
        CLOSING,
        /** The end of the stream is sent; what the peer still sends is dropped until it ends its stream too. */
        LINGERING,
        /** The socket is closed; what was pending comes back. */
        ENDED,
        /** It has come back, and everybody was told. */
        OVER
    }

    /**
     * What becomes of the output when the connection goes on without it.
     *
     * <pre>
     *   NONE ------------------> ASKED --> DONE
     *     |                        ^
     *     +------> DEFERRED -------+
     * </pre>
     */
    public enum HalfClose {
        NONE,
        /** It was asked for while there was no output that could be ended. */
        DEFERRED,
        /** What was written is being sent. */
        ASKED,
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
            .allow(HalfClose.NONE, EnumSet.of(HalfClose.DEFERRED, HalfClose.ASKED))
            .allow(HalfClose.DEFERRED, EnumSet.of(HalfClose.ASKED))
            .allow(HalfClose.ASKED, EnumSet.of(HalfClose.DONE));

    private volatile State state = State.NEW;
    private Ending ending = Ending.NONE;
    private HalfClose halfClose = HalfClose.NONE;

    public State state() {
        return state;
    }

    /** Why it ends. */
    public Ending ending() {
        return ending;
    }

    /**
     * Goes on.
     *
     * @throws IllegalStateException if that cannot follow
     */
    public void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    /** Whether it has not been open yet. From any thread, too. */
    public boolean beginning() {
        return state.compareTo(State.OPEN) < 0;
    }

    /** Whether the connection has ended, told or not. */
    public boolean ended() {
        return state.compareTo(State.ENDED) >= 0;
    }

    /** Whether the bytes of the application pass in at least one direction, or will. */
    public boolean goesOn() {
        return state.compareTo(State.CLOSING) < 0;
    }

    /** Whether a handshake is to be made, or runs, without which nothing can be said. */
    public boolean handshaking() {
        return state == State.NEW || state == State.OPENING || state == State.SECURING;
    }

    /** Whether the handler is given what comes. From any thread, too. */
    public boolean delivers() {
        State now = state;
        return now == State.OPEN || now == State.STOPPING;
    }

    // The reason: the first one stays, but for what breaks the promise of an end in order.

    /** Why it is going to end, unless that is known. */
    public void because(CloseReason why, @Nullable Throwable cause) {
        ending = ending.because(why, cause);
    }

    /** It ends in the order that was promised, or not: before everything was sent. */
    public void brokenOff(CloseReason why, @Nullable Throwable cause) {
        ending = ending.brokenOff(why, cause);
    }

    /** It ends, and there is no memory to say why, unless that is known. */
    public void unsaid() {
        ending = ending == Ending.NONE ? Ending.UNSAID : ending;
    }

    // The two directions.

    private void become(HalfClose next) {
        halfClose = HALF_CLOSE_TRANSITIONS.follow(halfClose, next);
    }

    /** The output is to end as soon as there is one. May be called again. */
    public void deferHalfClose() {
        if (halfClose != HalfClose.DEFERRED) {
            become(HalfClose.DEFERRED);
        }
    }

    public boolean halfCloseDeferred() {
        return halfClose == HalfClose.DEFERRED;
    }

    /** The output ends behind what was written. */
    public void halfClose() {
        become(HalfClose.ASKED);
    }

    /** Whether the end of the output is to be sent, and the input goes on. */
    public boolean halfClosing() {
        return state == State.OPEN && halfClose == HalfClose.ASKED;
    }

    /** The end of the output is sent; a connection that closes has no other direction, and it is no half-close. */
    public void outputEnded() {
        if (halfClosing()) {
            become(HalfClose.DONE);
        }
    }

    /** Whether the end of the output is sent, and the input goes on until its own. */
    public boolean halfClosed() {
        return state == State.OPEN && halfClose == HalfClose.DONE;
    }

    /** Whether it is open, and nobody wants to end it in either direction. */
    public boolean open() {
        return state == State.OPEN && halfClose == HalfClose.NONE;
    }
}
