// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.loop.Fields;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Lending;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.parts.HandlerFailures;
import io.portcullis.internal.parts.Requests;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.states.Transitions;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayDeque;
import java.util.EnumSet;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Runs the callbacks of a connection on an executor of the application. Everything else stays on the strand, which
 * hands out one callback at a time and the next when that one has returned. A callback that has not returned is an
 * operation under way, like a read or a write: the buffer lent to it is not touched, and the end of the connection
 * waits for it.
 *
 * <p>Received bytes take their turn among the callbacks. When a callback is handed out, a place is reserved behind it,
 * ahead of all callbacks requested from then on. When the place is reached, the connection has the rest of a turn in
 * which no callback runs, and delivers or reads. So the tasks of a later drain do not overtake a message, and a task
 * that keeps requesting another one does not keep the connection from reading. A callback that changes the meaning of
 * bytes, such as {@code onSecured}, gives the place up: bytes received from then on come after it.
 *
 * <pre>
 *   IDLE ---> KEEPING ---> RECEIVING ---> IDLE    one runs; it returns, and the place is reached;
 *              | ^  |                             received, given up, or the turn ends
 *              | |  +----> RETURNED ----> IDLE    it returns, and others wait in front of the place; given up
 *              | +------------+                   the next one runs
 *              v                                  given up
 *   IDLE ---> CALLING ------------------> IDLE    one runs when the connection has ended; it returns
 *                   +----> LEAVING -----> IDLE    the connection is over; the last one returns
 * </pre>
 *
 * <p>Confined to the strand, except where noted otherwise.
 */
final class ExecutorLane {
    private static final VarHandle TAKEN = Fields.handle(MethodHandles.lookup(), Call.class, "taken", boolean.class);

    /** The connection that the callbacks belong to. Called on its strand. */
    interface Owner extends HandlerFailures {
        /**
         * Called when a callback has returned that was lent this buffer, with the position and limit from before the
         * call.
         */
        void delivered(ByteBuffer lent, int position, int limit);

        /** Whether nothing is read or delivered anymore. */
        boolean ended();

        /** Returns how many bytes have come from the peer. */
        long received();

        /** Called when the last callback has returned. */
        void lastReturned();
    }

    enum State {
        /** No callback runs or waits. */
        IDLE,
        /** A callback runs, and no place is reserved. */
        CALLING,
        /** A callback runs, and a place is reserved behind it. */
        KEEPING,
        /** The callback has returned, and the next one, which waits ahead of the place, is about to be handed out. */
        RETURNED,
        /** The place is reached: the connection has the rest of the turn. */
        RECEIVING,
        /** The connection is over, and its last callbacks run. */
        LEAVING
    }

    static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.IDLE, EnumSet.of(State.CALLING, State.KEEPING))
            .allow(State.CALLING, EnumSet.of(State.IDLE, State.LEAVING))
            .allow(State.KEEPING, EnumSet.of(State.CALLING, State.RETURNED, State.RECEIVING))
            .allow(State.RETURNED, EnumSet.of(State.KEEPING, State.IDLE))
            .allow(State.RECEIVING, EnumSet.of(State.IDLE))
            .allow(State.LEAVING, EnumSet.of(State.IDLE));

    /** Null after it has rejected a callback: from then on callbacks run on the strand. */
    private @Nullable Executor executor;

    private final Strand strand;
    private final Requests requests;

    /** The connection's id for the log context, or negative if it is not used. */
    private final long id;

    @SuppressWarnings("NullAway.Init") // by serve, before the first callback
    private Owner owner;

    private State state = State.IDLE;

    /** The callbacks waiting behind the one that runs, and the {@link #place} of received bytes. */
    private final ArrayDeque<Call> waiting = new ArrayDeque<>(2);

    /** Stands for received bytes; never called. */
    private final Call place = new Call(() -> {}, null);

    /** How many bytes had come when the running callback was handed out. */
    private long receivedBefore;

    /**
     * Whether the last call was a pause. It takes effect immediately, although the strand is notified later. Accessed
     * by any thread.
     */
    private volatile boolean pausing;

    /** The running callback; written by its thread, read by any. */
    private volatile @Nullable Call running;

    /**
     * Creates a lane without callbacks.
     *
     * @param id the id of the connection for the log context; negative to leave it out
     */
    ExecutorLane(Executor executor, Strand strand, Requests requests, long id) {
        this.executor = executor;
        this.strand = strand;
        this.requests = requests;
        this.id = id;
    }

    /** Sets the connection that the callbacks belong to. */
    void serve(Owner its) {
        owner = its;
    }

    /** One callback; as a message it notifies the strand that it has returned. */
    private final class Call extends Inbox.Message {
        private final Runnable body;
        private final @Nullable ByteBuffer lent;
        private final int position;
        private final int limit;
        private @Nullable Throwable failure;

        /** The thread that runs it, once it does. */
        private @Nullable Thread thread;

        @SuppressWarnings("unused") // used by TAKEN
        private volatile boolean taken;

        Call(Runnable body, @Nullable ByteBuffer lent) {
            this.body = body;
            this.lent = lent;
            this.position = lent == null ? 0 : lent.position();
            this.limit = lent == null ? 0 : lent.limit();
        }

        /**
         * Claims the callback, either for the executor or for the strand after the executor has thrown, which it may do
         * although it has accepted the task; the first caller wins.
         */
        boolean take() {
            return TAKEN.compareAndSet(this, false, true);
        }

        /** On the executor. */
        void callOnce() {
            if (take()) {
                call();
            }
        }

        private void call() {
            thread = Thread.currentThread();
            running = this;
            try {
                callLending();
            } catch (Throwable thrown) {
                failure = thrown;
            } finally {
                running = null;
                requests.send(this);
            }
        }

        private void callLending() {
            if (lent == null) {
                body.run();
                return;
            }
            ByteBuffer before = Lending.lend(lent);
            try {
                body.run();
            } finally {
                var unused = Lending.lend(before);
            }
        }

        /** On the strand. */
        @Override
        public void run() {
            returned();
            try {
                if (failure != null) {
                    owner.handlerFailed(failure);
                }
                if (lent != null) {
                    owner.delivered(lent, position, limit);
                }
            } finally {
                if (state == State.LEAVING) {
                    continueToLast();
                } else {
                    goOn();
                }
            }
        }
    }

    /** Whether a callback is under way. Meanwhile nothing is delivered, and no buffer that it may hold is touched. */
    boolean calling() {
        return state == State.CALLING || state == State.KEEPING || state == State.LEAVING;
    }

    /** Returns how many bytes had come from the peer when the callback under way was handed out. */
    long receivedBefore() {
        return receivedBefore;
    }

    /** Queues a callback behind those already requested. */
    void call(Runnable callback) {
        waiting.add(new Call(callback, null));
        goOn();
    }

    /** Queues a callback that is lent received bytes; if the place is reserved for these, it takes that place. */
    void callWith(ByteBuffer lent, Runnable callback) {
        callInPlace(new Call(callback, lent));
    }

    /**
     * Queues a callback about what was received, such as the end of the input, in the same way. No callback may be
     * under way: so none that was requested before comes in between, and replaces the handler.
     */
    void callInPlace(Runnable callback) {
        callInPlace(new Call(callback, null));
    }

    private void callInPlace(Call call) {
        if (state == State.RECEIVING) {
            givePlaceUp();
            waiting.addFirst(call);
        } else {
            waiting.add(call);
        }
        goOn();
    }

    /** Queues a callback that changes the meaning of bytes: a place reserved for received bytes moves behind it. */
    void callInFront(Runnable callback) {
        waiting.add(new Call(callback, null));
        givePlaceUp();
        goOn();
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    private void returned() {
        switch (state) {
            case CALLING -> become(State.IDLE);
            case KEEPING -> become(waiting.peek() == place ? State.RECEIVING : State.RETURNED);
            case LEAVING, IDLE, RETURNED, RECEIVING -> {}
        }
    }

    /** Gives the place up, if one is reserved. */
    private void givePlaceUp() {
        switch (state) {
            case KEEPING -> become(State.CALLING);
            case RETURNED, RECEIVING -> become(State.IDLE);
            case IDLE, CALLING, LEAVING -> {
                return;
            }
        }
        var unused = waiting.remove(place);
    }

    /** Hands out the next callback, unless one is under way or the connection has the turn for itself. */
    private void goOn() {
        if (state == State.RECEIVING && owner.ended()) {
            givePlaceUp();
        }
        if (calling() || state == State.RECEIVING || waiting.isEmpty()) {
            return;
        }
        boolean keeps = state == State.RETURNED || !owner.ended();
        if (state == State.IDLE && keeps) {
            waiting.add(place);
        }
        become(keeps ? State.KEEPING : State.CALLING);
        handOut(waiting.remove());
    }

    /** Called when a turn ends and nothing more can be done without the waiting callbacks. */
    void turnEnds() {
        if (state == State.RECEIVING) {
            givePlaceUp();
            goOn();
        }
    }

    /** Called when the connection is over: its owner is notified after the last callback. */
    void end() {
        goOn();
        if (state == State.IDLE) {
            owner.lastReturned();
        } else {
            become(State.LEAVING);
        }
    }

    private void continueToLast() {
        if (waiting.isEmpty()) {
            become(State.IDLE);
            owner.lastReturned();
        } else {
            handOut(waiting.remove());
        }
    }

    private void handOut(Call call) {
        receivedBefore = owner.received();
        Executor its = executor;
        if (its != null) {
            try {
                its.execute(id < 0 ? call::callOnce : () -> LogContext.with(id, call::callOnce));
                return;
            } catch (Throwable refusal) {
                boolean mine = call.take();
                try {
                    refuse(refusal);
                } catch (Throwable noMemory) {
                    // No other thread will run the call now, but it has to end all the same
                    strand.signal(Signal.ABORT);
                }
                if (!mine) {
                    return;
                }
            }
        }
        if (call.lent == null) {
            call.call();
        } else {
            requests.send(call);
        }
    }

    private void refuse(Throwable refusal) {
        executor = null;
        if (!owner.ended()) {
            owner.handlerFailed(new IllegalStateException(
                    "the executor of callbackExecutor(...) rejected a callback; shut it down only after the servers"
                            + " and clients that use it are closed",
                    refusal));
        }
    }

    // Completions run on the executor, too. May be called from any thread:

    /**
     * Wraps the handler of a write so that it is called where callbacks are.
     *
     * @param callBack runs a callback; called on the strand
     */
    static <A> CompletionHandler<Void, A> viaExecutor(
            CompletionHandler<Void, ? super A> completion, Consumer<Runnable> callBack) {
        return new CompletionHandler<>() {
            @Override
            @SuppressWarnings("NullAway") // Void has only null
            public void completed(Void none, A same) {
                callBack.accept(() -> completion.completed(null, same));
            }

            @Override
            public void failed(Throwable cause, A same) {
                callBack.accept(() -> completion.failed(cause, same));
            }
        };
    }

    /** Returns a future that completes in this lane, after the callbacks already requested. */
    <T> CompletableFuture<T> viaExecutor(CompletableFuture<T> future) {
        return viaExecutor(future, this::call);
    }

    /** The same for an event that changes the meaning of bytes. */
    <T> CompletableFuture<T> viaExecutorInFront(CompletableFuture<T> future) {
        return viaExecutor(future, this::callInFront);
    }

    private <T> CompletableFuture<T> viaExecutor(CompletableFuture<T> future, Consumer<Runnable> queue) {
        CompletableFuture<T> returned = new CompletableFuture<>();
        var unused = future.whenComplete((value, failure) -> {
            Runnable outcome = () -> complete(returned, value, failure);
            if (strand.isCurrent()) {
                queue.accept(outcome);
            } else {
                requests.enqueue(() -> queue.accept(outcome));
            }
        });
        var unusedToo = returned.whenComplete((value, failure) -> {
            if (!future.isDone()) {
                future.cancel(true);
            }
        });
        return returned;
    }

    /** Completes the future with the failure as it is; a dependent stage would wrap it. */
    private static <T> void complete(CompletableFuture<T> future, T value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }

    // What a callback requests takes effect for it immediately, although the strand is notified later.

    /** Called on pause. */
    void pauses() {
        pausing = true;
    }

    /** Called on resume; returns whether the caller is the callback that was lent bytes. */
    boolean resumesWithinDelivery() {
        pausing = false;
        return delivering();
    }

    /** Whether the last call was a pause. */
    boolean pausing() {
        return pausing;
    }

    /** Whether the calling thread is within a callback that was lent bytes. */
    private boolean delivering() {
        Call its = running;
        return its != null && its.lent != null && its.thread == Thread.currentThread();
    }

    /** Whether the calling thread is within a callback. */
    boolean inCallback() {
        Call its = running;
        return its != null && its.thread == Thread.currentThread();
    }
}
