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

/** The shared state of the connections of one server or client: their settings, their observers, and their number. */
public final class Endpoint implements Home, MemoryWatch.Holders {
    /** The time allowed at the end of a drain for sending a close_notify and receiving the peer's. */
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

    /** The number of connections that exist or are about to; negative once close was called. */
    private final AtomicInteger living = new AtomicInteger();

    /** Creates an endpoint without admission control. */
    public Endpoint(Machine machine, ConnectionSettings settings, ConnectionObserver listener) {
        this(machine, settings, listener, AdmissionLimit.none());
    }

    public Endpoint(
            Machine machine, ConnectionSettings settings, ConnectionObserver listener, AdmissionLimit handshakes) {
        this(machine, settings, List.of(listener), handshakes, null, null, ConnectionLimits.none());
    }

    /**
     * Creates an endpoint of a server or a client.
     *
     * @param listeners notified of the events of its connections
     * @param handshakes limits how many handshakes may compute at a time
     * @param callbacks runs the handlers' callbacks; null to run them on the strands
     * @param traced returns what to log of each new connection; null if nothing is logged of any
     * @param limits limits accepted connections
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

    /** Passes each connection that has not ended to the consumer. */
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

    /** Returns the enforcer of the connection limits. */
    public Intake intake() {
        return intake;
    }

    /**
     * Counts a connection for the client named in its PROXY header, unless it was already counted for its address;
     * returns false if that client has reached its limit.
     */
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

    /** Returns the number of connections that have not ended. */
    public int connections() {
        return connections.size();
    }

    /** Returns a future that completes after {@link #close}, when the last connection has ended. */
    public CompletableFuture<Void> closed() {
        return closed;
    }

    /** Returns the same event for callers that may stop waiting for it. */
    public Announcement<Void> end() {
        return end;
    }

    /**
     * Announces a connection; returns false if the endpoint is closed. The endpoint does not terminate until the
     * connection has ended or {@link #leave} is called.
     */
    public boolean enter() {
        return living.getAndUpdate(count -> count < 0 ? count : count + 1) >= 0;
    }

    /** Called when an announced connection has ended, or will not begin. */
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

    /** Adds a connection that was announced and created, and is about to begin. */
    public void add(SocketConnection connection) {
        connections.add(connection);
    }

    /** Starts a connection; if the endpoint is closed, closes it instead. */
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
     * Starts an announced connection of a connect, which wraps the connection's handler. If this fails, no connection
     * has been created, and it is still announced.
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
     * Creates a connection that was accepted and has not begun.
     *
     * @param filter belongs to the connection, even if this method fails
     * @param keeper decides about the next filters, or null if this filter is final
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

    /** Begins a connection that was created. */
    public SocketConnection begin(SocketConnection connection) {
        connection.signal(living.get() < 0 ? Signal.START | Signal.SHUTDOWN : Signal.START);
        return connection;
    }

    @Override
    public boolean closing() {
        return living.get() < 0;
    }

    /**
     * Requests the handlers of all connections to end them when they can; handlers of connections that open later
     * receive the request then.
     */
    public void drain() {
        draining = true;
        connections.forEach(SocketConnection::drain);
        endIfDrained();
    }

    @Override
    public boolean draining() {
        return draining;
    }

    /** Closes every connection gracefully. */
    public void close() {
        draining = true;
        living.getAndUpdate(count -> count | CLOSING);
        announcer.reportRest();
        connections.forEach(connection -> connection.signal(Signal.SHUTDOWN));
        if (living.get() == CLOSING) {
            closed.complete(null);
        }
    }

    /** Ends every connection at once. {@link #close} must have been called before. */
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

    /**
     * Removes a connection from the counts, even if a step throws, for lack of memory or in an accept that waited for a
     * place.
     */
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
