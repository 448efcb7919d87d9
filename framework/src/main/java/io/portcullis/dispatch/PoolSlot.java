// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.StatefulHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.states.Transitions;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.EnumSet;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/**
 * One connection of a pool, from the connect to its end. Touched by the strand of the pool, but for what says
 * otherwise: the steps between two borrowers are made in the turn of the connection, which no callback overlaps.
 *
 * <pre>
 *                 +------------------------ no borrower any more -----------------------+
 *                 |                                                                     v
 *   CONNECTING ---+--> HANDING ---> BORROWED ---> RETURNING ---> IDLE ---> CHECKING ---> RETURNING
 *                         ^                                       |
 *                         +---------------------------------------+
 * </pre>
 *
 * From each of them it goes on to GONE when the connection has ended, and from each but CONNECTING to ENDING before
 * that, when it is not to be lent any more.
 */
final class PoolSlot extends TimingWheel.Timer implements PoolHandler.Owner {
    /** Where the connection is. */
    enum State {
        /** It is being made. */
        CONNECTING,
        /** A borrower is being given it. */
        HANDING,
        /** A borrower has it. */
        BORROWED,
        /** Nobody has it any more, and it is found out whether somebody may. */
        RETURNING,
        /** It can be lent. */
        IDLE,
        /** It is asked whether it still works. */
        CHECKING,
        /** It was closed. */
        ENDING,
        /** It has ended. */
        GONE
    }

    static final Transitions<State> TRANSITIONS = new Transitions<>(State.class)
            .allow(State.CONNECTING, EnumSet.of(State.HANDING, State.RETURNING, State.ENDING, State.GONE))
            .allow(State.HANDING, EnumSet.of(State.BORROWED, State.RETURNING, State.ENDING, State.GONE))
            .allow(State.BORROWED, EnumSet.of(State.RETURNING, State.ENDING, State.GONE))
            .allow(State.RETURNING, EnumSet.of(State.IDLE, State.ENDING, State.GONE))
            .allow(State.IDLE, EnumSet.of(State.HANDING, State.CHECKING, State.ENDING, State.GONE))
            .allow(State.CHECKING, EnumSet.of(State.RETURNING, State.ENDING, State.GONE))
            .allow(State.ENDING, EnumSet.of(State.GONE));

    /** The pool. From any thread; what it is told, it does on its strand. */
    interface Owner {
        /** A borrower has it. */
        void taken(PoolSlot slot, PoolWaiter waiter);

        /** A borrower does not want it any more, and has not touched it. */
        void notTaken(PoolSlot slot);

        /** It cannot be given to the borrower, who waits on. */
        void broken(PoolSlot slot, PoolWaiter waiter);

        /** A borrower returns it. */
        void released(PoolSlot slot);

        /** It was returned, and can be lent again or not. */
        void returned(PoolSlot slot, boolean usable);

        /** The check has come to an end. */
        void checked(PoolSlot slot, boolean healthy);

        /** Nobody has it, and it has become unusable. */
        void spoiled(PoolSlot slot);

        /** Its time has come. */
        void due(PoolSlot slot);

        /** It has ended. */
        void ended(PoolSlot slot);
    }

    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    private final Owner owner;
    private final ConnectionSettings settings;
    private final PoolHandler handler = new PoolHandler(this);
    private State state = State.CONNECTING;
    private @Nullable CompletableFuture<Connection> connecting;
    private @Nullable Connection connection;
    private boolean lentBefore;

    /** Until when it can be lent, in the time of the machine. */
    long lifeEnd;

    /** Since when it has been idle. */
    long idleSince;

    /** Whether it was checked, and not lent since. */
    boolean checked;

    PoolSlot(Owner owner, ConnectionSettings settings) {
        this.owner = owner;
        this.settings = settings;
    }

    State state() {
        return state;
    }

    private void become(State next) {
        state = TRANSITIONS.follow(state, next);
    }

    PoolHandler handler() {
        return handler;
    }

    /** The connect is under way. */
    void awaits(CompletableFuture<Connection> connect) {
        connecting = connect;
    }

    void giveUpConnect() {
        if (connecting != null) {
            connecting.cancel(false);
        }
    }

    /** It is open. */
    void connected(Connection opened) {
        connection = opened;
        connecting = null;
        var unused = opened.closed().whenComplete((reason, failure) -> owner.ended(this));
    }

    private Connection own() {
        return Objects.requireNonNull(connection, "the connection");
    }

    // To a borrower:

    /** Gives it to a borrower; returns false if it has ended. */
    boolean handTo(PoolWaiter waiter) {
        become(State.HANDING);
        checked = false;
        return own().execute(() -> hand(waiter));
    }

    /** In the turn of the connection. */
    private void hand(PoolWaiter waiter) {
        if (waiter.future.isDone()) {
            owner.notTaken(this);
        } else if (!handler.usable(own())) {
            own().close();
            owner.broken(this, waiter);
        } else if (bind(waiter)) {
            lend(waiter);
        } else {
            owner.notTaken(this);
        }
    }

    private boolean bind(PoolWaiter waiter) {
        try {
            if (waiter.handler instanceof StatefulHandler stateful) {
                stateful.bind(own());
            }
            return true;
        } catch (IllegalStateException takenAlready) {
            waiter.future.completeExceptionally(takenAlready);
            return false;
        }
    }

    private void lend(PoolWaiter waiter) {
        PooledConnection lease = new PooledConnection(own(), lentBefore, this::release);
        lentBefore = true;
        handler.attach(waiter.handler);
        own().resume();
        owner.taken(this, waiter);
        try {
            waiter.handler.onOpen(own());
            requireRoom(waiter.handler);
        } catch (Throwable failure) {
            waiter.future.completeExceptionally(failure);
            throw failure;
        }
        if (!waiter.future.complete(lease)) {
            own().abort(); // the handler may have begun a conversation that nobody goes on with
        }
    }

    private void requireRoom(ConnectionHandler borrower) {
        int needed = borrower.requiredUnreadLimit();
        if (needed > settings.unread()) {
            throw new IllegalStateException("the handler may have to leave " + needed
                    + " bytes unread, more than unreadLimit(" + settings.unread()
                    + ") allows: lower the limit of its frames or lines, or raise unreadLimit");
        }
    }

    /** A borrower has it. */
    void borrowed() {
        become(State.BORROWED);
    }

    // And back:

    /** On any thread, once for each borrower. */
    private void release() {
        handler.dismiss();
        owner.released(this);
    }

    /** Nobody has it any more: finds out whether somebody may, behind everything that has been received. */
    void comeBack() {
        become(State.RETURNING);
        handler.dismiss();
        var unused = own().execute(() -> {
            handler.detach();
            own().handler(handler); // a borrower may have given it to another one
            own().idleTimeout(Duration.ofNanos(settings.idle()));
            own().readIdleTimeout(FOREVER);
            own().writeIdleTimeout(FOREVER);
            own().resume();
            var unusedToo = own().execute(this::judge);
        });
    }

    /** In the turn of the connection. */
    private void judge() {
        boolean usable = handler.usable(own()) && own().receiving();
        if (!usable) {
            own().close();
        }
        owner.returned(this, usable);
    }

    /** It can be lent. */
    void rest(long now) {
        become(State.IDLE);
        idleSince = now;
    }

    // Looked at:

    /** Has it checked. */
    void check(HealthCheck check) {
        become(State.CHECKING);
        CompletableFuture<Boolean> healthy = new CompletableFuture<>();
        var unused = healthy.whenComplete(
                (verdict, failure) -> owner.checked(this, failure == null && Boolean.TRUE.equals(verdict)));
        var unusedToo = own().execute(() -> {
            if (!handler.usable(own())) {
                healthy.complete(false);
                return;
            }
            ConnectionHandler asking = check.begin(own(), healthy);
            if (asking instanceof StatefulHandler stateful) {
                stateful.bind(own());
            }
            handler.attach(asking);
            asking.onOpen(own());
        });
    }

    // The end:

    /** It is lent to nobody any more: closed in order. */
    void close() {
        become(State.ENDING);
        own().close();
    }

    /** It is lent to nobody any more: cut. */
    void abort() {
        become(State.ENDING);
        own().abort();
    }

    void gone() {
        become(State.GONE);
    }

    @Override
    public void spoiled() {
        owner.spoiled(this);
    }

    @Override
    public void expired() {
        owner.due(this);
    }
}
