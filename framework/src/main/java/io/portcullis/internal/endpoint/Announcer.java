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
 * Tells whoever observes the connections of an endpoint what becomes of them, and logs what fails. What an observer
 * throws is logged, and ends nothing. From any thread.
 */
public final class Announcer implements Audience {
    private static final Logger LOG = LoggerFactory.getLogger(Announcer.class);
    private static final List<ConnectionObserver> RECORDERS = recorders();

    private final List<ConnectionObserver> listeners;
    private final MemoryWatch memory;
    private final FailureLog failures;
    private final LongAdder handlerFailures = new LongAdder();

    /**
     * Tells the tracer first, so that its lines stand before what others log; the flight recorder; then those of the
     * application.
     *
     * @param tracer logs single connections, or null
     * @param given those of the application
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

    /** None where the module {@code jdk.jfr} is not there. */
    private static List<ConnectionObserver> recorders() {
        try {
            return List.of(new FlightEvents());
        } catch (LinkageError noFlightRecorder) {
            return List.of();
        }
    }

    /** Tells what the log has left out; nothing more is to come. */
    void tellRest() {
        observe(failures::tellRest);
    }

    public void refused(InetSocketAddress remote, String listener, ConnectionLimit limit) {
        tell(observer -> observer.onRefused(remote, listener, limit));
    }

    /** How many callbacks of handlers have failed. */
    public long handlerFailures() {
        return handlerFailures.sum();
    }

    public void connected(Connection connection, ConnectTrace trace) {
        tell(listener -> listener.onConnected(connection, trace));
    }

    public void connectFailed(ConnectFailedException failure) {
        observe(() -> LOG.debug("{}", failure.getMessage()));
        tell(listener -> listener.onConnectFailed(failure));
    }

    @Override
    public void accepted(Connection connection) {
        tell(listener -> listener.onAccepted(connection));
    }

    public void decided(Connection connection, Decision decision, Duration time) {
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
    public void supplierFailed(Throwable failure) {
        observe(() -> failures.threw(FailureLog.Sort.SUPPLIER, null, failure));
    }

    @Override
    public void bufferChanged(Connection connection, IllegalStateException fault) {
        observe(() -> failures.happened(FailureLog.Sort.LENT_BUFFER, connection, String.valueOf(fault.getMessage())));
    }

    @Override
    public void threadHeld(Connection connection, Duration time, List<StackTraceElement> stack) {
        tell(listener -> listener.onThreadBlocked(connection, time, stack));
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
                "its socket could not be closed: its buffers are lent to nobody any more, and count as leaked"));
    }

    @Override
    public void defect(Connection connection, Throwable failure) {
        observe(() -> failures.threw(FailureLog.Sort.DEFECT, connection, failure));
    }

    /** It has ended, and its last callback has returned. */
    void closed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
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

    private void tell(Consumer<ConnectionObserver> event) {
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
