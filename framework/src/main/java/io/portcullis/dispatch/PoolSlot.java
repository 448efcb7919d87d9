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
 * One connection of a pool, from the connect to its end. Except where noted, it is confined to the strand of the pool;
 * the transition between two borrowers is made in the turn of the connection, which no callback overlaps.
 *
 * <pre>
 *                 +------------------------ no borrower any more -----------------------+
 *                 |                                                                     v
 *   CONNECTING ---+--> HANDING ---> BORROWED ---> RETURNING ---> IDLE ---> CHECKING ---> RETURNING
 *                         ^                                       |
 *                         +---------------------------------------+
 * </pre>
 *
 * Every state leads to GONE when the connection has ended, and to ENDING before that when the connection is closed
 * because it must not be lent again.
 */
final class PoolSlot extends TimingWheel.Timer implements PoolHandler.Owner {
    /** The states of a pooled connection. */
    enum State {
        /** It is being connected. */
        CONNECTING,
        /** It is being handed to a borrower. */
        HANDING,
        /** It is lent. */
        BORROWED,
        /** It has been returned, and it is being determined whether it can be lent again. */
        RETURNING,
        /** It can be lent. */
        IDLE,
        /** Its health check is running. */
        CHECKING,
        /** It has been closed, and has not ended yet. */
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

    /** The pool. Its methods may be called from any thread, and take effect on its strand. */
    interface Owner {
        /** The connection has been lent to a waiter. */
        void taken(PoolSlot slot, PoolWaiter waiter);

        /** The acquire was abandoned before the connection was lent to it. */
        void notTaken(PoolSlot slot);

        /** The connection is unusable, and the waiter has to continue to wait. */
        void broken(PoolSlot slot, PoolWaiter waiter);

        /** The borrower returns the connection. */
        void released(PoolSlot slot);

        /** The connection has been returned, and is usable or not. */
        void returned(PoolSlot slot, boolean usable);

        /** The health check has ended. */
        void checked(PoolSlot slot, boolean healthy);

        /** The connection has become unusable without a borrower. */
        void spoiled(PoolSlot slot);

        /** The timer of the connection has expired. */
        void due(PoolSlot slot);

        /** The connection has ended. */
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

    /** The time until which it may be lent, on the clock of the machine. */
    long lifeEnd;

    /** The time since which it has been idle, on the clock of the machine. */
    long idleSince;

    /** The deadline of its last health check, on the clock of the machine. */
    long checkEnd;

    /** Whether it has been checked since it was last lent. */
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

    /** Sets the connect in progress. */
    void awaits(CompletableFuture<Connection> connect) {
        connecting = connect;
    }

    void giveUpConnect() {
        if (connecting != null) {
            connecting.cancel(false);
        }
    }

    /** Sets the connection, which has been opened. */
    void connected(Connection opened) {
        connection = opened;
        connecting = null;
        var unused = opened.closed().whenComplete((reason, failure) -> owner.ended(this));
    }

    private Connection own() {
        return Objects.requireNonNull(connection, "the connection");
    }

    // Lending:

    /** Hands the connection to a waiter; returns false if it has ended. */
    boolean handTo(PoolWaiter waiter) {
        become(State.HANDING);
        checked = false;
        return own().execute(() -> hand(waiter));
    }

    /** Runs in the turn of the connection. */
    private void hand(PoolWaiter waiter) {
        if (waiter.future.isDone()) {
            owner.notTaken(this);
        } else if (!handler.usable(own())) {
            own().close();
            owner.broken(this, waiter);
        } else {
            lendTo(waiter);
        }
    }

    private void lendTo(PoolWaiter waiter) {
        PooledConnection lease = new PooledConnection(own(), lentBefore, this::release);
        ConnectionHandler borrower;
        try {
            borrower = Objects.requireNonNull(waiter.handler.apply(lease), "the handler of the borrower");
            if (borrower instanceof StatefulHandler stateful) {
                stateful.bind(own());
            }
            handler.attach(borrower);
            lease.lend();
        } catch (Throwable failure) {
            handler.detach();
            waiter.future.completeExceptionally(failure);
            owner.notTaken(this);
            return;
        }
        lend(lease, borrower, waiter);
    }

    private void lend(PooledConnection lease, ConnectionHandler borrower, PoolWaiter waiter) {
        lentBefore = true;
        own().resume();
        owner.taken(this, waiter);
        try {
            borrower.onOpen(own());
            requireRoom(borrower);
        } catch (Throwable failure) {
            waiter.future.completeExceptionally(failure);
            throw failure;
        }
        if (!waiter.complete(lease)) {
            own().abort(); // the handler may have begun an exchange that will not be continued
        }
    }

    private void requireRoom(ConnectionHandler borrower) {
        int needed = borrower.requiredUnreadLimit();
        if (needed > settings.unread()) {
            throw new IllegalStateException("the handler may have to leave " + needed
                    + " bytes unread, more than unreadLimit(" + settings.unread()
                    + ") allows: lower the maximum size of its frames or lines, or raise unreadLimit");
        }
    }

    /** Records that the connection has been lent. */
    void borrowed() {
        become(State.BORROWED);
    }

    // Returning:

    /** Called on any thread, once per loan. */
    private void release() {
        handler.dismiss();
        owner.released(this);
    }

    /** Takes the connection back, and determines, after all received bytes, whether it can be lent again. */
    void comeBack() {
        become(State.RETURNING);
        handler.dismiss();
        var unused = own().execute(() -> {
            handler.detach();
            if (own().pendingBytes() > own().lowWatermark()) {
                // Unread bytes might be held back until the next borrower has it
                own().close();
            }
            own().handler(handler); // a borrower may have set another one; now unread bytes are presented again
            own().idleTimeout(Duration.ofNanos(settings.idle()));
            own().readIdleTimeout(FOREVER);
            own().writeIdleTimeout(FOREVER);
            own().resume();
            var unusedToo = own().execute(this::judge);
        });
    }

    /** Runs in the turn of the connection. */
    private void judge() {
        boolean usable = handler.usable(own()) && own().receiving();
        if (!usable) {
            own().close();
        }
        owner.returned(this, usable);
    }

    /** Records that the connection is idle and can be lent. */
    void rest(long now) {
        become(State.IDLE);
        idleSince = now;
    }

    // Checking:

    /** Starts a health check. */
    void check(HealthCheck check, long end) {
        become(State.CHECKING);
        checkEnd = end;
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

    // Ending:

    /** Closes the connection gracefully; it is not lent again. */
    void close() {
        become(State.ENDING);
        own().close();
    }

    /** Aborts the connection; it is not lent again. */
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
