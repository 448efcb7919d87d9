// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionListener;
import io.portcullis.tls.Filter;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the connections of one server or client have in common: their settings, their observer, and their number. */
final class Endpoint {
    private static final Logger LOG = LoggerFactory.getLogger(Endpoint.class);

    private final Machine machine;
    private final ConnectionSettings settings;
    private final ConnectionListener listener;
    private final Set<SocketConnection> connections = ConcurrentHashMap.newKeySet();
    private final CompletableFuture<Void> closed = new CompletableFuture<>();
    private final LongAdder handlerFailures = new LongAdder();
    private volatile boolean closing;

    Endpoint(Machine machine, ConnectionSettings settings, ConnectionListener listener) {
        this.machine = machine;
        this.settings = settings;
        this.listener = listener;
    }

    Machine machine() {
        return machine;
    }

    ConnectionSettings settings() {
        return settings;
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

    /** Starts a connection; on a closed endpoint it ends at once. */
    void start(Wire wire, Filter filter, ConnectionHandler handler) {
        SocketConnection connection = new SocketConnection(this, wire, filter, handler);
        connections.add(connection);
        connection.signal(closing ? Signal.START | Signal.SHUTDOWN : Signal.START);
    }

    /** Closes every connection in order. */
    void close() {
        closing = true;
        connections.forEach(connection -> connection.signal(Signal.SHUTDOWN));
        completeIfEmpty();
    }

    private void completeIfEmpty() {
        if (closing && connections.isEmpty()) {
            closed.complete(null);
        }
    }

    void accepted(Connection connection) {
        observe(() -> listener.onAccepted(connection));
    }

    void opened(Connection connection) {
        observe(() -> listener.onOpened(connection));
    }

    void handlerFailed(Connection connection, Throwable failure) {
        handlerFailures.increment();
        observe(() -> listener.onHandlerFailure(connection, failure));
        observe(() -> LOG.warn("{}: a callback of the handler failed; it is closed", connection, failure));
    }

    void defect(Connection connection, Throwable failure) {
        observe(() -> LOG.error("{}: a defect of the framework ended it", connection, failure));
    }

    void closed(SocketConnection connection, CloseReason reason, @Nullable Throwable cause) {
        observe(() -> LOG.debug("{}: ended, {}", connection, reason, cause));
        observe(() -> listener.onClosed(connection, reason, cause));
        connections.remove(connection);
        completeIfEmpty();
    }

    private static void ignore(Throwable failure) {
        try {
            LOG.warn("a connection listener failed; it is ignored", failure);
        } catch (Throwable noMemoryToSaySo) {
            return;
        }
    }

    private static void observe(Runnable observation) {
        try {
            observation.run();
        } catch (Throwable failure) {
            ignore(failure);
        }
    }
}
