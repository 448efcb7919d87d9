// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.endpoint;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionLimit;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.internal.connection.Audience;
import io.portcullis.internal.flight.FlightEvents;
import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.log.FailureLog;
import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.loop.MemoryWatch;
import io.portcullis.internal.trace.ConnectionTracer;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsSession;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Notifies the observers of an endpoint's connections, and logs failures. Exceptions thrown by an observer are logged,
 * and end nothing. Thread-safe.
 */
public final class Announcer implements Audience {
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final List<ConnectionObserver> RECORDERS = recorders();

    private final List<ConnectionObserver> listeners;
    private final MemoryWatch memory;
    private final FailureLog failures;
    private final LongAdder handlerFailures = new LongAdder();

    /**
     * Notifies the tracer first, so that its lines precede those that others log; then the flight recorder; then the
     * observers of the application.
     *
     * @param tracer logs individual connections, or null
     * @param given the observers of the application
     */
    Announcer(Machine machine, @Nullable ConnectionTracer tracer, List<ConnectionObserver> given) {
        List<ConnectionObserver> all = new ArrayList<>(RECORDERS);
        if (tracer != null) {
            all.add(0, tracer);
        }
        all.addAll(given);
        listeners = List.copyOf(all);
        memory = machine.memory();
        failures = new FailureLog(machine::now);
    }

    /** Returns the flight recorder's observer, or none if the module {@code jdk.jfr} is missing. */
    private static List<ConnectionObserver> recorders() {
        try {
            return List.of(new FlightEvents());
        } catch (LinkageError noFlightRecorder) {
            return List.of();
        }
    }

    /** Logs how many failures were not logged. Called after the last failure. */
    void reportRest() {
        observe(failures::logRest);
    }

    public void refused(InetSocketAddress remote, String listener, ConnectionLimit limit) {
        notifyObservers(observer -> observer.onRefused(remote, listener, limit));
    }

    /** Returns how many callbacks of handlers have failed. */
    public long handlerFailures() {
        return handlerFailures.sum();
    }

    public void connected(Connection connection, ConnectTrace trace) {
        notifyObservers(listener -> listener.onConnected(connection, trace));
    }

    public void connectFailed(ConnectFailedException failure) {
        observe(() -> LOG.debug("{}", failure.getMessage()));
        notifyObservers(listener -> listener.onConnectFailed(failure));
    }

    @Override
    public void accepted(Connection connection) {
        notifyObservers(listener -> listener.onAccepted(connection));
    }

    public void decided(Connection connection, Decision decision, Duration time) {
        notifyObservers(listener -> listener.onDecided(connection, decision, time));
    }

    @Override
    public void secured(Connection connection, TlsSession session, Duration time) {
        notifyObservers(listener -> listener.onSecured(connection, session, time));
    }

    @Override
    public void violated(Connection connection, TlsException failure) {
        observe(() -> failures.failed(connection, failure));
    }

    @Override
    public void handshakeFailed(Connection connection, TlsException failure, Duration time) {
        observe(() -> failures.failed(connection, failure));
        notifyObservers(listener -> listener.onHandshakeFailed(connection, failure, time));
    }

    @Override
    public void opened(Connection connection) {
        notifyObservers(listener -> listener.onOpened(connection));
    }

    @Override
    public void handlerFailed(Connection connection, Throwable failure) {
        handlerFailures.increment();
        notifyObservers(listener -> listener.onHandlerFailure(connection, failure));
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
                        + ") allows; consume the data in the handler, or raise the limit"));
    }

    /** Called when no handler could be created for a new connection. */
    public void supplierFailed(Throwable failure) {
        observe(() -> failures.threw(FailureLog.Sort.SUPPLIER, null, failure));
    }

    @Override
    public void bufferChanged(Connection connection, IllegalStateException fault) {
        observe(() -> failures.happened(FailureLog.Sort.LENT_BUFFER, connection, String.valueOf(fault.getMessage())));
    }

    @Override
    public void threadHeld(Connection connection, Duration time, List<StackTraceElement> stack) {
        notifyObservers(listener -> listener.onThreadBlocked(connection, time, stack));
    }

    @Override
    public void shortOfMemory(Connection connection, Throwable cause) {
        observe(() -> failures.happened(FailureLog.Sort.MEMORY_LIMIT, connection, String.valueOf(cause.getMessage())));
        observe(memory::lookIfShort);
    }

    @Override
    public void buffersLost(Connection connection) {
        observe(() -> failures.happened(
                FailureLog.Sort.LOST_BUFFER,
                connection,
                "its socket could not be closed: its buffers are not reused, and count as leaked"));
    }

    @Override
    public void defect(Connection connection, Throwable failure) {
        observe(() -> failures.threw(FailureLog.Sort.DEFECT, connection, failure));
    }

    /** Called when a connection has ended and its last callback has returned. */
    void closed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        observe(() -> logEnd(connection, reason, cause));
        observe(failures::look);
        notifyObservers(listener -> listener.onClosed(connection, reason, cause));
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

    private void notifyObservers(Consumer<ConnectionObserver> event) {
        for (ConnectionObserver listener : listeners) {
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
