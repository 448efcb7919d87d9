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
 * Listens on any number of addresses, each with a gate of its own, and gives every connection a handler. All listeners
 * share the threads and buffers of one dispatcher.
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
     * Starts the settings of a server.
     *
     * @param dispatcher whose threads and buffers it uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder(dispatcher);
    }

    /**
     * The listeners that are open, in the order in which they were added.
     *
     * @return the listeners at this moment
     */
    public List<Listener> listeners() {
        return listeners.stream().filter(Listener::isOpen).toList();
    }

    /**
     * The addresses of the listeners that are open, in the order in which they were added.
     *
     * @return the addresses, with the ports that were chosen
     */
    public List<InetSocketAddress> addresses() {
        return listeners().stream().map(Listener::address).toList();
    }

    /**
     * Adds a listener while the server runs; {@link Listener#close()} takes it away again.
     *
     * @param listener where to listen, and what decides: {@link Listener#at}
     * @return the listener, which accepts unless it was to be suspended
     * @throws IOException if the address cannot be bound
     * @throws UnsupportedOperationException if its sockets cannot have one of its options here
     * @throws IllegalArgumentException if the value of such an option is refused, or a profile has no certificate
     * @throws IllegalStateException if the server is closed or drains, or there is no handler
     */
    public Listener listen(Listener.Settings listener) throws IOException {
        Listener opened = opener.open(listener);
        listeners.removeIf(before -> !before.isOpen());
        listeners.add(opened);
        if (endpoint.draining()) {
            opened.close();
            throw new IllegalStateException("the server is closed, or about to be: it takes no more listeners");
        }
        opened.acceptor().accept();
        return opened;
    }

    /**
     * Ends the server without cutting anybody short. Stops listening at once; tells each handler, by
     * {@link ConnectionHandler#onDrain}, to end its connection when what it is at is done; connections that are still
     * being opened are told when they are open. What is left at the deadline is closed in order, by a close_notify
     * under TLS, and what has not ended half a second later is cut.
     *
     * <p>Who waits in the backlog when a listener closes is refused by the operating system. So let the load balancer
     * know before, and go on accepting until it does.
     *
     * <p>Does not wait. Said again, the shorter deadline counts; {@link #close()} and {@link #abort()} may be said
     * meanwhile.
     *
     * @param deadline how long connections may go on; 0 closes them in order at once
     * @return completes when the last connection has ended, as {@link #closed()} does
     */
    public CompletableFuture<Void> drain(Duration deadline) {
        return drain(deadline, Endpoint.LAST_WORDS);
    }

    /** The same, with another time than half a second for what is closed at the deadline. */
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
     * Looks into the files of its certificates and of its trust now, on a thread for tasks: those of the profiles that
     * the gates of its listeners name ({@link Gate#profiles}). What is new holds for connections that come from then
     * on.
     *
     * @return what came of it, for each profile; exceptionally if the dispatcher has ended
     */
    public CompletableFuture<List<CertificateReload>> reloadCertificates() {
        return certificates.checkNow();
    }

    /**
     * How often something came of a look into the files of certificates and trust.
     *
     * @param outcome what came of it
     * @return how often, for all profiles together
     */
    public long certificateReloads(ReloadOutcome outcome) {
        return certificates.count(outcome);
    }

    private Set<TlsProfile> profiles() {
        return GateProfiles.of(listeners().stream().map(Listener::gate).toList());
    }

    /**
     * Whether it ends: since {@link #drain}, {@link #close()} or {@link #abort()} it takes no more connections.
     *
     * @return false while it runs
     */
    public boolean draining() {
        return endpoint.draining();
    }

    /**
     * Stops listening and closes every connection in order: what was written is sent first, for as long as
     * {@code closeTimeout} and {@code writeTimeout} allow a peer that takes it slowly; {@link #drain} with a deadline
     * of 0 cuts after half a second. Does not wait; {@link #awaitClosed()} does, and {@link #closed()} tells when it is
     * done. May be called any number of times.
     */
    @Override
    public void close() {
        listeners.forEach(Listener::close);
        endpoint.close();
        // One may have been added in between
        listeners.forEach(Listener::close);
    }

    /**
     * Stops listening and ends every connection at once: what was not yet sent is lost. Does not wait;
     * {@link #closed()} tells when it is done. May be called any number of times, also after {@link #close()}.
     */
    public void abort() {
        close();
        endpoint.abort();
    }

    /**
     * Completes when the server was closed and its last connection has ended. Code that depends on it runs on a
     * dispatcher thread, or on the caller's.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return endpoint.end().future();
    }

    /**
     * Blocks the calling thread until the server was closed and its last connection has ended: for the thread of
     * {@code main}. Returns at once if that is so. An interrupt, or giving up, does not close the server.
     *
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException on a thread of a dispatcher, or any other that must not wait ({@link NonBlocking}):
     *     the connections that it serves could not end. Nor may a callback wait that runs on an executor
     *     ({@link Builder#callbackExecutor}), which is not noticed
     */
    public void awaitClosed() throws InterruptedException {
        var unused = awaitClosed(Duration.ofNanos(Long.MAX_VALUE));
    }

    /**
     * The same, for a limited time.
     *
     * @param timeout how long to wait; 0 or less does not wait
     * @return whether the server was closed and its last connection has ended
     * @throws InterruptedException if the thread is interrupted while it waits
     * @throws IllegalStateException on a thread that must not wait
     */
    public boolean awaitClosed(Duration timeout) throws InterruptedException {
        Thread here = Thread.currentThread();
        if (here instanceof NonBlocking) {
            throw new IllegalStateException("awaitClosed() cannot wait on " + here.getName()
                    + ", a thread that serves the connections it would wait for; use closed() here, or another thread");
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

    /** The server, as its dispatcher knows it. */
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

    /** Settings of a server. */
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
         * @param port the port, 0 for any free one
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(int port, Gate gate) {
            return listen(new InetSocketAddress(port), gate);
        }

        /**
         * Listens on one address.
         *
         * @param address the address, with port 0 for any free one
         * @param gate decides what each connection is
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate) {
            return listen(Listener.at(address, gate));
        }

        /**
         * Listens on one address, with a handler of its own.
         *
         * @param address the address, with port 0 for any free one
         * @param gate decides what each connection is
         * @param handler makes the handler of each connection
         * @return this
         */
        public Builder listen(InetSocketAddress address, Gate gate, Supplier<? extends ConnectionHandler> handler) {
            return listen(Listener.at(address, gate).handler(handler));
        }

        /**
         * Listens as these settings say: with a name, suspended, with a handler of its own.
         *
         * @param listener where, and what decides: {@link Listener#at}
         * @return this
         */
        public Builder listen(Listener.Settings listener) {
            listens.add(listener);
            return this;
        }

        /**
         * Limits the connections: at a time, of one address, in a second. Without this nothing but the descriptors of
         * the process does.
         *
         * @param most the limits
         * @return this
         */
        public Builder limits(ConnectionLimits most) {
            limits = Objects.requireNonNull(most, "limits");
            return this;
        }

        /**
         * Looks into the files of certificates and trust again and again while the server runs, and takes what is new
         * in them for connections that come from then on. Changes and failures are logged.
         *
         * @param every how long to wait from one look to the next, such as 10 s; more than 0
         * @return this
         */
        public Builder reloadCertificates(Duration every) {
            return reloadCertificates(every, outcome -> {});
        }

        /**
         * The same, and tells somebody.
         *
         * @param every how long to wait from one look to the next; more than 0
         * @param observer is told of whatever changes or fails, on a thread for tasks
         * @return this
         */
        public Builder reloadCertificates(Duration every, Consumer<? super CertificateReload> observer) {
            if (every.isZero() || every.isNegative()) {
                throw new IllegalArgumentException(
                        "certificates cannot be watched every " + every + "; say 10 s, for example");
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
         * Sets the handler of listeners that have none of their own.
         *
         * @param handler makes the handler of each connection
         * @return this
         */
        public Builder handler(Supplier<? extends ConnectionHandler> handler) {
            this.handlers = Objects.requireNonNull(handler, "handler");
            return this;
        }

        /**
         * Lets other sockets of the same user listen on the same addresses (SO_REUSEPORT); the operating system then
         * spreads new connections over all that do. So several dispatchers can serve one port, and a new process can
         * open its listeners before the old one closes its own: those that wait in the queue of a listener that closes
         * are refused, so it should have been idle, or its clients try again.
         *
         * @return this
         */
        public Builder reusePort() {
            sharedPort = true;
            return this;
        }

        /**
         * Sets an option of the sockets that listen, before they are bound. {@code SO_RCVBUF} is inherited by the
         * connections, and set here it may be larger than 64 KiB. {@code SO_REUSEADDR} is true by default, so that the
         * address can be bound again while connections of a process that has ended are in TIME_WAIT. What the options
         * of connections are is set by {@link #option}.
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
         * Sets how many connections may wait at each listener to be accepted: 4,096 by default. The system may allow
         * fewer ({@code net.core.somaxconn} on Linux). While it is full, attempts to connect are dropped, which clients
         * repeat after a second or more.
         *
         * @param connections at least 1
         * @return this
         */
        public Builder backlog(int connections) {
            sockets = sockets.withBacklog(connections);
            return this;
        }

        /**
         * Warms up before the listeners open, for at most this time: see {@link #warmUp(int, Duration)}. Enough
         * handshakes for the JDK's engine to reach its speed end it earlier.
         *
         * @param time more than 0
         * @return this
         */
        public Builder warmUp(Duration time) {
            return warmUp(ServerWarmUp.ENOUGH, time);
        }

        /**
         * Warms up before the listeners open: {@link #start()} first lets the profiles of all gates shake hands with
         * themselves in memory ({@link io.portcullis.tls.WarmUp}), so that the first connections meet compiled code.
         * Ends with the first bound that is reached, or if the thread is interrupted. Does not make start fail: what
         * cannot be warmed up is skipped, with a reason at debug level. Without this word there is no warm-up.
         *
         * @param handshakes at most so many, full and resumed ones of all profiles together; at least 1
         * @param time at most so long; more than 0
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
         * Binds every address and starts to accept. With {@link #warmUp(int, Duration) warmUp} it computes on the
         * calling thread until that is over, which should then be none of the dispatcher's; whether every address is
         * free is found out before, and again after it.
         *
         * @return the server
         * @throws IOException if an address cannot be bound; then none is
         * @throws UnsupportedOperationException if the port is to be shared, and this system cannot; or if sockets
         *     cannot have an {@link #option} or {@link #listenerOption} here
         * @throws IllegalArgumentException if the value of such an option is refused, or a profile has no certificate
         * @throws IllegalStateException if no address was given, or one has no handler
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
