// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.dispatch.AcquireFailedException.Reason;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.Inbox;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.TimingWheel;
import io.portcullis.internal.parts.Signal;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The state of a pool. It is confined to a strand of its own: calls from any thread become events of the strand, and
 * after each event the waiting acquires are served as far as possible. So there is no lock, and two threads never count
 * at the same time.
 *
 * <p>Waiters are served in order; a waiter whose connection turned out to be unusable keeps its position. Connects and
 * health checks are started on behalf of waiters, but not tied to them: the result serves the first waiter at that
 * time.
 *
 * <p>The pool is registered with its endpoint until it has ended, so that the threads do not end before its strand.
 */
final class PoolCore implements Strand.Turn, PoolSlot.Owner {
    private static final Logger LOG = LoggerFactory.getLogger(PoolCore.class);

    private final String target;
    private final PoolSettings settings;
    private final Endpoint endpoint;
    private final Machine machine;
    private final Function<ConnectionHandler, CompletableFuture<Connection>> connect;
    private final CompletableFuture<Void> end = new CompletableFuture<>();
    private final Inbox inbox = new Inbox();
    private final Strand strand;
    private volatile ConnectionPoolStatistics statistics =
            new ConnectionPoolStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    /** Whether acquires are refused: continued calls must not prevent the strand from ending. */
    private volatile boolean refusing;

    // The rest is accessed only by the strand.

    /** All connections that count towards the limit. */
    private final Set<PoolSlot> slots = new HashSet<>();

    /** The connections that can be lent, the last one first, so that surplus ones stay idle and are closed. */
    private final Deque<PoolSlot> idle = new ArrayDeque<>();

    /** The waiting acquires, by number. */
    private final TreeMap<Long, PoolWaiter> waiting = new TreeMap<>();

    private long numbers;
    private int connecting;

    /** The connections that are being checked and are not idle yet. */
    private final Set<PoolSlot> checking = new HashSet<>();

    /** The other ones that are coming back and are not idle yet. */
    private final Set<PoolSlot> returning = new HashSet<>();

    private long connected;
    private long connectFailures;
    private long acquired;
    private long timeouts;
    private long refusals;
    private long discarded;
    private long unhealthy;
    private boolean closing;

    /**
     * Creates a pool without connections.
     *
     * @param target the name of the server, for messages
     * @param connect connects with a handler
     */
    PoolCore(
            String target,
            PoolSettings settings,
            Endpoint endpoint,
            Function<ConnectionHandler, CompletableFuture<Connection>> connect) {
        this.target = target;
        this.settings = settings;
        this.endpoint = endpoint;
        this.machine = endpoint.machine();
        this.connect = connect;
        this.strand = new Strand(this, machine);
        if (!endpoint.enter()) {
            closing = true;
            var unused = inbox.takeLast();
            end.complete(null);
        }
    }

    // From any thread:

    CompletableFuture<PooledConnection> acquire(ConnectionHandler handler) {
        return acquire(borrowed -> handler);
    }

    CompletableFuture<PooledConnection> acquire(
            Function<? super PooledConnection, ? extends ConnectionHandler> handler) {
        PoolWaiter waiter = new PoolWaiter(handler, late -> later(() -> timedOut(late)));
        boolean inTime = !refusing && later(() -> enqueue(waiter));
        if (!inTime) {
            fail(waiter, closed());
            return waiter.future;
        }
        var unused = waiter.future.whenComplete((lease, failure) -> {
            if (waiter.abandoned()) {
                later(() -> forget(waiter));
            }
        });
        return waiter.future;
    }

    void close() {
        refusing = true;
        later(this::closeAll);
    }

    CompletableFuture<Void> end() {
        return end;
    }

    ConnectionPoolStatistics statistics() {
        return statistics;
    }

    // On the strand:

    private static final class Event extends Inbox.Message {
        private final Runnable event;

        Event(Runnable event) {
            this.event = event;
        }

        @Override
        public void run() {
            event.run();
        }
    }

    /** Submits an event to the strand; returns false, without effect, if the pool has ended. */
    private boolean later(Runnable event) {
        boolean inTime = inbox.addInTime(new Event(event));
        if (inTime) {
            strand.signal(Signal.MESSAGE);
        }
        return inTime;
    }

    @Override
    public void turn(int signals) {
        runAll(inbox.takeAll());
        if (closing && slots.isEmpty() && !end.isDone()) {
            runAll(inbox.takeLast());
            publishStatistics();
            try {
                end.complete(null);
            } finally {
                endpoint.leave();
            }
        } else {
            publishStatistics();
        }
    }

    private void runAll(Inbox.@Nullable Message first) {
        for (Inbox.Message next = first; next != null; next = next.next()) {
            try {
                next.run();
                serve();
            } catch (Throwable failure) {
                Guard.error(LOG, "an event of the connection pool of {} failed", target, failure);
            }
        }
    }

    private void publishStatistics() {
        int borrowed = 0;
        for (PoolSlot slot : slots) {
            borrowed += switch (slot.state()) {
                case HANDING, BORROWED, RETURNING, CHECKING -> 1;
                case CONNECTING, IDLE, ENDING, GONE -> 0;
            };
        }
        statistics = new ConnectionPoolStatistics(
                slots.size(),
                connecting,
                idle.size(),
                borrowed,
                waiting.size(),
                connected,
                connectFailures,
                acquired,
                timeouts,
                refusals,
                discarded,
                unhealthy);
    }

    // Waiters:

    private void enqueue(PoolWaiter waiter) {
        if (waiter.future.isDone()) {
            return;
        }
        if (closing) {
            fail(waiter, closed());
            return;
        }
        int free = idle.size() + inFlight() + returning.size() + settings.maxConnections() - slots.size();
        if (waiting.size() - free >= settings.maxPending()) {
            refusals++;
            fail(waiter, failure(Reason.TOO_MANY_WAITING, "the maximum number of acquires is waiting"));
            return;
        }
        waiter.number = numbers++;
        waiting.put(waiter.number, waiter);
        machine.setTimer(waiter, machine.now() + settings.acquire());
    }

    /** Removes a waiter whose future has failed, or was completed by its caller. */
    private void forget(PoolWaiter waiter) {
        var unused = waiting.remove(waiter.number, waiter);
        machine.setTimer(waiter, TimingWheel.NEVER);
    }

    private void timedOut(PoolWaiter waiter) {
        if (waiter.future.isDone()) {
            return;
        }
        var unused = waiting.remove(waiter.number, waiter);
        timeouts++;
        fail(
                waiter,
                failure(
                        Reason.DEADLINE,
                        "none became free within " + TimeUnit.NANOSECONDS.toMillis(settings.acquire()) + " ms"));
    }

    private static void fail(PoolWaiter waiter, Throwable failure) {
        waiter.future.completeExceptionally(failure);
    }

    private AcquireFailedException closed() {
        return new AcquireFailedException(Reason.POOL_CLOSED, "the connection pool of " + target + " is closed");
    }

    private AcquireFailedException failure(Reason reason, String why) {
        publishStatistics();
        ConnectionPoolStatistics now = statistics;
        return new AcquireFailedException(
                reason,
                "no connection to " + target + ": " + why + "; of at most " + settings.maxConnections()
                        + " connections " + now.borrowed() + " are borrowed, " + now.idle() + " idle and "
                        + now.connecting() + " connecting, and " + now.waiting()
                        + " acquires are waiting; release connections sooner, or raise maxConnections"
                        + (reason == Reason.TOO_MANY_WAITING ? " or maxPendingAcquires" : ""));
    }

    // Serving them:

    /** Returns how many connections are being made or checked for waiters. */
    private int inFlight() {
        return connecting + checking.size();
    }

    /** Serves waiters as far as possible; called after each event. */
    private void serve() {
        boolean more = true;
        while (more && !waiting.isEmpty() && !idle.isEmpty()) {
            more = serveFrom(idle.getLast());
        }
        while (!closing && inFlight() + returning.size() < waiting.size() && slots.size() < settings.maxConnections()) {
            connect();
        }
    }

    /** Lends, checks or retires an idle connection for a waiter; returns whether there may be more to do. */
    private boolean serveFrom(PoolSlot slot) {
        HealthCheck check = settings.check();
        if (machine.now() - slot.lifeEnd >= 0) {
            idle.removeLast();
            retire(slot);
        } else if (check == null || slot.checked) {
            idle.removeLast();
            hand(slot);
        } else if (inFlight() < waiting.size()) {
            idle.removeLast();
            checking.add(slot);
            slot.check(check, machine.now() + settings.checkTimeout());
            machine.setTimer(slot, slot.checkEnd);
        } else {
            return false;
        }
        return true;
    }

    private void hand(PoolSlot slot) {
        PoolWaiter first = waiting.pollFirstEntry().getValue();
        machine.setTimer(slot, TimingWheel.NEVER);
        if (!slot.handTo(first)) {
            waitAgain(first);
        }
    }

    /** Puts a waiter back into its former position. */
    private void waitAgain(PoolWaiter waiter) {
        if (!waiter.future.isDone()) {
            waiting.put(waiter.number, waiter);
            if (closing) {
                fail(waiter, closed());
            }
        }
    }

    private void connect() {
        PoolSlot slot = new PoolSlot(this, endpoint.settings());
        slots.add(slot);
        connecting++;
        CompletableFuture<Connection> connection;
        try {
            connection = connect.apply(slot.handler());
        } catch (Throwable failure) {
            connectFailed(slot, failure);
            return;
        }
        slot.awaits(connection);
        var unused = connection.whenComplete((opened, failure) -> later(() -> {
            if (failure == null) {
                connected(slot, opened);
            } else {
                connectFailed(slot, failure);
            }
        }));
    }

    private void connectFailed(PoolSlot slot, Throwable failure) {
        connecting--;
        connectFailures++;
        slot.gone();
        slots.remove(slot);
        var first = waiting.pollFirstEntry();
        if (first != null) {
            fail(first.getValue(), failure);
        }
    }

    private void connected(PoolSlot slot, Connection opened) {
        connecting--;
        connected++;
        slot.connected(opened);
        // Lifetimes vary, so that connections made at the same time are not all replaced at the same time
        long sooner = ThreadLocalRandom.current().nextLong(settings.maxLifetime() / 20 + 1);
        slot.lifeEnd = machine.now() + settings.maxLifetime() - sooner;
        if (closing) {
            slot.close();
        } else if (waiting.isEmpty()) {
            comeBack(slot);
        } else {
            hand(slot);
        }
    }

    // Events of connections, from any thread:

    @Override
    public void taken(PoolSlot slot, PoolWaiter waiter) {
        later(() -> {
            acquired++;
            machine.setTimer(waiter, TimingWheel.NEVER);
            if (slot.state() == PoolSlot.State.HANDING) {
                slot.borrowed();
            }
        });
    }

    @Override
    public void notTaken(PoolSlot slot) {
        later(() -> comeBack(slot));
    }

    @Override
    public void broken(PoolSlot slot, PoolWaiter waiter) {
        later(() -> {
            discarded++;
            slot.close();
            waitAgain(waiter);
        });
    }

    @Override
    public void released(PoolSlot slot) {
        later(() -> {
            switch (slot.state()) {
                // Another thread may release it before the pool has recorded that it was lent
                case HANDING, BORROWED -> comeBack(slot);
                case CONNECTING, RETURNING, IDLE, CHECKING, ENDING, GONE -> {}
            }
        });
    }

    /** Takes a connection back, which counts as on its way to the waiters until the result is known. */
    private void comeBack(PoolSlot slot) {
        slot.comeBack();
        returning.add(slot);
    }

    @Override
    public void returned(PoolSlot slot, boolean usable) {
        later(() -> {
            arrived(slot);
            if (slot.state() != PoolSlot.State.RETURNING) {
                return;
            }
            if (!usable) {
                discarded++;
                slot.close();
            } else if (closing || machine.now() - slot.lifeEnd >= 0) {
                retire(slot);
            } else {
                rest(slot);
            }
        });
    }

    /** Records that a connection is no longer on its way to the waiters. */
    private void arrived(PoolSlot slot) {
        checking.remove(slot);
        returning.remove(slot);
    }

    private void rest(PoolSlot slot) {
        long now = machine.now();
        slot.rest(now);
        idle.addLast(slot);
        machine.setTimer(slot, now + Math.min(settings.maxIdle(), slot.lifeEnd - now));
    }

    private void retire(PoolSlot slot) {
        machine.setTimer(slot, TimingWheel.NEVER);
        slot.close();
    }

    @Override
    public void checked(PoolSlot slot, boolean healthy) {
        later(() -> {
            if (slot.state() != PoolSlot.State.CHECKING) {
                return;
            }
            machine.setTimer(slot, TimingWheel.NEVER);
            if (healthy) {
                slot.checked = true;
                slot.comeBack();
            } else {
                unhealthy++;
                checking.remove(slot);
                slot.abort();
            }
        });
    }

    @Override
    public void spoiled(PoolSlot slot) {
        later(() -> {
            if (idle.remove(slot)) {
                discarded++;
                retire(slot);
            }
        });
    }

    @Override
    public void due(PoolSlot slot) {
        later(() -> {
            long now = machine.now();
            if (slot.state() == PoolSlot.State.CHECKING && now - slot.checkEnd >= 0) {
                checked(slot, false);
            } else if (slot.state() == PoolSlot.State.IDLE && isDue(slot, now)) {
                idle.remove(slot);
                retire(slot);
            }
        });
    }

    /** Returns false if the connection has been lent since the timer expired. */
    private boolean isDue(PoolSlot slot, long now) {
        return now - slot.idleSince >= settings.maxIdle() || now - slot.lifeEnd >= 0;
    }

    @Override
    public void ended(PoolSlot slot) {
        later(() -> {
            machine.setTimer(slot, TimingWheel.NEVER);
            discarded += idle.remove(slot) ? 1 : 0;
            arrived(slot);
            slots.remove(slot);
            slot.gone();
        });
    }

    private void closeAll() {
        closing = true;
        while (!waiting.isEmpty()) {
            fail(waiting.pollFirstEntry().getValue(), closed());
        }
        while (!idle.isEmpty()) {
            retire(idle.removeLast());
        }
        for (PoolSlot slot : slots) {
            switch (slot.state()) {
                case CONNECTING -> slot.giveUpConnect();
                case CHECKING -> checked(slot, false);
                case HANDING, BORROWED, RETURNING, IDLE, ENDING, GONE -> {}
            }
        }
    }
}
