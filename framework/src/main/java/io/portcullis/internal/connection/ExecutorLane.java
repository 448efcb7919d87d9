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
 * Where the callbacks of a connection run if that is an executor of the application's. Everything else stays on the
 * strand, which hands out one callback at a time and goes on with the next when that one has returned; a callback that
 * has not returned is an operation under way, like a read or a write: what was lent to it is not touched, and the end
 * waits for it.
 *
 * <p>What was received takes its turn among the callbacks. Behind each that is handed out a place is kept, in front of
 * all that are asked for from then on; when the place is reached, the connection has the rest of a turn in which no
 * callback runs, and delivers or reads. So neither is a message overtaken by the tasks of a later drain, nor does a
 * task that asks for another one keep the connection from reading. A callback that changes what bytes mean, such as
 * {@code onSecured}, gives the place up: what is received from then on comes behind it.
 *
 * <pre>
 *   IDLE ---> KEEPING ---> RECEIVING ---> IDLE    one runs; it returns, and the place is reached; received, given up, or the turn ends
 *              | ^  +----> RETURNED ----> IDLE    it returns, and others wait in front of the place; given up
 *              | +------------+                   the next one runs
 *              v                                  given up
 *   IDLE ---> CALLING ------------------> IDLE    one runs when the connection has ended; it returns
 *                   +----> LEAVING -----> IDLE    the connection is over; the last one returns
 * </pre>
 *
 * <p>Touched by the strand alone, but for what says otherwise.
 */
final class ExecutorLane {
    private static final VarHandle TAKEN = Fields.handle(MethodHandles.lookup(), Call.class, "taken", boolean.class);

    /** The connection that the callbacks are of; on its strand. */
    interface Owner extends HandlerFailures {
        /** A callback has returned that was lent this buffer, which began and ended here. */
        void delivered(ByteBuffer lent, int position, int limit);

        /** Whether nothing is read or delivered any more. */
        boolean ended();

        /** How many bytes have come from the peer. */
        long received();

        /** The last callback has returned. */
        void leave();
    }

    enum State {
        /** No callback runs, and none waits. */
        IDLE,
        /** One runs, and no place is kept. */
        CALLING,
        /** One runs, and a place is kept behind it. */
        KEEPING,
        /** It has returned, and the next one, which waits in front of the place, is about to be handed out. */
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

    /** Null when it has refused a callback: from then on they run on the strand. */
    private @Nullable Executor executor;

    private final Strand strand;
    private final Requests requests;

    /** Of the connection, for the log context; or negative. */
    private final long id;

    @SuppressWarnings("NullAway.Init") // by serve, before anything is called
    private Owner owner;

    private State state = State.IDLE;

    /** Those behind the one that runs; and the place of what was received, {@link #place}. */
    private final ArrayDeque<Call> waiting = new ArrayDeque<>(2);

    /** Stands for what was received, and is never called. */
    private final Call place = new Call(() -> {}, null);

    /** How many bytes had come when the callback that runs was handed out. */
    private long receivedBefore;

    /**
     * Whether pause was asked for behind the last resume: that holds at once, although the strand is told later. From
     * any thread.
     */
    private volatile boolean pausing;

    /** The callback that runs; written by its thread. From any thread. */
    private volatile @Nullable Call running;

    /**
     * Nothing is called yet.
     *
     * @param id of the connection, to be put into the log context; negative if it is not
     */
    ExecutorLane(Executor executor, Strand strand, Requests requests, long id) {
        this.executor = executor;
        this.strand = strand;
        this.requests = requests;
        this.id = id;
    }

    /** From now on the callbacks are those of a connection. */
    void serve(Owner its) {
        owner = its;
    }

    /** One callback; as a message it tells the strand that it has returned. */
    private final class Call extends Inbox.Message {
        private final Runnable body;
        private final @Nullable ByteBuffer lent;
        private final int position;
        private final int limit;
        private @Nullable Throwable failure;

        /** What it runs on, from the moment at which it does. */
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
         * By who comes first: the executor, or the strand when that has thrown, which it may do although it has the
         * task.
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
                    leaveBehindTheLast();
                } else {
                    goOn();
                }
            }
        }
    }

    /** Whether a callback is under way: nothing is delivered meanwhile, and no buffer touched that it may have. */
    boolean calling() {
        return state == State.CALLING || state == State.KEEPING || state == State.LEAVING;
    }

    /** How many bytes had come from the peer when the callback that is under way was handed out. */
    long receivedBefore() {
        return receivedBefore;
    }

    /** Calls behind what is asked for already. */
    void call(Runnable callback) {
        waiting.add(new Call(callback, null));
        goOn();
    }

    /** The same for a callback that is lent bytes; if they are those that the place is kept for, in that place. */
    void callWith(ByteBuffer lent, Runnable callback) {
        Call call = new Call(callback, lent);
        if (state == State.RECEIVING) {
            givePlaceUp();
            waiting.addFirst(call);
        } else {
            waiting.add(call);
        }
        goOn();
    }

    /**
     * The same for a callback that changes what bytes mean: a place that is kept for what is received comes behind it.
     */
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

    /** If one is kept. */
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

    /** Hands out the next one, unless one is under way or the connection has a turn for itself. */
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

    /** The turn ends, at whose end nothing more can be done without the callbacks that wait. */
    void turnEnds() {
        if (state == State.RECEIVING) {
            givePlaceUp();
            goOn();
        }
    }

    /** The connection is over: its owner is told behind the last callback. */
    void end() {
        goOn();
        if (state == State.IDLE) {
            owner.leave();
        } else {
            become(State.LEAVING);
        }
    }

    private void leaveBehindTheLast() {
        if (waiting.isEmpty()) {
            become(State.IDLE);
            owner.leave();
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
                    // The call is nobody else's now, and must end all the same
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
                    "the executor of callbackExecutor(...) refused a callback; shut it down after the servers and clients"
                            + " that use it are closed",
                    refusal));
        }
    }

    // What completes runs on the executor, too. From any thread:

    /**
     * The handler of a write, which is called as callbacks are.
     *
     * @param callBack calls, on the strand
     */
    static <A> CompletionHandler<Void, A> told(
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

    /** A future that completes in this lane, behind what is called already. */
    <T> CompletableFuture<T> told(CompletableFuture<T> future) {
        return told(future, this::call);
    }

    /** The same for what changes the meaning of bytes. */
    <T> CompletableFuture<T> toldInFront(CompletableFuture<T> future) {
        return told(future, this::callInFront);
    }

    private <T> CompletableFuture<T> told(CompletableFuture<T> future, Consumer<Runnable> queue) {
        CompletableFuture<T> told = new CompletableFuture<>();
        var unused = future.whenComplete((value, failure) -> {
            Runnable tell = () -> complete(told, value, failure);
            if (strand.isCurrent()) {
                queue.accept(tell);
            } else {
                requests.tell(() -> queue.accept(tell));
            }
        });
        var unusedToo = told.whenComplete((value, failure) -> {
            if (!future.isDone()) {
                future.cancel(true);
            }
        });
        return told;
    }

    /** With the failure as it is: a dependent of a future has it wrapped. */
    private static <T> void complete(CompletableFuture<T> future, T value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }

    // What a callback asks for holds for it at once, although the strand is told later.

    /** Nothing more is wanted, from now on. */
    void pauses() {
        pausing = true;
    }

    /** More is wanted; returns whether that comes from the callback that has been lent bytes. */
    boolean resumesWithinDelivery() {
        pausing = false;
        return delivering();
    }

    /** Whether nothing more is wanted, as far as was asked for. */
    boolean pausing() {
        return pausing;
    }

    /** Whether the calling thread is within a callback that was lent bytes. */
    boolean delivering() {
        Call its = running;
        return its != null && its.lent != null && its.thread == Thread.currentThread();
    }

    /** Whether the calling thread is within a callback. */
    boolean inCallback() {
        Call its = running;
        return its != null && its.thread == Thread.currentThread();
    }
}
