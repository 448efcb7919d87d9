// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.internal.connect.Dialer;
import io.portcullis.internal.connect.Dialing;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.Durations;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Connects to servers, plain or over TLS. Over TLS, the server's certificate must be valid for the requested name,
 * unless the profile disables this check. The addresses of a name are raced (Happy Eyeballs, RFC 8305). Any number of
 * clients and servers can share one dispatcher.
 *
 * <pre>{@code
 * Client client = Client.builder(dispatcher).tls(TlsProfile.trustingSystem()).build();
 * client.connect("example.com", 443, new ResponseHandler()).whenComplete((connection, failure) -> {
 *     if (failure == null) {
 *         connection.write("GET / HTTP/1.0\r\nHost: example.com\r\n\r\n", US_ASCII);
 *     }
 * });
 * }</pre>
 */
public final class Client implements AutoCloseable {
    private final Endpoint endpoint;
    private final Dialer dialer;
    private final Set<ConnectionPool> pools = ConcurrentHashMap.newKeySet();

    private Client(Builder builder) {
        GroupMachine machine = builder.dispatcher.machine();
        checkOptions(builder, machine);
        this.endpoint = builder.endpoint(machine, AdmissionLimit.none());
        this.dialer = new Dialer(
                endpoint, builder.dispatcher.connector(builder.options()), builder.dialing, builder.admission());
        builder.dispatcher.register(new Door());
        TlsProfile profile = builder.dialing.tls();
        if (profile != null && !profile.certificates().isEmpty()) {
            CertificateCalendar.keep(machine, () -> List.of(profile), builder.clock(), closed());
        }
    }

    private static void checkOptions(Builder builder, GroupMachine machine) {
        if (builder.options().settings().isEmpty()) {
            return;
        }
        try {
            builder.options().check(machine.crews().group(), "the connections of a client");
        } catch (IOException noSocket) {
            throw new UncheckedIOException("the options of a client cannot be checked", noSocket);
        }
    }

    /**
     * Returns a builder of clients.
     *
     * @param dispatcher the dispatcher whose threads and buffers the client uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder(dispatcher);
    }

    /**
     * Connects to a host. The name is not resolved on the threads that run connections.
     *
     * <p>Cancelling the future, or completing it otherwise, abandons the connect immediately in any phase and releases
     * its resources.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @param handler the handler of the connection; not called if no connection is established
     * @return completes when the connection is open, which is after the TLS handshake, if any, and after the handler's
     *     {@code onOpen}; or with a {@link io.portcullis.ConnectFailedException} for any reason. Dependent stages run
     *     on a dispatcher thread; if callbacks run on an executor, those of a successful connect run there
     */
    public CompletableFuture<Connection> connect(String host, int port, ConnectionHandler handler) {
        return dialer.connect(host, port, handler, null);
    }

    /**
     * Connects on behalf of another client: the connection begins with a PROXY header, before TLS and everything else.
     * The version is the one set with {@link Builder#proxyHeader}, or version 2 by default. Otherwise like
     * {@link #connect(String, int, ConnectionHandler)}.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @param handler the handler of the connection; not called if no connection is established
     * @param header identifies the client that the connection is for
     * @return completes when the connection is open, or with a {@link io.portcullis.ConnectFailedException}
     */
    public CompletableFuture<Connection> connect(String host, int port, ConnectionHandler handler, ProxyHeader header) {
        return dialer.connect(host, port, handler, Objects.requireNonNull(header, "header"));
    }

    /**
     * Connects and returns the connection as an {@link java.nio.channels.AsynchronousSocketChannel}, plain or over TLS.
     * Otherwise like {@link #connect(String, int, ConnectionHandler)}; for the other forms of connect, use
     * {@link ChannelHandler#open}.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @return completes when the connection is open, or with a {@link io.portcullis.ConnectFailedException}; cancelling
     *     it abandons the connect. Dependent stages run on a dispatcher thread and must not block
     */
    public CompletableFuture<ConnectionChannel> open(String host, int port) {
        return ChannelHandler.open(handler -> connect(host, port, handler));
    }

    /**
     * Returns a builder of connection pools: connections to one server, each lent to one borrower at a time. A pool is
     * closed with its client, including the connections that are borrowed.
     *
     * @param host the name or address, as for {@link #connect(String, int, ConnectionHandler)}
     * @param port the port
     * @return the builder
     */
    public ConnectionPool.Builder pool(String host, int port) {
        Objects.requireNonNull(host, "host");
        return new ConnectionPool.Builder(
                host + ":" + port, endpoint, handler -> connect(host, port, handler), this::keep);
    }

    /** Closes the pool with the client, even if the client is being closed concurrently. */
    private void keep(ConnectionPool pool) {
        pools.add(pool);
        var unused = pool.closed().thenRun(() -> pools.remove(pool));
        if (endpoint.closing()) {
            pool.close();
        }
    }

    /**
     * Closes every connection gracefully, abandons connects in progress, closes the pools, and refuses new connects.
     * Does not wait; {@link #closed()} completes at the end. May be called any number of times.
     */
    @Override
    public void close() {
        endpoint.close();
        dialer.close();
        pools.forEach(ConnectionPool::close);
    }

    /**
     * Aborts every connection immediately and closes the client. Does not wait; {@link #closed()} completes at the end.
     * May be called any number of times, also after {@link #close()}.
     */
    public void abort() {
        close();
        endpoint.abort();
    }

    /**
     * Returns a future that completes when the client has been closed and its last connection has ended.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return endpoint.end().future();
    }

    /** Returns the part that performs the connects. */
    Dialer dialer() {
        return dialer;
    }

    /** The client, as seen by its dispatcher. */
    private final class Door implements Dispatcher.Door {
        @Override
        public Endpoint endpoint() {
            return endpoint;
        }

        @Override
        public void close() {
            Client.this.close();
        }

        @Override
        public int connectsWaiting() {
            return dialer.admission().queued();
        }
    }

    /** A builder of clients. */
    public static final class Builder extends EndpointBuilder<Builder> {
        private static final Duration SHORTEST_DELAY = Duration.ofMillis(10);

        private final Dispatcher dispatcher;
        private Dialing.Settings dialing = Dialing.Settings.DEFAULT;

        Builder(Dispatcher dispatcher) {
            super(AdmissionLimit.CLIENT);
            this.dispatcher = dispatcher;
        }

        @Override
        Builder self() {
            return this;
        }

        /**
         * Uses TLS. By default, connections are plain.
         *
         * <p>A log line warns before the certificate that the profile presents expires, and when it has expired.
         *
         * @param profile the configuration, shared by all connections, which resume its sessions
         * @return this
         */
        public Builder tls(TlsProfile profile) {
            dialing = dialing.withTls(Objects.requireNonNull(profile, "profile"));
            return this;
        }

        /**
         * Sets the time within which an address must be connected: 10 seconds by default. It covers the name lookup and
         * all attempts together; the handshake has its own deadline.
         *
         * @param timeout more than 0
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            dialing = dialing.withTimeout(nanos("connectTimeout", timeout));
            return this;
        }

        /**
         * Sets how long to wait for an attempt before the next address is tried in parallel: 250 milliseconds by
         * default (the Connection Attempt Delay of RFC 8305, 5). When an attempt fails, the next one starts
         * immediately.
         *
         * @param delay at least 10 milliseconds
         * @return this
         */
        public Builder attemptDelay(Duration delay) {
            if (delay.compareTo(SHORTEST_DELAY) < 0) {
                throw new IllegalArgumentException("attemptDelay must be at least 10 ms (RFC 8305, 5), not " + delay);
            }
            dialing = dialing.withAttemptDelay(Durations.nanos(delay));
            return this;
        }

        /**
         * Sets the resolver of host names: {@link NameResolver#system()} by default.
         *
         * @param resolver the resolver
         * @return this
         */
        public Builder resolver(NameResolver resolver) {
            dialing = dialing.withResolver(Objects.requireNonNull(resolver, "resolver"));
            return this;
        }

        /**
         * Begins every connection with a PROXY header, before TLS and everything else. It contains the connection's own
         * addresses, unless a header is passed to connect.
         *
         * @param version the version that the servers expect
         * @return this
         */
        public Builder proxyHeader(ProxyVersion version) {
            dialing = dialing.withProxy(Objects.requireNonNull(version, "version"));
            return this;
        }

        /**
         * Builds the client.
         *
         * @return the client
         * @throws UnsupportedOperationException if sockets on this system do not support an {@link #option}
         * @throws IllegalArgumentException if the value of an option is rejected
         * @throws UncheckedIOException if options were set, and no socket can be opened to check them
         */
        public Client build() {
            return new Client(this);
        }
    }
}
