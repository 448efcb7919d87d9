// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.tls.Filter;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.channels.FileChannel;
import java.util.ArrayDeque;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A connection whose callbacks run on an executor of the application's. Everything else stays on the strand, which hands out
 * one callback at a time and goes on with the next when that one has returned; a callback that has not returned is an
 * operation under way, like a read or a write: what was lent to it is not touched, and the end waits for it.
 *
 * <p>What was received takes its turn among the callbacks. Behind each that is handed out a place is kept, in front of all that
 * are asked for from then on; when the place is reached, the connection has the rest of a turn in which no callback runs, and
 * delivers or reads. So neither is a message overtaken by the tasks of a later drain, nor does a task that asks for
 * another one keep the connection from reading. A callback that changes what bytes mean, such as {@code onSecured}, gives the place up: what is
 * received from then on comes behind it.
 *
 * <p>A class of its own, so that connections without an executor pay nothing for it.
 */
final class ExecutorConnection extends SocketConnection {
    private static final VarHandle TAKEN;

    static {
        try {
            TAKEN = MethodHandles.lookup().findVarHandle(Call.class, "taken", boolean.class);
        } catch (ReflectiveOperationException impossible) {
            throw new ExceptionInInitializerError(impossible);
        }
    }

    private final Executor executor;

    /** Those behind the one that runs; and the place of what was received, {@link #place}. */
    private final ArrayDeque<Call> waiting = new ArrayDeque<>(2);

    /** Stands for what was received, and is never called. */
    private final Call place = new Call(() -> {}, null);

    private boolean placeKept;

    private boolean calling;
    private boolean refused;
    private boolean leaving;

    /** What the callback that runs has asked for, and the strand has not seen yet. */
    private volatile boolean pausing;

    private volatile boolean securing;
    private volatile @Nullable Thread caller;

    /** Whether the callback that runs was lent bytes. */
    private volatile boolean lending;

    ExecutorConnection(Endpoint endpoint, Wire wire, Filter filter, ConnectionHandler handler, Executor executor) {
        super(endpoint, wire, filter, handler);
        this.executor = executor;
    }

    /** One callback; as a message it tells the strand that it has returned. */
    private final class Call extends Inbox.Message {
        private final Runnable body;
        private final @Nullable ByteBuffer lent;
        private final int position;
        private final int limit;
        private @Nullable Throwable failure;

        @SuppressWarnings("unused") // used by TAKEN
        private volatile boolean taken;

        Call(Runnable body, @Nullable ByteBuffer lent) {
            this.body = body;
            this.lent = lent;
            this.position = lent == null ? 0 : lent.position();
            this.limit = lent == null ? 0 : lent.limit();
        }

        /** By who comes first: the executor, or the strand when that has thrown, which it may do although it has the task. */
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
            caller = Thread.currentThread();
            lending = lent != null;
            try {
                callLending();
            } catch (Throwable thrown) {
                failure = thrown;
            } finally {
                caller = null;
                send(this);
            }
        }

        private void callLending() {
            if (lent == null) {
                body.run();
                return;
            }
            ByteBuffer before = Lending.begins(lent);
            try {
                body.run();
            } finally {
                Lending.ends(before);
            }
        }

        /** On the strand. */
        @Override
        public void run() {
            calling = false;
            try {
                if (failure != null) {
                    handlerFailed(failure);
                }
                if (lent != null) {
                    delivered(lent, position, limit);
                    inbound().dropEmptyApplication();
                }
            } finally {
                goOn();
            }
        }
    }

    @Override
    boolean calling() {
        return calling;
    }

    @Override
    void deliver(ByteBuffer data) {
        if (passesOn()) {
            super.deliver(data);
        } else {
            Call call = new Call(() -> handler.onData(this, data), data);
            if (placeReached()) {
                leavePlace();
                waiting.addFirst(call);
            } else {
                waiting.add(call);
            }
            goOn();
        }
    }

    @Override
    void callBack(Runnable callback) {
        if (passesOn()) {
            super.callBack(callback);
        } else {
            call(new Call(callback, null));
        }
    }

    @Override
    void callApplication(Runnable code) {
        call(new Call(code, null));
    }

    /** Whether the handler is the machine's own, which belongs to the strand: the bytes go to another connection or come from it. */
    private boolean passesOn() {
        return relays() || (handler instanceof ClientHandler client && client.relays());
    }

    private void call(Call call) {
        waiting.add(call);
        goOn();
    }

    @Override
    void callBackInFront(Runnable callback) {
        if (passesOn()) {
            super.callBack(callback);
        } else {
            callInFront(new Call(callback, null));
        }
    }

    /** In this order: whatever is handed out by that, a place that is kept for what is received comes behind the call. */
    private void callInFront(Call call) {
        waiting.add(call);
        if (placeKept) {
            placeKept = false;
            var unused = waiting.remove(place);
        }
        goOn();
    }

    /** Hands out the next one, unless one is under way or the connection has a turn for itself. */
    private void goOn() {
        if (ended() && placeReached()) {
            leavePlace();
        }
        if (calling || placeReached()) {
            return;
        }
        Call call = waiting.poll();
        if (call != null) {
            calling = true;
            keepPlace();
            handOut(call);
        } else if (leaving) {
            leaving = false;
            super.leave();
        }
    }

    private void keepPlace() {
        if (!placeKept && !ended()) {
            placeKept = true;
            waiting.add(place);
        }
    }

    private boolean placeReached() {
        return placeKept && !calling && waiting.peek() == place;
    }

    private void leavePlace() {
        placeKept = false;
        waiting.remove();
    }

    /** At its end nothing more can be done without the callbacks that wait. */
    @Override
    public void turn(int signals) {
        super.turn(signals);
        if (placeReached()) {
            leavePlace();
            goOn();
        }
    }

    private void handOut(Call call) {
        if (!refused) {
            try {
                executor.execute(
                        endpoint.setsLogContext() ? () -> LogContext.with(id(), call::callOnce) : call::callOnce);
                return;
            } catch (Throwable refusal) {
                boolean mine = call.take();
                refuse(refusal);
                if (!mine) {
                    return;
                }
            }
        }
        if (call.lent == null) {
            call.call();
        } else {
            send(call);
        }
    }

    private void refuse(Throwable refusal) {
        refused = true;
        if (!ended()) {
            handlerFailed(new IllegalStateException(
                    "the executor of callbacksOn(...) refused a callback; shut it down after the servers and clients"
                            + " that use it are closed",
                    refusal));
        }
    }

    /** Behind the last callback. */
    @Override
    void leave() {
        leaving = true;
        goOn();
    }

    // What completes runs on the executor, too.

    @Override
    public <A> void write(ByteBuffer data, A attachment, CompletionHandler<Void, ? super A> completion) {
        super.write(data, attachment, new CompletionHandler<Void, A>() {
            @Override
            @SuppressWarnings("NullAway") // Void has only null
            public void completed(Void none, A same) {
                callBack(() -> completion.completed(null, same));
            }

            @Override
            public void failed(Throwable cause, A same) {
                callBack(() -> completion.failed(cause, same));
            }
        });
    }

    @Override
    public CompletableFuture<TlsSession> startTls(TlsProfile profile) {
        securing = true;
        CompletableFuture<TlsSession> over = new CompletableFuture<>();
        var unused = super.startTls(profile).whenComplete((session, failure) -> {
            securing = false;
            complete(over, session, failure);
        });
        return told(over, this::callInFront);
    }

    /** With the failure as it is: a dependent of a future has it wrapped. */
    private static <T> void complete(CompletableFuture<T> future, T value, @Nullable Throwable failure) {
        if (failure == null) {
            future.complete(value);
        } else {
            future.completeExceptionally(failure);
        }
    }

    @Override
    public CompletableFuture<Void> stopTls() {
        return told(super.stopTls(), this::callInFront);
    }

    @Override
    public CompletableFuture<TlsSession> secured() {
        return told(super.secured(), this::callInFront);
    }

    @Override
    public CompletableFuture<CloseReason> closed() {
        return told(super.closed(), this::call);
    }

    @Override
    public CompletableFuture<Long> sendFile(FileChannel channel, long position, long count) {
        return told(super.sendFile(channel, position, count), this::call);
    }

    private <T> CompletableFuture<T> told(CompletableFuture<T> future, Consumer<Call> queue) {
        CompletableFuture<T> told = new CompletableFuture<>();
        var unused = future.whenComplete((value, failure) -> {
            Runnable tell = () -> complete(told, value, failure);
            if (strand.isCurrent()) {
                queue.accept(new Call(tell, null));
            } else {
                tell(() -> queue.accept(new Call(tell, null)));
            }
        });
        var unusedToo = told.whenComplete((value, failure) -> {
            if (!future.isDone()) {
                future.cancel(true);
            }
        });
        return told;
    }

    // What a callback asks for holds for it at once, although the strand is told later.

    @Override
    public void pause() {
        pausing = true;
        super.pause();
    }

    @Override
    public void resume() {
        pausing = false;
        if (lending && caller == Thread.currentThread() && !strand.isCurrent()) {
            tell(inbound()::resumeWithinDelivery);
        } else {
            super.resume();
        }
    }

    @Override
    public boolean receiving() {
        return !pausing && !securing && super.receiving();
    }

    @Override
    public boolean inTurn() {
        return caller == Thread.currentThread() || super.inTurn();
    }
}
