// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.endpoint;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLimit;
import io.portcullis.ConnectionLog;
import io.portcullis.ConnectionObserver;
import io.portcullis.Peer;
import io.portcullis.dispatch.AdmissionLimit;
import io.portcullis.dispatch.ConnectionLimits;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.connection.CountedConnection;
import io.portcullis.internal.connection.Home;
import io.portcullis.internal.connection.Opening;
import io.portcullis.internal.connection.Role;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.limit.Intake;
import io.portcullis.internal.loop.Announcement;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.MemoryWatch;
import io.portcullis.internal.parts.Signal;
import io.portcullis.internal.trace.ConnectionTracer;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.Filter;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * What the connections of one server or client have in common: their settings, whoever is told of them, and their
 * number.
 */
public final class Endpoint implements Home, MemoryWatch.Holders {
    /** What a close_notify and its answer may take at the end of a drain. */
    public static final Duration LAST_WORDS = Duration.ofMillis(500);

    private static final int CLOSING = Integer.MIN_VALUE;

    private final Machine machine;
    private final ConnectionSettings settings;
    private final Admission admission;
    private final @Nullable Executor callbacks;
    private final Set<SocketConnection> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Announcement<Void> end = new Announcement<>(closed);
    private final Announcer announcer;
    private volatile boolean draining;
    private final Intake intake;
    private final @Nullable ConnectionTracer tracer;

    /** How many connections there are or are about to be; negative since close was called. */
    private final AtomicInteger living = new AtomicInteger();

    /** An endpoint whose connections are all admitted. */
    public Endpoint(Machine machine, ConnectionSettings settings, ConnectionObserver listener) {
        this(machine, settings, listener, AdmissionLimit.none());
    }

    public Endpoint(
            Machine machine, ConnectionSettings settings, ConnectionObserver listener, AdmissionLimit handshakes) {
        this(machine, settings, List.of(listener), handshakes, null, null, ConnectionLimits.none());
    }

    /**
     * An endpoint of a server or a client.
     *
     * @param listeners are told what becomes of its connections
     * @param handshakes how many of them may compute at a time
     * @param callbacks where the handlers' callbacks run; null for the strands
     * @param traced says of each new connection what to log of it; null if nothing is logged of any
     * @param limits of the connections that are accepted
     */
    public Endpoint(
            Machine machine,
            ConnectionSettings settings,
            List<ConnectionObserver> listeners,
            AdmissionLimit handshakes,
            @Nullable Executor callbacks,
            @Nullable Function<? super Peer, ConnectionLog> traced,
            ConnectionLimits limits) {
        this.callbacks = callbacks;
        this.intake = new Intake(machine, limits);
        this.tracer = traced == null ? null : new ConnectionTracer(machine, traced);
        this.admission = Admission.inRounds(machine, handshakes);
        this.machine = machine;
        this.settings = settings;
        this.announcer = new Announcer(machine, tracer, listeners);
        machine.memory().add(this);
        var unused = closed.thenRun(() -> machine.memory().remove(this));
    }

    /** Looks at each of the connections that have not ended. */
    @Override
    public void forEachHolder(Consumer<MemoryWatch.Holder> look) {
        connections.forEach(look);
    }

    @Override
    public Machine machine() {
        return machine;
    }

    @Override
    public ConnectionSettings settings() {
        return settings;
    }

    @Override
    public Admission admission() {
        return admission;
    }

    @Override
    public Announcer audience() {
        return announcer;
    }

    /** Keeps the limits of connections. */
    public Intake intake() {
        return intake;
    }

    /** Counts a connection by the client that its PROXY header names, unless its address was counted already. */
    public boolean admits(SocketConnection connection, InetSocketAddress client) {
        if (connection.acceptedBy() == null || connection.counted() != null) {
            return true;
        }
        try {
            connection.countAs(intake.enter(client.getAddress()));
            return true;
        } catch (Intake.TooMany limit) {
            announcer.refused(client, connection.acceptedBy().name(), ConnectionLimit.CONNECTIONS_OF_ADDRESS);
            return false;
        }
    }

    /** The connections that have not ended. */
    public int connections() {
        return connections.size();
    }

    /** Completes after {@link #close} when the last connection has ended. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /** The same, for others: who waits for it, and gives up. */
    public Announcement<Void> end() {
        return end;
    }

    /** Announces a connection: until it has ended, or {@link #leave} is called, the endpoint is not closed for good. */
    public boolean enter() {
        return living.getAndUpdate(count -> count < 0 ? count : count + 1) >= 0;
    }

    /** One that was announced has ended, or does not come. */
    public void leave() {
        int left = living.decrementAndGet();
        if (left == CLOSING) {
            closed.complete(null);
        } else if (left == 0) {
            endIfDrained();
        }
    }

    private void endIfDrained() {
        if (draining && living.compareAndSet(0, CLOSING)) {
            closed.complete(null);
        }
    }

    /** One that was announced, and made, and is about to begin, counts from now on. */
    public void add(SocketConnection connection) {
        connections.add(connection);
    }

    /** Starts a connection; on a closed endpoint it is closed instead. */
    public void start(Wire wire, Filter filter, ConnectionHandler handler) {
        if (enter()) {
            try {
                SocketConnection connection = connection(wire, filter, null, handler);
                connections.add(connection);
                var unused = begin(connection);
            } catch (Throwable notStarted) {
                leave();
                throw notStarted;
            }
        } else {
            wire.transport().close();
            filter.free();
        }
    }

    /**
     * Starts a connection that was announced, of a connect that stands in front of its handler; if that fails, it is as
     * if it had never been there, and still announced.
     */
    public <H extends ConnectionHandler & Role> SocketConnection begin(Wire wire, Filter filter, H connect) {
        SocketConnection connection = make(wire, filter, null, made -> {
            connect.serves(made);
            made.handOver(connect, connect);
        });
        connections.add(connection);
        return begin(connection);
    }

    /**
     * Makes a connection that was accepted, and has not begun.
     *
     * @param filter belongs to the connection, also if this fails
     * @param keeper decides about the next filters, or null if this one is decided on
     */
    public SocketConnection connection(
            Wire socket, Filter filter, Opening.@Nullable Gate keeper, ConnectionHandler handler) {
        return make(
                socket,
                filter,
                keeper,
                made -> made.handOver(RefusedHandler.unlessTaken(handler, made), Role.ACCEPTED));
    }

    private SocketConnection make(
            Wire socket, Filter filter, Opening.@Nullable Gate keeper, Consumer<SocketConnection> handOver) {
        try {
            Wire wire = tracer == null ? socket : tracer.tap(socket);
            SocketConnection connection = new SocketConnection(this, wire, filter, keeper, callbacks);
            handOver.accept(connection);
            return connection;
        } catch (Throwable noMemory) {
            filter.free();
            throw noMemory;
        }
    }

    /** Begins one that was made. */
    public SocketConnection begin(SocketConnection connection) {
        connection.signal(living.get() < 0 ? Signal.START | Signal.SHUTDOWN : Signal.START);
        return connection;
    }

    @Override
    public boolean closing() {
        return living.get() < 0;
    }

    /** Tells the handlers of connections to end them when they can; whoever opens from now on is told then. */
    public void drain() {
        draining = true;
        connections.forEach(SocketConnection::drain);
        endIfDrained();
    }

    @Override
    public boolean draining() {
        return draining;
    }

    /** Closes every connection in order. */
    public void close() {
        draining = true;
        living.getAndUpdate(count -> count | CLOSING);
        announcer.tellRest();
        connections.forEach(connection -> connection.signal(Signal.SHUTDOWN));
        if (living.get() == CLOSING) {
            closed.complete(null);
        }
    }

    /** Ends every connection at once; {@link #close} was called before. */
    public void abort() {
        connections.forEach(connection -> connection.signal(Signal.ABORT));
    }

    @Override
    public void closed(CountedConnection connection, CloseReason reason, @Nullable Throwable cause) {
        try {
            announcer.closed(connection, reason, cause);
        } finally {
            countOut(connection);
        }
    }

    /** Whatever throws on the way, for lack of memory or in an accept that waited for a place. */
    private void countOut(CountedConnection connection) {
        try {
            if (connection.acceptedBy() != null) {
                connection.acceptedBy().left();
                intake.leave(connection.counted());
            }
        } finally {
            connections.remove(connection);
            leave();
        }
    }
}
