// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.StatefulHandler;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.Lending;
import io.portcullis.internal.parts.Ending;
import io.portcullis.internal.parts.Signal;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * What the application is told of a connection, and where: on the strand, or in the lane of an executor. What its code
 * throws ends the connection. Touched by the strand alone, but for what says otherwise.
 */
final class Callbacks implements ExecutorLane.Owner {
    private final Core core;
    private final @Nullable ExecutorLane lane;

    @SuppressWarnings("NullAway.Init") // by handOver, before anything is told
    private ConnectionHandler handler;

    private Role role = Role.ACCEPTED;

    /** Whether everybody was told of the end. */
    private boolean left;

    /** Whether the handler was told that the server drains. */
    private boolean drainTold;

    /** Whether the handler is given bytes on the strand at this moment. */
    private boolean delivering;

    /** Whether the handler that is given bytes has passed the connection on; from any thread. */
    private volatile boolean replaced;

    Callbacks(Core core, @Nullable ExecutorLane lane) {
        this.core = core;
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
        return core.input.networkBytes();
    }

    /**
     * How many bytes had come from the peer when the code of the application began that runs now, if it is known to
     * run.
     */
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

    /**
     * The same for one that changes what the bytes mean that are received from now on: none of them comes in front of
     * it.
     */
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
            core.handlerFailed(failure);
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
        core.home.audience().opened(core.connection);
        if (!role.opens(core.connection)) {
            return false;
        }
        callInFront(() -> {
            handler.onOpen(core.connection);
            requireRoom();
        });
        return true;
    }

    /** Refuses a handler that must leave more unread than it may: it would work until the first large frame comes. */
    private void requireRoom() {
        int needed = handler.requiredUnreadLimit();
        int limit = core.home.settings().unread();
        if (needed > limit) {
            throw new IllegalStateException("the handler may have to leave " + needed
                    + " bytes unread, more than unreadLimit(" + limit
                    + ") allows: lower the limit of its frames or lines, or raise unreadLimit");
        }
    }

    /** It is under TLS from now on. */
    void secured() {
        callInFront(() -> handler.onSecured(core.connection));
    }

    void writable() {
        call(() -> handler.onWritable(core.connection));
    }

    /**
     * The connection, or a direction of it, is idle.
     *
     * @param unwanted run on the strand if the handler does not want to keep the connection
     */
    void idle(Idle which, Runnable unwanted) {
        call(() -> {
            if (!handler.onIdle(core.connection, which)) {
                core.requests.inTurn(unwanted);
            }
        });
    }

    void endOfInput() {
        call(() -> handler.onEndOfInput(core.connection));
    }

    /** Whether the handler is still to be told that the server drains, which it is not when that closes everything. */
    boolean mayDrain() {
        return !drainTold && core.home.draining() && !core.home.closing();
    }

    /** Behind what was received: a handler that closes answers that first. */
    void drain() {
        drainTold = true;
        call(() -> handler.onDrain(core.connection));
    }

    /** Lends bytes to the handler; returns whether it has given them back already. */
    boolean deliver(ByteBuffer data) {
        if (lane != null && !role.onStrand()) {
            core.input.shown();
            lane.callWith(data, () -> handler.onData(core.connection, data));
            return !lane.calling();
        }
        int position = data.position();
        int limit = data.limit();
        ByteBuffer before = Lending.lend(data);
        core.input.callbackBegins();
        delivering = true;
        try {
            handler.onData(core.connection, data);
        } catch (Throwable failure) {
            core.handlerFailed(failure);
        } finally {
            delivering = false;
            var unused = Lending.lend(before);
        }
        taken(data, position, limit);
        return true;
    }

    @Override
    public void delivered(ByteBuffer lent, int position, int limit) {
        taken(lent, position, limit);
        core.input.takeFrontBack();
        core.input.dropEmpty();
    }

    /** The handler has returned; where the buffer began and ended when it was called. */
    private void taken(ByteBuffer data, int position, int limit) {
        data.limit(limit);
        if (data.position() < position) {
            data.position(position);
            core.faulty(
                    "the handler has moved the position of the buffer that was lent to onData back; read what you want, leave the"
                            + " rest, and neither rewind, clear nor compact it");
        }
        int taken = data.position() - position;
        core.input.callbackEnds(taken);
        if (data.hasRemaining() && !replaced) {
            limitUnread(data.remaining());
        }
        replaced = false;
    }

    private void limitUnread(int unread) {
        int most = core.home.settings().unread();
        if (unread > most && core.life.delivers()) {
            core.leftTooMuch(unread, most);
        }
    }

    // The end.

    /** The relay or the connect that has made the connection, if one has, is told that it has failed, or ended. */
    void tellRole() {
        Ending ending = core.life.ending();
        role.ended(core.connection, ending.reason(), ending.cause());
    }

    /** A handler that has given its connection to a relay is told behind the relay, and as every other. */
    void tellEnd() {
        CloseReason reason = core.life.ending().reason();
        Throwable cause = core.life.ending().cause();
        call(() -> handler.onClose(core.connection, reason, cause));
        ConnectionHandler owner = role.owner();
        if (owner != null) {
            callApplication(() -> owner.onClose(core.connection, reason, cause));
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
            core.home.closed(
                    core.connection,
                    core.life.ending().reason(),
                    core.life.ending().cause());
        } finally {
            left = true;
            core.requests.lookAgain(core::attempt);
        }
    }

    /** Whether everybody was told of the end. */
    boolean left() {
        return left;
    }

    // What the lane asks.

    @Override
    public boolean ended() {
        return core.life.ended();
    }

    @Override
    public void handlerFailed(Throwable failure) {
        core.handlerFailed(failure);
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

    /** The application passes the connection on to another handler of its own; from any thread. */
    void pass(ConnectionHandler next) {
        Objects.requireNonNull(next, "next");
        if (core.life.beginning()) {
            throw new IllegalStateException("a connection that is not open yet cannot be given to another handler:"
                    + " do it in onOpen, or choose the handler with ConnectionHandler.selecting");
        }
        if (lane == null ? core.strand.isCurrent() : lane.inCallback()) {
            replace(next);
        } else {
            var unused = execute(() -> replace(next));
        }
    }

    /** In the place of a callback: what the next handler sees first is the connection, then what is unread. */
    private void replace(ConnectionHandler next) {
        if (relays()) {
            throw new IllegalStateException("a connection that is relayed cannot be given to another handler");
        }
        if (!core.life.goesOn() || core.requests.closeAsked()) {
            return;
        }
        if (next instanceof StatefulHandler stateful) {
            stateful.bind(core.connection);
        }
        handler = next;
        replaced = delivering || (lane != null && lane.delivering());
        core.requests.inTurn(() -> {
            drainTold = false;
            core.input.presentAgain();
            core.strand.signal(Signal.MESSAGE);
        });
        next.onOpen(core.connection);
        requireRoom();
    }

    /** Whether what is left of the bytes that are being delivered is for another handler; from any thread. */
    boolean replaced() {
        return replaced;
    }

    /** Whether the bytes only pass through. */
    boolean relays() {
        return role.relays();
    }

    // From any thread:

    /** Whether the calling thread is within a callback that runs elsewhere than in a turn. */
    boolean inCallback() {
        return lane != null && lane.inCallback();
    }

    /** Runs code of the application's in a turn, unless it is too late; returns whether it will run. */
    boolean execute(Runnable code) {
        return !core.over() && core.requests.tellInTime(() -> callApplication(code));
    }

    /** Runs code of the application's in a turn after a delay, if the connection has not ended by then. */
    CompletableFuture<Void> schedule(Duration delay, Runnable task) {
        ScheduledTask scheduled = new ScheduledTask(task);
        scheduled.plan(core.home.machine().schedule(() -> scheduled.due(this::execute), Durations.nanos(delay)));
        core.requests.inTurn(() -> cancelAtTheEnd(scheduled));
        return scheduled;
    }

    private void cancelAtTheEnd(ScheduledTask scheduled) {
        if (core.over()) {
            scheduled.cancel(false);
        } else if (!scheduled.isDone()) {
            core.requests.wakeLater(scheduled, () -> cancelAtTheEnd(scheduled));
        }
    }

    /** A future that completes behind the last callback. */
    CompletableFuture<CloseReason> closed() {
        CompletableFuture<CloseReason> future = new CompletableFuture<>();
        core.requests.inTurn(() -> awaitEnd(future));
        return told(future);
    }

    private void awaitEnd(CompletableFuture<CloseReason> future) {
        if (left) {
            future.complete(core.life.ending().reason());
        } else {
            core.requests.wakeLater(future, () -> awaitEnd(future));
        }
    }

    /** The handler of a write, called as callbacks are. */
    <A> CompletionHandler<Void, ? super A> told(CompletionHandler<Void, ? super A> completion) {
        return lane == null ? completion : ExecutorLane.told(completion, this::call);
    }

    /** The same future, completed as callbacks are called. */
    <T> CompletableFuture<T> told(CompletableFuture<T> future) {
        return lane == null ? future : lane.told(future);
    }

    /** The same for what changes the meaning of bytes. */
    <T> CompletableFuture<T> toldInFront(CompletableFuture<T> future) {
        return lane == null ? future : lane.toldInFront(future);
    }

    /**
     * Nothing more is wanted: a callback that runs elsewhere sees that at once, and the strand is told. If others
     * resume at the same time, what was asked for last holds, in whichever order the strand hears of it.
     */
    void pause() {
        if (lane != null) {
            lane.pauses();
        }
        if (core.strand.isCurrent()) {
            pauseInTurn();
        } else {
            core.requests.tell(this::pauseInTurn);
        }
    }

    private void pauseInTurn() {
        if (lane == null || lane.pausing()) {
            core.input.pause();
        }
    }

    /** More is wanted; in the same way. */
    void resume() {
        if (lane != null && lane.resumesWithinDelivery()) {
            tellUnlessPausing(core.input::resumeWithinCallback);
        } else if (core.strand.isCurrent()) {
            core.input.resume();
            core.strand.signal(Signal.MESSAGE);
        } else {
            tellUnlessPausing(core.input::resume);
        }
    }

    private void tellUnlessPausing(Runnable resume) {
        core.requests.tell(() -> {
            if (!pausing()) {
                resume.run();
            }
        });
    }

    /**
     * Whether callbacks run elsewhere, and nothing more is wanted by what was asked for last; perhaps the strand does
     * not know yet.
     */
    boolean pausing() {
        return lane != null && lane.pausing();
    }

    /**
     * Whether callbacks run elsewhere, and a change to TLS is asked for or under way; perhaps the strand does not know
     * yet.
     */
    boolean securing() {
        return lane != null && core.requests.changesToTls();
    }
}
