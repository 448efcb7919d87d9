// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

/** The actions of a program, and their actors. */
enum Verb {
    // The handler with the bytes it was lent.
    TAKE(Who.DELIVERY, true),
    ECHO(Who.DELIVERY, true),
    SEND_LENT(Who.DELIVERY, true),
    CLEAR_LENT(Who.DELIVERY, false),

    // The handler, within any callback.
    FAIL(Who.HANDLER, false),
    BLAME_THE_PEER(Who.HANDLER, false),

    // Any code that has access to the connection, within its callbacks or elsewhere.
    WRITE(Who.ANYBODY, true),
    WRITE_DIRECT(Who.ANYBODY, true),
    WRITE_READ_ONLY(Who.ANYBODY, true),
    SEND(Who.ANYBODY, true),
    SEND_DIRECT(Who.ANYBODY, true),
    SEND_FILE(Who.ANYBODY, true),
    SEND_SHORT_FILE(Who.ANYBODY, true),
    TOUCH_SENT(Who.ANYBODY, true),
    PAUSE(Who.ANYBODY, false),
    RESUME(Who.ANYBODY, false),
    CLOSE(Who.ANYBODY, false),
    ABORT(Who.ANYBODY, false),
    END_OUTPUT(Who.ANYBODY, false),
    EXECUTE(Who.ANYBODY, false),
    START_TLS(Who.ANYBODY, false),
    STOP_TLS(Who.ANYBODY, false),
    AWAIT_SECURED(Who.ANYBODY, false),
    AWAIT_CLOSED(Who.ANYBODY, false),
    ASK(Who.ANYBODY, false),
    ASK_WRITABLE(Who.ANYBODY, false),
    PASS_ON(Who.ANYBODY, false),
    SCHEDULE(Who.ANYBODY, true),
    SET_IDLE(Who.ANYBODY, true),

    // The peer.
    PEER_SENDS(Who.WORLD, true),
    PEER_TAKES(Who.WORLD, true),
    PEER_SPEAKS_TLS(Who.WORLD, false),
    PEER_ENDS(Who.WORLD, false),
    PEER_CUTS(Who.WORLD, false),
    PEER_RESETS(Who.WORLD, false),
    PEER_BABBLES(Who.WORLD, true),
    PEER_PINGS(Who.WORLD, false),
    PEER_FLOODS(Who.WORLD, true),
    PEER_SAYS_NOTHING(Who.WORLD, true),

    // The target of a relay.
    TARGET_CONNECTS(Who.TARGET, false),
    TARGET_REFUSES(Who.TARGET, false),
    TARGET_SENDS(Who.TARGET, true),
    TARGET_TAKES(Who.TARGET, true),
    TARGET_ENDS(Who.TARGET, false),
    TARGET_RESETS(Who.TARGET, false),
    TARGET_READ_DONE(Who.TARGET, false),
    TARGET_WRITE_DONE(Who.TARGET, false),

    // The machine, and the operator of the server.
    READ_DONE(Who.WORLD, false),
    WRITE_DONE(Who.WORLD, false),
    TASKS_DONE(Who.WORLD, false),
    TURNS(Who.WORLD, false),
    CALLBACK(Who.WORLD, false),
    PASS(Who.WORLD, true),
    INLINE(Who.WORLD, true),
    LONGEST(Who.WORLD, true),
    DECIDE(Who.WORLD, false),
    DECIDE_AGAINST(Who.WORLD, false),
    FAIL_TO_DECIDE(Who.WORLD, false),
    REFUSE_LOAN(Who.WORLD, true),
    REFUSE_CALLBACKS(Who.WORLD, true),
    CALL_AT_ONCE(Who.WORLD, false),
    DRAIN(Who.WORLD, false),
    SHUT_DOWN(Who.WORLD, false);

    /** The actor. */
    enum Who {
        /** The handler that was given bytes. */
        DELIVERY,
        /** The handler in any of its callbacks. */
        HANDLER,
        /** The handler, or any other code of the application. */
        ANYBODY,
        /** The network, the peer, the clock. */
        WORLD,
        /** The target of a relay, and the network to it. */
        TARGET
    }

    final Who who;

    /** Whether the number after it means anything. */
    final boolean counts;

    Verb(Who who, boolean counts) {
        this.who = who;
        this.counts = counts;
    }
}
