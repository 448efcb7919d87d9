// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * What the application is told of a connection, and where: on the strand, or in the lane of an executor. What its code throws ends
 * the connection. Touched by the strand alone, but for what says otherwise.
 */
final class Callbacks implements ExecutorLane.Owner {
    private final Parts parts;
    private final Endings endings;
    private final @Nullable ExecutorLane lane;

    @SuppressWarnings("NullAway.Init") // by handOver, before anything is told
    private ConnectionHandler handler;

    private Role role = Role.ACCEPTED;

    /** Whether everybody was told of the end. */
    private boolean left;

    /** Whether the handler was told that the server drains. */
    private boolean drainTold;

    Callbacks(Parts parts, Endings endings, @Nullable ExecutorLane lane) {
        this.parts = parts;
        this.endings = endings;
        this.lane = lane;
        if (lane != null) {
            lane.serve(this);
        }
    }

    // Where.

    /** Whether a callback runs elsewhere: nothing is delivered meanwhile, and no buffer touched that it may have. */
    boolean calling() {
        return lane != null && lane.calling();
    }

    @Override
    public long received() {
        return parts.counters.networkIn();
    }

    /** How many bytes had come from the peer when the code of the application began that runs now, if it is known to run. */
    long receivedBefore() {
        return lane != null && lane.calling() ? lane.receivedBefore() : received();
    }

    /** Runs a callback of the handler. */
    void call(Runnable callback) {
        if (lane == null || role.onStrand()) {
            callHere(callback);
        } else {
            lane.call(callback);
        }
    }

    /** The same for one that changes what the bytes mean that are received from now on: none of them comes in front of it. */
    private void callInFront(Runnable callback) {
        if (lane == null || role.onStrand()) {
            callHere(callback);
        } else {
            lane.callInFront(callback);
        }
    }

    /** Runs code of the application's, whoever the handler is; what it throws is the handler's failure, too. */
    void callApplication(Runnable code) {
        if (lane == null) {
            callHere(code);
        } else {
            lane.call(code);
        }
    }

    private void callHere(Runnable callback) {
        try {
            callback.run();
        } catch (Throwable failure) {
            endings.handlerFailed(failure);
        }
    }

    /** A turn ends. */
    void turnEnds() {
        if (lane != null) {
            lane.turnEnds();
        }
    }

    // What.

    /** The connection is open; returns whether somebody wants it. */
    boolean opened() {
        parts.home.opened(parts.connection);
        if (!role.opens(parts.connection)) {
            return false;
        }
        callInFront(() -> {
            handler.onOpen(parts.connection);
            requireRoom();
        });
        return true;
    }

    /** Refuses a handler that must leave more unread than it may: it would work until the first large frame comes. */
    private void requireRoom() {
        int needed = handler.unreadNeeded();
        int limit = parts.home.settings().unread();
        if (needed > limit) {
            throw new IllegalStateException("the handler may have to leave " + needed
                    + " bytes unread, more than unreadLimit(" + limit
                    + ") allows: lower the limit of its frames or lines, or raise unreadLimit");
        }
    }

    /** It is under TLS from now on. */
    void secured() {
        callInFront(() -> handler.onSecured(parts.connection));
    }

    void writable() {
        call(() -> handler.onWritable(parts.connection));
    }

    void endOfInput() {
        call(() -> handler.onEndOfInput(parts.connection));
    }

    /** Behind what was received: a handler that closes answers that first. Returns whether its handler was told. */
    boolean drains() {
        if (drainTold || !parts.home.draining() || parts.home.closing()) {
            return false;
        }
        drainTold = true;
        call(() -> handler.onDrain(parts.connection));
        return true;
    }

    /** Lends bytes to the handler. */
    void deliver(ByteBuffer data) {
        parts.input.demand.shown();
        if (lane != null && !role.onStrand()) {
            lane.callWith(data, () -> handler.onData(parts.connection, data));
            return;
        }
        int position = data.position();
        int limit = data.limit();
        ByteBuffer before = Lending.begins(data);
        parts.input.demand.callbackBegins();
        try {
            handler.onData(parts.connection, data);
        } catch (Throwable failure) {
            endings.handlerFailed(failure);
        } finally {
            Lending.ends(before);
        }
        taken(data, position, limit);
    }

    @Override
    public void delivered(ByteBuffer lent, int position, int limit) {
        taken(lent, position, limit);
        parts.input.dropEmpty();
    }

    /** The handler has returned; where the buffer began and ended when it was called. */
    private void taken(ByteBuffer data, int position, int limit) {
        data.limit(limit);
        if (data.position() < position) {
            data.position(position);
            endings.faulty(
                    "the handler has moved the position of the buffer that was lent to onData back; read what you want, leave the"
                            + " rest, and neither rewind, clear nor compact it");
        }
        int taken = data.position() - position;
        parts.counters.taken(taken);
        parts.input.demand.callbackEnds(taken);
        int most = parts.home.settings().unread();
        if (data.remaining() > most && parts.life.delivers()) {
            endings.leftTooMuch(data.remaining(), most);
        }
    }

    // The end.

    /** Whoever has made the connection is told that it has failed, or ended. */
    void tellRole() {
        Ending ending = parts.life.ending();
        role.ended(parts.connection, ending.reason(), ending.cause());
    }

    /** A handler that has given its connection to a relay is told behind the relay, and as every other. */
    void tellEnd() {
        CloseReason reason = parts.life.ending().reason();
        Throwable cause = parts.life.ending().cause();
        call(() -> handler.onClose(parts.connection, reason, cause));
        ConnectionHandler owner = role.owner();
        if (owner != null) {
            callApplication(() -> owner.onClose(parts.connection, reason, cause));
        }
    }

    /** Everybody was told, or will be by the callbacks that wait. */
    void end() {
        if (lane == null) {
            leave();
        } else {
            lane.end();
        }
    }

    /** The last callback has returned. */
    @Override
    public void leave() {
        try {
            parts.home.closed(
                    parts.connection,
                    parts.life.ending().reason(),
                    parts.life.ending().cause());
        } finally {
            left = true;
            parts.requests.lookAgain(endings::attempt);
        }
    }

    /** Whether everybody was told of the end. */
    boolean left() {
        return left;
    }

    // What the lane asks.

    @Override
    public boolean ended() {
        return parts.life.ended();
    }

    @Override
    public void handlerFailed(Throwable failure) {
        endings.handlerFailed(failure);
    }

    // Whose connection it is.

    /** From now on another handler is told. */
    void handOver(ConnectionHandler next, Role as) {
        handler = next;
        role = as;
    }

    ConnectionHandler handler() {
        return handler;
    }

    /** Whether the bytes only pass through. */
    boolean relays() {
        return role.relays();
    }

    @Nullable
    ExecutorLane lane() {
        return lane;
    }
}
