// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Idle;
import io.portcullis.StatefulHandler;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Lending;
import io.portcullis.internal.parts.Ending;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.states.Transitions;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.EnumSet;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * Calls the application's callbacks for a connection, either on the strand or in the lane of an executor. An exception
 * thrown by application code ends the connection. Confined to the strand, except where noted otherwise.
 */
final class Callbacks implements ExecutorLane.Owner {
    /**
     * The bytes lent to the handler.
     *
     * <pre>
     *   NONE ---> LENT ---> PASSED_ON
     *    ^         |            |
     *    +---------+------------+    the callback has returned
     * </pre>
     */
    enum Delivery {
        /** No bytes are lent. */
        NONE,
        /** A callback that is lent bytes is requested or runs. */
        LENT,
        /** The callback has passed the connection on: what it leaves unread belongs to another handler. */
        PASSED_ON
    }

    static final Transitions<Delivery> TRANSITIONS = new Transitions<>(Delivery.class)
            .allow(Delivery.NONE, EnumSet.of(Delivery.LENT))
            .allow(Delivery.LENT, EnumSet.of(Delivery.PASSED_ON, Delivery.NONE))
            .allow(Delivery.PASSED_ON, EnumSet.of(Delivery.NONE));

    private static final VarHandle DELIVERY =
            Fields.handle(MethodHandles.lookup(), Callbacks.class, "delivery", Delivery.class);

    private final Core core;
    private final @Nullable ExecutorLane lane;

    @SuppressWarnings("NullAway.Init") // by handOver, before the first callback
    private ConnectionHandler handler;

    private Role role = Role.ACCEPTED;

    /** Whether all were notified of the end. */
    private boolean allNotified;

    /** Whether the current handler was notified that the server drains. */
    private boolean drainNotified;

    @SuppressWarnings("unused") // by DELIVERY; set by the strand, and where callbacks run; read by any thread
    private Delivery delivery = Delivery.NONE;

    /** Whether onOpen has been called; touched where callbacks run. */
    private boolean opened;

    Callbacks(Core core, @Nullable ExecutorLane lane) {
        this.core = core;
        this.lane = lane;
        if (lane != null) {
            lane.serve(this);
        }
    }

    // Where callbacks run.

    /**
     * Whether a callback runs on the executor. Meanwhile nothing is delivered, and no buffer that it may hold is
     * touched.
     */
    boolean calling() {
        return lane != null && lane.calling();
    }

    @Override
    public long received() {
        return core.input.networkBytes();
    }

    /**
     * Returns how many bytes had come from the peer when the application code that is running now began; if none is
     * known to run, how many have come by now.
     */
    long receivedBefore() {
        return lane != null && lane.calling() ? lane.receivedBefore() : received();
    }

    /** Calls a callback of the handler. */
    void call(Runnable callback) {
        if (lane == null || role.onStrand()) {
            callHere(callback);
        } else {
            lane.call(callback);
        }
    }

    /**
     * Calls a callback that changes the meaning of the bytes received from now on: none of them is delivered before it.
     */
    private void callInFront(Runnable callback) {
        if (lane == null || role.onStrand()) {
            callHere(callback);
        } else {
            lane.callInFront(callback);
        }
    }

    /** Runs application code, whichever handler is current; an exception counts as the handler's failure, too. */
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

    /** Called when a turn ends. */
    void turnEnds() {
        if (lane != null) {
            lane.turnEnds();
        }
    }

    // The callbacks.

    /** Called when the connection is open; returns whether it is still wanted. */
    boolean opened() {
        core.home.audience().opened(core.connection);
        if (!role.opens(core.connection)) {
            return false;
        }
        callInFront(() -> {
            opened = true;
            handler.onOpen(core.connection);
            requireRoom();
        });
        return true;
    }

    /**
     * Rejects a handler that has to leave more bytes unread than the limit allows; it would work only until the first
     * large frame.
     */
    private void requireRoom() {
        int needed = handler.requiredUnreadLimit();
        int limit = core.home.settings().unread();
        if (needed > limit) {
            throw new IllegalStateException("the handler may leave up to " + needed
                    + " bytes unread, which exceeds unreadLimit(" + limit
                    + "); lower the maximum size of its frames or lines, or raise unreadLimit");
        }
    }

    /** Called when a change to TLS has succeeded. */
    void secured() {
        callInFront(() -> handler.onSecured(core.connection));
    }

    void writable() {
        call(() -> handler.onWritable(core.connection));
    }

    /**
     * Called when the connection, or one of its directions, has been idle for too long. A handler that is still in a
     * callback on the executor is not asked about the connection: perhaps no thread of the executor will ever be free.
     *
     * @param unwanted run on the strand if the handler does not want to keep the connection
     */
    void idle(Idle which, Runnable unwanted) {
        if (which == Idle.BOTH && calling()) {
            core.requests.closeBehindWrites(unwanted);
            return;
        }
        call(() -> {
            if (handler.onIdle(core.connection, which)) {
                core.requests.enqueue(() -> core.deadline.notified(which));
            } else {
                core.requests.closeBehindWrites(unwanted);
            }
        });
    }

    /** Calls a callback about what was received. No callback may be under way. */
    private void callInPlace(Runnable callback) {
        if (lane == null || role.onStrand()) {
            callHere(callback);
        } else {
            lane.callInPlace(callback);
        }
    }

    void endOfInput() {
        callInPlace(() -> handler.onEndOfInput(core.connection));
    }

    /**
     * Whether the handler is to be notified now that the server drains. It is not when the server closes all
     * connections.
     */
    boolean mayDrain() {
        return !drainNotified && !calling() && core.home.draining() && !core.home.closing();
    }

    /** Notifies the handler that the server drains. */
    void drain() {
        drainNotified = true;
        callInPlace(() -> handler.onDrain(core.connection));
    }

    /** Lends bytes to the handler; returns whether it has already returned them. */
    boolean deliver(ByteBuffer data) {
        become(Delivery.LENT);
        if (lane != null && !role.onStrand()) {
            core.input.shown();
            lane.callWith(data, () -> handler.onData(core.connection, data));
            return !lane.calling();
        }
        int position = data.position();
        int limit = data.limit();
        ByteBuffer before = Lending.lend(data);
        core.input.callbackBegins();
        try {
            handler.onData(core.connection, data);
        } catch (Throwable failure) {
            core.handlerFailed(failure);
        } finally {
            var unused = Lending.lend(before);
            taken(data, position, limit);
        }
        return true;
    }

    @Override
    public void delivered(ByteBuffer lent, int position, int limit) {
        taken(lent, position, limit);
        core.input.takeFrontBack();
        core.input.dropEmpty();
    }

    /**
     * Accounts for what the handler has taken after it has returned; {@code position} and {@code limit} are those from
     * before the call.
     */
    private void taken(ByteBuffer data, int position, int limit) {
        boolean passedOn = replaced();
        become(Delivery.NONE);
        data.limit(limit);
        if (data.position() < position) {
            data.position(position);
            core.faulty("the handler has moved back the position of the buffer lent to onData; read what you need,"
                    + " leave the rest, and do not rewind, clear or compact it");
        }
        int taken = data.position() - position;
        core.input.callbackEnds(taken);
        if (data.hasRemaining() && !passedOn) {
            limitUnread(data.remaining());
        }
    }

    private Delivery delivery() {
        return (Delivery) DELIVERY.getOpaque(this);
    }

    private void become(Delivery next) {
        DELIVERY.setOpaque(this, TRANSITIONS.follow(delivery(), next));
    }

    private void limitUnread(int unread) {
        int most = core.home.settings().unread();
        if (unread > most && core.life.delivers()) {
            core.leftTooMuch(unread, most);
        }
    }

    // The end.

    /** Notifies the relay or connect that made the connection, if any, that it has failed or ended. */
    void notifyRole() {
        Ending ending = core.life.ending();
        role.ended(core.connection, ending.reason(), ending.cause());
    }

    /**
     * Notifies the handler of the end. A handler that has given its connection to a relay is notified after the relay,
     * in the same way as any other.
     */
    void notifyEnd() {
        CloseReason reason = core.life.ending().reason();
        Throwable cause = core.life.ending().cause();
        call(() -> handler.onClose(core.connection, reason, cause));
        ConnectionHandler owner = role.owner();
        if (owner != null) {
            callApplication(() -> owner.onClose(core.connection, reason, cause));
        }
    }

    /** Called when all have been notified, or will be by queued callbacks. */
    void end() {
        if (lane == null) {
            lastReturned();
        } else {
            lane.end();
        }
    }

    /** Called when the last callback has returned. */
    @Override
    public void lastReturned() {
        try {
            core.home.closed(
                    core.connection,
                    core.life.ending().reason(),
                    core.life.ending().cause());
        } finally {
            allNotified = true;
            core.requests.lookAgain(core::attempt);
        }
    }

    // What the lane needs.

    @Override
    public boolean ended() {
        return core.life.ended();
    }

    @Override
    public void handlerFailed(Throwable failure) {
        core.handlerFailed(failure);
    }

    // Changing handlers.

    /** Sets the handler whose callbacks are called from now on. */
    void handOver(ConnectionHandler next, Role as) {
        handler = next;
        role = as;
    }

    ConnectionHandler handler() {
        return handler;
    }

    /** Passes the connection on to another handler of the application. May be called from any thread. */
    void pass(ConnectionHandler next) {
        Objects.requireNonNull(next, "next");
        boolean here = lane == null ? core.strand.isCurrent() : lane.inCallback();
        if (core.life.beginning() || (here && !opened)) {
            throw new IllegalStateException("a connection cannot be given to another handler before it is open:"
                    + " do it in onOpen, or choose the handler with ConnectionHandler.selecting");
        }
        if (relays()) {
            throw new IllegalStateException("a connection that is relayed cannot be given to another handler");
        }
        if (here) {
            replace(next);
        } else {
            var unused = execute(() -> replace(next));
        }
    }

    /** Replaces the handler from within a callback: the next handler first gets onOpen, then the unread bytes. */
    private void replace(ConnectionHandler next) {
        if (!core.life.goesOn() || core.requests.closeRequested()) {
            return;
        }
        if (next instanceof StatefulHandler stateful) {
            stateful.bind(core.connection);
        }
        if (handler instanceof StatefulHandler previous) {
            previous.release(next);
        }
        handler = next;
        if (delivery() == Delivery.LENT) {
            become(Delivery.PASSED_ON);
        }
        core.requests.inTurn(() -> {
            drainNotified = false;
            core.input.handlerReplaced();
            core.strand.signal(Signal.MESSAGE);
        });
        next.onOpen(core.connection);
        requireRoom();
    }

    /** Whether the rest of the bytes being delivered belongs to another handler. May be called from any thread. */
    boolean replaced() {
        return delivery() == Delivery.PASSED_ON;
    }

    /** Whether the connection is relayed, so that its bytes only pass through. */
    boolean relays() {
        return role.relays();
    }

    // From any thread:

    /** Whether the calling thread is within a callback that runs on the executor. */
    boolean inCallback() {
        return lane != null && lane.inCallback();
    }

    /** Runs application code in a turn, unless the connection has ended; returns whether it will run. */
    boolean execute(Runnable code) {
        return !core.over() && core.requests.tryEnqueue(() -> callApplication(code));
    }

    /** Runs application code in a turn after a delay, unless the connection has ended by then. */
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

    /** Returns a future that completes after the last callback. */
    CompletableFuture<CloseReason> closed() {
        CompletableFuture<CloseReason> future = new CompletableFuture<>();
        CompletableFuture<CloseReason> returned = viaExecutor(future);
        core.requests.inTurn(() -> awaitEnd(future));
        return returned;
    }

    private void awaitEnd(CompletableFuture<CloseReason> future) {
        if (allNotified) {
            future.complete(core.life.ending().reason());
        } else {
            core.requests.wakeLater(future, () -> awaitEnd(future));
        }
    }

    /** Wraps the handler of a write so that it is called where callbacks are. */
    <A> CompletionHandler<Void, ? super A> viaExecutor(CompletionHandler<Void, ? super A> completion) {
        return lane == null ? completion : ExecutorLane.viaExecutor(completion, this::call);
    }

    /** Returns a future with the same outcome that completes where callbacks are called. */
    <T> CompletableFuture<T> viaExecutor(CompletableFuture<T> future) {
        return lane == null ? future : lane.viaExecutor(future);
    }

    /** The same for an event that changes the meaning of bytes. */
    <T> CompletableFuture<T> viaExecutorInFront(CompletableFuture<T> future) {
        return lane == null ? future : lane.viaExecutorInFront(future);
    }

    /**
     * Pauses delivery: a callback that runs on the executor observes this immediately, and the strand is notified. If
     * another thread resumes concurrently, the last call wins, in whichever order the strand receives them.
     */
    void pause() {
        if (lane != null) {
            lane.pauses();
        }
        if (core.strand.isCurrent()) {
            pauseInTurn();
        } else {
            core.requests.enqueue(this::pauseInTurn);
        }
    }

    private void pauseInTurn() {
        if (lane == null || lane.pausing()) {
            core.input.pause();
        }
    }

    /** Resumes delivery, in the same way. */
    void resume() {
        if (lane != null && lane.resumesWithinDelivery()) {
            enqueueUnlessPausing(core.input::resumeWithinCallback);
        } else if (core.strand.isCurrent()) {
            core.input.resume();
            core.strand.signal(Signal.MESSAGE);
        } else {
            enqueueUnlessPausing(core.input::resume);
        }
    }

    private void enqueueUnlessPausing(Runnable resume) {
        core.requests.enqueue(() -> {
            if (!pausing()) {
                resume.run();
            }
        });
    }

    /** Whether callbacks run on an executor and the last call was a pause; the strand may not know yet. */
    boolean pausing() {
        return lane != null && lane.pausing();
    }

    /**
     * Whether callbacks run on an executor and a change to TLS was requested or is under way; the strand may not know
     * yet.
     */
    boolean securing() {
        return lane != null && core.requests.changesToTls();
    }
}
