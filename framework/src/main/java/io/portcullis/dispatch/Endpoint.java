// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLimit;
import io.portcullis.ConnectionListener;
import io.portcullis.Decision;
import io.portcullis.foreign.ForeignText;
import io.portcullis.tls.Filter;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connections of one server or client have in common: their settings, their observer, and their number. */
final class Endpoint implements Home, MemoryWatch.Holders {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

    /** What a close_notify and its answer may take at the end of a drain. */
    static final Duration LAST_WORDS = Duration.ofMillis(500);

    private static final int CLOSING = Integer.MIN_VALUE;

    private final Machine machine;
    private final ConnectionSettings settings;
    private final List<ConnectionListener> listeners;
    private final Admission admission;
    private final @Nullable Executor callbacks;
    private final Set<SocketConnection> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final Announcement<Void> end = new Announcement<>(closed);
    private final LongAdder handlerFailures = new LongAdder();
    private final FailureLog failures;
    private volatile boolean draining;
    private final LogSettings logs;
    private final Intake intake;
    private final @Nullable ConnectionTracer tracer;

    /** How many connections there are or are about to be; negative since close was called. */
    private final AtomicInteger living = new AtomicInteger();

    /** An endpoint whose connections are all admitted. */
    Endpoint(Machine machine, ConnectionSettings settings, ConnectionListener listener) {
        this(machine, settings, listener, AdmissionLimit.none());
    }

    Endpoint(Machine machine, ConnectionSettings settings, ConnectionListener listener, AdmissionLimit handshakes) {
        this(machine, settings, List.of(listener), handshakes, null, LogSettings.DEFAULT, ConnectionLimits.none());
    }

    /** An endpoint whose callbacks run on an executor, if there is one. */
    Endpoint(
            Machine machine,
            ConnectionSettings settings,
            List<ConnectionListener> listeners,
            AdmissionLimit handshakes,
            @Nullable Executor callbacks,
            LogSettings logs,
            ConnectionLimits limits) {
        this.callbacks = callbacks;
        this.intake = new Intake(machine, limits);
        this.logs = logs;
        this.tracer = logs.traced() == null ? null : new ConnectionTracer(machine, logs.traced());
        this.admission = Admission.inRounds(machine, handshakes);
        this.machine = machine;
        this.failures = new FailureLog(machine::now);
        this.settings = settings;
        this.listeners = Observers.of(tracer, listeners);
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

    /** Keeps the limits of connections. */
    Intake intake() {
        return intake;
    }

    /** Counts a connection by the client that its PROXY header names, unless its address was counted already. */
    boolean admits(SocketConnection connection, InetSocketAddress client) {
        if (connection.acceptedBy() == null || connection.counted() != null) {
            return true;
        }
        try {
            connection.countAs(intake.enter(client.getAddress()));
            return true;
        } catch (Intake.TooMany limit) {
            refused(client, connection.acceptedBy().name(), ConnectionLimit.CONNECTIONS_OF_ADDRESS);
            return false;
        }
    }

    void refused(InetSocketAddress remote, String listener, ConnectionLimit limit) {
        tell(observer -> observer.onRefused(remote, listener, limit));
    }

    /** The connections that have not ended. */
    int connections() {
        return connections.size();
    }

    /** How many callbacks of handlers have failed. */
    long handlerFailures() {
        return handlerFailures.sum();
    }

    /** Completes after {@link #close} when the last connection has ended. */
    CompletableFuture<Void> closed() {
        return closed;
    }

    /** The same, for others: who waits for it, and gives up. */
    Announcement<Void> end() {
        return end;
    }

    /** Announces a connection: until it has ended, or {@link #leave} is called, the endpoint is not closed for good. */
    boolean enter() {
        return living.getAndUpdate(count -> count < 0 ? count : count + 1) >= 0;
    }

    /** One that was announced has ended, or does not come. */
    void leave() {
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
    void add(SocketConnection connection) {
        connections.add(connection);
    }

    /** Starts a connection; on a closed endpoint it is closed instead. */
    void start(Wire wire, Filter filter, ConnectionHandler handler) {
        if (enter()) {
            try {
                begin(wire, filter, handler);
            } catch (Throwable notStarted) {
                leave();
                throw notStarted;
            }
        } else {
            wire.transport().close();
            filter.free();
        }
    }

    /** Starts a connection that was announced; if that fails, it is as if it had never been there, and still announced. */
    SocketConnection begin(Wire wire, Filter filter, ConnectionHandler handler) {
        SocketConnection connection = connection(wire, filter, null, handler);
        connections.add(connection);
        return begin(connection);
    }

    /**
     * Makes a connection that has not begun.
     *
     * @param filter belongs to the connection, also if this fails
     * @param keeper decides about the next filters, or null if this one is decided on
     */
    SocketConnection connection(Wire socket, Filter filter, Opening.@Nullable Gate keeper, ConnectionHandler handler) {
        try {
            Wire wire = tracer == null ? socket : tracer.tap(socket);
            SocketConnection connection = new SocketConnection(this, wire, filter, keeper, callbacks);
            if (handler instanceof Role role) {
                role.serves(connection);
                connection.handOver(handler, role);
            } else {
                connection.handOver(RefusedHandler.unlessTaken(handler, connection), Role.ACCEPTED);
            }
            return connection;
        } catch (Throwable noMemory) {
            filter.free();
            throw noMemory;
        }
    }

    @Override
    public boolean setsLogContext() {
        return logs.context();
    }

    /** Begins one that was made. */
    SocketConnection begin(SocketConnection connection) {
        connection.signal(living.get() < 0 ? Signal.START | Signal.SHUTDOWN : Signal.START);
        return connection;
    }

    @Override
    public boolean closing() {
        return living.get() < 0;
    }

    /** Tells the handlers of connections to end them when they can; whoever opens from now on is told then. */
    void drain() {
        draining = true;
        connections.forEach(SocketConnection::drain);
        endIfDrained();
    }

    @Override
    public boolean draining() {
        return draining;
    }

    /** Closes every connection in order. */
    void close() {
        draining = true;
        living.getAndUpdate(count -> count | CLOSING);
        observe(failures::tellRest);
        connections.forEach(connection -> connection.signal(Signal.SHUTDOWN));
        if (living.get() == CLOSING) {
            closed.complete(null);
        }
    }

    /** Ends every connection at once; {@link #close} was called before. */
    void abort() {
        connections.forEach(connection -> connection.signal(Signal.ABORT));
    }

    void connected(Connection connection, ConnectTrace trace) {
        tell(listener -> listener.onConnected(connection, trace));
    }

    void connectFailed(ConnectFailedException failure) {
        observe(() -> LOG.debug("{}", failure.getMessage()));
        tell(listener -> listener.onConnectFailed(failure));
    }

    @Override
    public void accepted(Connection connection) {
        tell(listener -> listener.onAccepted(connection));
    }

    void decided(Connection connection, Decision decision, Duration time) {
        tell(listener -> listener.onDecided(connection, decision, time));
    }

    @Override
    public void secured(Connection connection, TlsSession session, Duration time) {
        tell(listener -> listener.onSecured(connection, session, time));
    }

    @Override
    public void violated(Connection connection, TlsException failure) {
        observe(() -> failures.failed(connection, failure));
    }

    @Override
    public void handshakeFailed(Connection connection, TlsException failure, Duration time) {
        observe(() -> failures.failed(connection, failure));
        tell(listener -> listener.onHandshakeFailed(connection, failure, time));
    }

    @Override
    public void opened(Connection connection) {
        tell(listener -> listener.onOpened(connection));
    }

    @Override
    public void handlerFailed(Connection connection, Throwable failure) {
        handlerFailures.increment();
        tell(listener -> listener.onHandlerFailure(connection, failure));
        observe(() -> failures.threw(FailureLog.Sort.HANDLER, connection, failure));
    }

    @Override
    public void peerAtFault(Connection connection, String why) {
        observe(() -> failures.happened(FailureLog.Sort.VIOLATION, connection, why));
    }

    @Override
    public void leftTooMuch(Connection connection, int unread, int limit) {
        observe(() -> failures.happened(
                FailureLog.Sort.UNREAD_LIMIT,
                connection,
                "the handler left " + unread + " bytes unread, more than unreadLimit(" + limit
                        + ") allows; have it take what has come, or raise the limit"));
    }

    /** No handler could be made for a new connection. */
    void supplierFailed(Throwable failure) {
        observe(() -> failures.threw(FailureLog.Sort.SUPPLIER, null, failure));
    }

    @Override
    public void bufferChanged(Connection connection, IllegalStateException fault) {
        observe(() -> failures.happened(FailureLog.Sort.LENT_BUFFER, connection, String.valueOf(fault.getMessage())));
    }

    @Override
    public void threadHeld(Connection connection, Duration time, List<StackTraceElement> stack) {
        tell(listener -> listener.onThreadHeld(connection, time, stack));
    }

    @Override
    public void shortOfMemory(Connection connection, Throwable cause) {
        observe(() -> failures.happened(FailureLog.Sort.MEMORY_LIMIT, connection, String.valueOf(cause.getMessage())));
        observe(machine.memory()::lookIfShort);
    }

    @Override
    public void buffersLost(Connection connection) {
        observe(() -> failures.happened(
                FailureLog.Sort.LOST_BUFFER,
                connection,
                "its socket could not be closed: its buffers are lent to nobody any more, and count as leaked"));
    }

    @Override
    public void defect(Connection connection, Throwable failure) {
        observe(() -> failures.threw(FailureLog.Sort.DEFECT, connection, failure));
    }

    @Override
    public void closed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        try {
            tellClosed(connection, reason, cause);
        } finally {
            if (connection instanceof SocketConnection ours) {
                countOut(ours);
            }
        }
    }

    /** Whatever throws on the way, for lack of memory or in an accept that waited for a place. */
    private void countOut(SocketConnection connection) {
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

    private void tellClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        observe(() -> logEnd(connection, reason, cause));
        observe(failures::look);
        tell(listener -> listener.onClosed(connection, reason, cause));
    }

    private static void logEnd(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        if (LOG.isDebugEnabled()) {
            String why = cause == null ? "" : ": " + ForeignText.of(cause);
            LogContext.with(connection.id(), () -> LOG.debug("{}: ended, {}{}", connection, reason, why));
        }
    }

    private void ignore(Throwable failure) {
        try {
            failures.threw(FailureLog.Sort.LISTENER, null, failure);
        } catch (Throwable noMemoryToSaySo) {
            return;
        }
    }

    private void tell(Consumer<ConnectionListener> event) {
        for (ConnectionListener listener : listeners) {
            observe(() -> event.accept(listener));
        }
    }

    private void observe(Runnable observation) {
        try {
            observation.run();
        } catch (Throwable failure) {
            ignore(failure);
        }
    }
}
