// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.NonBlocking;
import io.portcullis.internal.accept.Reception;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.wire.SocketOptions;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.SocketOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A server that listens on any number of addresses, each with its own gate, and gives every connection a handler. All
 * listeners share the threads and buffers of one dispatcher.
 *
 * <pre>{@code
 * Server server = Server.builder(dispatcher)
 *         .listen(9001, Gate.detect(profile)) // plain or TLS, by the first bytes of each connection
 *         .listen(Listener.at(9443, Gate.tls(profile)).name("internal").handler(AdminHandler::new))
 *         .handler(EchoHandler::new)
 *         .idleTimeout(Duration.ofMinutes(5))
 *         .start();
 * server.awaitClosed();
 * }</pre>
 */
public final class Server implements AutoCloseable {
    private final Endpoint endpoint;
    private final ListenerOpener opener;
    private final List<Listener> listeners = new CopyOnWriteArrayList<>();
    private final CertificateWatch certificates;

    private Server(
            Endpoint endpoint,
            ListenerOpener opener,
            List<Listener> opened,
            Consumer<? super CertificateReload> observer) {
        this.certificates = new CertificateWatch(opener.machine(), this::profiles, observer);
        this.endpoint = endpoint;
        this.opener = opener;
        this.listeners.addAll(opened);
    }

    /**
     * Returns a builder of servers.
     *
     * @param dispatcher the dispatcher whose threads and buffers the server uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder(dispatcher);
    }

    /**
     * Returns the open listeners, in the order in which they were added.
     *
     * @return a snapshot of the open listeners
     */
    public List<Listener> listeners() {
        return listeners.stream().filter(Listener::isOpen).toList();
    }

    /**
     * Returns the addresses of the open listeners, in the order in which they were added.
     *
     * @return the addresses, with the actual ports
     */
    public List<InetSocketAddress> addresses() {
        return listeners().stream().map(Listener::address).toList();
    }

    /**
     * Adds a listener while the server is running; {@link Listener#close()} removes it.
     *
     * @param listener the settings of the listener: {@link Listener#at}
     * @return the listener, which accepts connections unless its settings suspend it
     * @throws IOException if the address cannot be bound
     * @throws UnsupportedOperationException if sockets on this system do not support one of its options
     * @throws IllegalArgumentException if the value of an option is rejected, or a profile has no certificate
     * @throws IllegalStateException if the server is closed or draining, or there is no handler
     */
    public Listener listen(Listener.Settings listener) throws IOException {
        Listener opened = opener.open(listener);
        listeners.removeIf(before -> !before.isOpen());
        listeners.add(opened);
        if (endpoint.draining()) {
            opened.close();
            throw new IllegalStateException("the server is closed or draining, and accepts no more listeners");
        }
        opened.acceptor().accept();
        return opened;
    }

    /**
     * Shuts the server down gracefully. Stops listening immediately and calls {@link ConnectionHandler#onDrain} of each
     * connection, so that its handler can end it when its current work is done; for a connection that is still opening,
     * {@code onDrain} is called when it is open. Connections that remain at the deadline are closed gracefully, with a
     * close_notify over TLS, and those that have not ended half a second later are aborted.
     *
     * <p>The operating system refuses connections that wait in the backlog when a listener closes. So take the server
     * out of the load balancer first, and accept connections until that has taken effect.
     *
     * <p>Does not wait. If called more than once, the earliest deadline wins; {@link #close()} and {@link #abort()} may
     * be called meanwhile.
     *
     * @param deadline how long connections may continue; 0 closes them gracefully now
     * @return completes when the last connection has ended, as {@link #closed()} does
     */
    public CompletableFuture<Void> drain(Duration deadline) {
        return drain(deadline, Endpoint.LAST_WORDS);
    }

    /** Like {@link #drain(Duration)}, with a different grace period for connections that are closed at the deadline. */
    CompletableFuture<Void> drain(Duration deadline, Duration lastWords) {
        if (deadline.isNegative()) {
            throw new IllegalArgumentException("a deadline must not be negative: " + deadline);
        }
        listeners.forEach(Listener::close);
        endpoint.drain();
        // One may have been added in between
        listeners.forEach(Listener::close);
        GroupMachine machine = opener.machine();
        if (!endpoint.closed().isDone()) {
            long nanos = Durations.nanos(deadline);
            Future<?> close = machine.schedule(() -> machine.run(this::close), nanos);
            Future<?> abort = machine.schedule(() -> machine.run(this::abort), nanos + Durations.nanos(lastWords));
            var unused = endpoint.closed().thenRun(() -> {
                close.cancel(false);
                abort.cancel(false);
            });
        }
        return closed();
    }

    /**
     * Checks the files of certificates and trust now, on a thread for tasks, and reloads those that have changed. This
     * covers the profiles of the gates of all open listeners ({@link Gate#profiles}). New contents apply to connections
     * accepted from then on.
     *
     * @return completes with the outcome for each profile; exceptionally if the dispatcher has ended or too many tasks
     *     are waiting
     */
    public CompletableFuture<List<CertificateReload>> reloadCertificates() {
        return certificates.checkNow();
    }

    /**
     * Returns how often reloading the files of certificates and trust had a given outcome.
     *
     * @param outcome the outcome
     * @return the number of reloads with this outcome, for all profiles together
     */
    public long certificateReloads(ReloadOutcome outcome) {
        return certificates.count(outcome);
    }

    private Set<TlsProfile> profiles() {
        return GateProfiles.of(listeners().stream().map(Listener::gate).toList());
    }

    /**
     * Returns whether the server is shutting down: after {@link #drain}, {@link #close()} or {@link #abort()} it
     * accepts no more connections.
     *
     * @return false while the server is running
     */
    public boolean draining() {
        return endpoint.draining();
    }

    /**
     * Stops listening and closes every connection gracefully: pending writes are sent first, for as long as
     * {@code closeTimeout} and {@code writeTimeout} allow to a slow peer; {@link #drain} with a deadline of 0 aborts
     * after half a second. Does not wait; {@link #awaitClosed()} does, and {@link #closed()} completes at the end. May
     * be called any number of times.
     */
    @Override
    public void close() {
        listeners.forEach(Listener::close);
        endpoint.close();
        // One may have been added in between
        listeners.forEach(Listener::close);
    }

    /**
     * Stops listening and aborts every connection immediately: output that has not been sent is lost. Does not wait;
     * {@link #closed()} completes at the end. May be called any number of times, also after {@link #close()}.
     */
    public void abort() {
        close();
        endpoint.abort();
    }

    /**
     * Returns a future that completes when the server has been closed and its last connection has ended. Dependent
     * stages run on a dispatcher thread, or on the caller's.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return endpoint.end().future();
    }

    /**
     * Blocks the calling thread, typically that of {@code main}, until the server has been closed and its last
     * connection has ended. Returns immediately if it has already ended. Interrupting the wait does not close the
     * server. A callback that runs on an executor ({@link Builder#callbackExecutor}) must not call this method either,
     * which is not detected.
     *
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException on a thread of a dispatcher, or any other that must not block
     *     ({@link NonBlocking}): the connections that it serves could not end
     */
    public void awaitClosed() throws InterruptedException {
        var unused = awaitClosed(Duration.ofNanos(Long.MAX_VALUE));
    }

    /**
     * Like {@link #awaitClosed()}, with a timeout, which does not close the server either.
     *
     * @param timeout the maximum time to wait; 0 or less does not wait
     * @return true if the server has been closed and its last connection has ended; false after the timeout
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException on a thread that must not block
     */
    public boolean awaitClosed(Duration timeout) throws InterruptedException {
        Thread here = Thread.currentThread();
        if (here instanceof NonBlocking) {
            throw new IllegalStateException("awaitClosed() must not block " + here.getName()
                    + ", a thread that serves the connections it would wait for; use closed() instead,"
                    + " or another thread");
        }
        CompletableFuture<Void> closed = closed();
        try {
            closed.get(TimeUnit.NANOSECONDS.convert(timeout), TimeUnit.NANOSECONDS);
            return true;
        } catch (TimeoutException notYet) {
            return false;
        } catch (ExecutionException impossible) {
            throw new IllegalStateException(impossible.getCause());
        } finally {
            closed.cancel(false);
        }
    }

    /** The server, as seen by its dispatcher. */
    private final class Door implements Dispatcher.Door {
        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void close() {
            Server.this.close();
        }

        @Override
        public CompletableFuture<Void> drain(Duration deadline) {
            return Server.this.drain(deadline);
        }
    }

    /** A builder of servers. */
    public static final class Builder extends EndpointBuilder<Builder> {
        private final Dispatcher dispatcher;
        private final List<Listener.Settings> listens = new ArrayList<>();
        private @Nullable Supplier<? extends ConnectionHandler> handlers;
        private ServerWarmUp warmUp = ServerWarmUp.NONE;
        private ConnectionLimits limits = ConnectionLimits.none();
        private ListenerSockets sockets = ListenerSockets.DEFAULT;
        private boolean sharedPort;
        private @Nullable Duration reloadEvery;
        private Consumer<? super CertificateReload> reloadObserver = outcome -> {};

        Builder(Dispatcher dispatcher) {
            super(AdmissionLimit.SERVER);
            this.dispatcher = dispatcher;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Listens on all addresses of this machine.
         *
         * @param port the port, or 0 for any free port
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(int port, Gate gate) {
            return listen(new InetSocketAddress(port), gate);
        }

        /**
         * Listens on one address.
         *
         * @param address the address, with port 0 for any free port
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate) {
            return listen(Listener.at(address, gate));
        }

        /**
         * Listens on one address, with its own handler.
         *
         * @param address the address, with port 0 for any free port
         * @param gate decides what each connection is
         * @param handler creates the handler of each connection
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate, Supplier<? extends ConnectionHandler> handler) {
            return listen(Listener.at(address, gate).handler(handler));
        }

        /**
         * Adds a listener with further settings, such as a name or its own handler.
         *
         * @param listener the settings: {@link Listener#at}
         * @return this
         */
        public Builder listen(Listener.Settings listener) {
            listens.add(listener);
            return this;
        }

        /**
         * Limits the connections: at a time, per client address, and per second. By default, only the file descriptors
         * of the process limit them.
         *
         * @param most the limits
         * @return this
         */
        public Builder limits(ConnectionLimits most) {
            limits = Objects.requireNonNull(most, "limits");
            return this;
        }

        /**
         * Periodically checks the files of certificates and trust while the server is running. New contents apply to
         * connections accepted from then on. Changes and failures are logged.
         *
         * @param every the interval between two checks, such as 10 s; more than 0
         * @return this
         */
        public Builder reloadCertificates(Duration every) {
            return reloadCertificates(every, outcome -> {});
        }

        /**
         * Like {@link #reloadCertificates(Duration)}, with an observer.
         *
         * @param every the interval between two checks; more than 0
         * @param observer receives every change and every failure, on a thread for tasks
         * @return this
         */
        public Builder reloadCertificates(Duration every, Consumer<? super CertificateReload> observer) {
            if (every.isZero() || every.isNegative()) {
                throw new IllegalArgumentException("certificates cannot be watched every " + every
                        + ": the interval must be more than 0, for example 10 s");
            }
            reloadEvery = every;
            reloadObserver = Objects.requireNonNull(observer, "observer");
            return this;
        }

        @Override
        ConnectionLimits limits() {
            return limits;
        }

        /**
         * Sets the handler of listeners that do not have their own.
         *
         * @param handler creates the handler of each connection
         * @return this
         */
        public Builder handler(Supplier<? extends ConnectionHandler> handler) {
            this.handlers = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Allows other sockets of the same user to listen on the same addresses (SO_REUSEPORT); the operating system
         * then distributes new connections over all of them. Several dispatchers can thus serve one port, and a new
         * process can open its listeners before the old one closes its own. Connections in the backlog of a listener
         * that closes are refused, so it should be idle by then, or clients have to retry.
         *
         * @return this
         */
        public Builder reusePort() {
            sharedPort = true;
            return this;
        }

        /**
         * Sets an option of the listening sockets, before they are bound. Connections inherit {@code SO_RCVBUF}, which
         * may be larger than 64 KiB if it is set here. {@code SO_REUSEADDR} is true by default, so that the address can
         * be bound again while connections of a terminated process are in TIME_WAIT. The options of connections are set
         * with {@link #option}.
         *
         * @param option such as {@link java.net.StandardSocketOptions#SO_RCVBUF}
         * @param value its value
         * @param <T> the type of its value
         * @return this
         */
        public <T> Builder listenerOption(SocketOption<T> option, T value) {
            sockets = sockets.withListeners(SocketOptions.none().with(option, value));
            return this;
        }

        /**
         * Sets the backlog of each listener, the number of connections that may wait to be accepted: 4,096 by default.
         * The system may allow fewer ({@code net.core.somaxconn} on Linux). While the backlog is full, connection
         * attempts are dropped, and clients repeat them after a second or more.
         *
         * @param connections at least 1
         * @return this
         */
        public Builder backlog(int connections) {
            sockets = sockets.withBacklog(connections);
            return this;
        }

        /**
         * Warms up before the listeners open, for at most this time: see {@link #warmUp(int, Duration)}. The warm-up
         * ends earlier after as many handshakes as the JDK's engine needs to reach its full speed.
         *
         * @param time more than 0
         * @return this
         */
        public Builder warmUp(Duration time) {
            return warmUp(ServerWarmUp.ENOUGH, time);
        }

        /**
         * Warms up before the listeners open: {@link #start()} first performs handshakes of all gates' profiles in
         * memory ({@link io.portcullis.tls.WarmUp}), so that the first connections run compiled code. The warm-up ends
         * at the first limit that is reached, or when the thread is interrupted. It never makes start fail: a profile
         * that cannot be warmed up is skipped, and the reason is logged at debug level. By default there is no warm-up.
         *
         * @param handshakes the maximum number of handshakes, full and resumed ones of all profiles together; at least
         *     1
         * @param time the maximum duration; more than 0
         * @return this
         */
        public Builder warmUp(int handshakes, Duration time) {
            if (handshakes < 1 || time.isZero() || time.isNegative()) {
                throw new IllegalArgumentException(
                        "warmUp needs at least 1 handshake and more than no time, not " + handshakes + " and " + time);
            }
            warmUp = new ServerWarmUp(handshakes, time);
            return this;
        }

        /**
         * Binds every address and starts to accept connections. A {@link #warmUp(int, Duration) warm-up} runs on the
         * calling thread, which should then not be a dispatcher thread; whether every address is free is checked both
         * before and after it.
         *
         * @return the server
         * @throws IOException if an address cannot be bound; then none is
         * @throws UnsupportedOperationException if the port is to be shared and this system does not support that, or
         *     if sockets on this system do not support an {@link #option} or {@link #listenerOption}
         * @throws IllegalArgumentException if the value of an option is rejected, or a profile has no certificate
         * @throws IllegalStateException if there is no address, or a listener without a handler
         */
        public Server start() throws IOException {
            if (listens.isEmpty()) {
                throw new IllegalStateException("a server needs at least one listen(address, gate)");
            }
            GroupMachine machine = dispatcher.machine();
            if (warmUp.wanted()) {
                opener(machine).open(listens).forEach(Listener::close);
                warmUp.run(listens.stream().map(Listener.Settings::gate).toList());
            }
            ListenerOpener opener = opener(machine);
            List<Listener> opened = opener.open(listens);
            Server server = new Server(opener.endpoint(), opener, opened, reloadObserver);
            if (reloadEvery != null) {
                server.certificates.every(reloadEvery);
                var unused = server.closed().thenRun(server.certificates::close);
            }
            dispatcher.register(server.new Door());
            CertificateCalendar.keep(machine, server::profiles, clock(), server.closed());
            opened.forEach(listener -> listener.acceptor().accept());
            return server;
        }

        private ListenerOpener opener(GroupMachine machine) {
            return new ListenerOpener(
                    machine,
                    new Reception(endpoint(machine, admission()), dispatcher.connector()),
                    handlers,
                    sockets.withConnections(options()),
                    sharedPort);
        }
    }
}
