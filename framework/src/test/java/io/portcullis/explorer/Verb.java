// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

/** The actions of a program, and their actors. */
enum Verb {
    // The handler with the bytes it was lent.
    TAKE(Actor.DELIVERY, true),
    ECHO(Actor.DELIVERY, true),
    SEND_LENT(Actor.DELIVERY, true),
    CLEAR_LENT(Actor.DELIVERY, false),

    // The handler, within any callback.
    FAIL(Actor.HANDLER, false),
    BLAME_THE_PEER(Actor.HANDLER, false),
    BLAME_WITH_REPLY(Actor.HANDLER, true),

    // Any code that has access to the connection, within its callbacks or elsewhere.
    WRITE(Actor.ANYBODY, true),
    WRITE_DIRECT(Actor.ANYBODY, true),
    WRITE_READ_ONLY(Actor.ANYBODY, true),
    SEND(Actor.ANYBODY, true),
    SEND_DIRECT(Actor.ANYBODY, true),
    SEND_FILE(Actor.ANYBODY, true),
    SEND_SHORT_FILE(Actor.ANYBODY, true),
    TOUCH_SENT(Actor.ANYBODY, true),
    PAUSE(Actor.ANYBODY, false),
    RESUME(Actor.ANYBODY, false),
    CLOSE(Actor.ANYBODY, false),
    ABORT(Actor.ANYBODY, false),
    END_OUTPUT(Actor.ANYBODY, false),
    EXECUTE(Actor.ANYBODY, false),
    START_TLS(Actor.ANYBODY, false),
    STOP_TLS(Actor.ANYBODY, false),
    AWAIT_SECURED(Actor.ANYBODY, false),
    AWAIT_CLOSED(Actor.ANYBODY, false),
    ASK(Actor.ANYBODY, false),
    ASK_WRITABLE(Actor.ANYBODY, false),
    PASS_ON(Actor.ANYBODY, false),
    SCHEDULE(Actor.ANYBODY, true),
    SET_IDLE(Actor.ANYBODY, true),

    // The peer.
    PEER_SENDS(Actor.WORLD, true),
    PEER_TAKES(Actor.WORLD, true),
    PEER_SPEAKS_TLS(Actor.WORLD, false),
    PEER_ENDS(Actor.WORLD, false),
    PEER_CUTS(Actor.WORLD, false),
    PEER_RESETS(Actor.WORLD, false),
    PEER_BABBLES(Actor.WORLD, true),
    PEER_PINGS(Actor.WORLD, false),
    PEER_FLOODS(Actor.WORLD, true),
    PEER_SAYS_NOTHING(Actor.WORLD, true),

    // The target of a relay.
    TARGET_CONNECTS(Actor.TARGET, false),
    TARGET_REFUSES(Actor.TARGET, false),
    TARGET_SENDS(Actor.TARGET, true),
    TARGET_TAKES(Actor.TARGET, true),
    TARGET_ENDS(Actor.TARGET, false),
    TARGET_RESETS(Actor.TARGET, false),
    TARGET_READ_DONE(Actor.TARGET, false),
    TARGET_WRITE_DONE(Actor.TARGET, false),

    // The machine, and the operator of the server.
    READ_DONE(Actor.WORLD, false),
    WRITE_DONE(Actor.WORLD, false),
    TASKS_DONE(Actor.WORLD, false),
    TURNS(Actor.WORLD, false),
    CALLBACK(Actor.WORLD, false),
    PASS(Actor.WORLD, true),
    INLINE(Actor.WORLD, true),
    LONGEST(Actor.WORLD, true),
    DECIDE(Actor.WORLD, false),
    DECIDE_AGAINST(Actor.WORLD, false),
    FAIL_TO_DECIDE(Actor.WORLD, false),
    REFUSE_LOAN(Actor.WORLD, true),
    REFUSE_CALLBACKS(Actor.WORLD, true),
    CALL_AT_ONCE(Actor.WORLD, false),
    DRAIN(Actor.WORLD, false),
    SHUT_DOWN(Actor.WORLD, false);

    /** The actor. */
    enum Actor {
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

    final Actor actor;

    /** Whether the number after it means anything. */
    final boolean counts;

    Verb(Actor actor, boolean counts) {
        this.actor = actor;
        this.counts = counts;
    }
}
