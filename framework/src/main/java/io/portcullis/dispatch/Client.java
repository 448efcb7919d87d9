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
 * Connects to servers, plain or under TLS; under TLS the server's certificate must be valid for the name that was asked
 * for, unless the profile says otherwise. The addresses of a name are raced (Happy Eyeballs, RFC 8305). Any number of
 * clients and servers share one dispatcher.
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
     * Starts the settings of a client.
     *
     * @param dispatcher whose threads and buffers it uses
     * @return the builder
     */
    public static Builder builder(Dispatcher dispatcher) {
        return new Builder(dispatcher);
    }

    /**
     * Connects. The name is resolved off the dispatcher threads.
     *
     * <p>Cancelling the future, or completing it in another way, gives the connect up at once, whatever it is doing,
     * and leaves nothing behind.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @param handler of the connection; told nothing if there was never one
     * @return completes when the connection is open, after the handshake if there is one, behind the handler's
     *     {@code onOpen}; or with a {@link io.portcullis.ConnectFailedException}, whatever the reason is. Code that
     *     depends on it runs on a dispatcher thread; if callbacks run on an executor, success is told there
     */
    public CompletableFuture<Connection> connect(String host, int port, ConnectionHandler handler) {
        return dialer.connect(host, port, handler, null);
    }

    /**
     * Connects on behalf of somebody else: the connection begins with a PROXY header, in front of TLS and of everything
     * else, in the form that {@link Builder#proxyHeader} says, which is version 2 otherwise. In all else like
     * {@link #connect(String, int, ConnectionHandler)}.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @param handler of the connection; told nothing if there was never one
     * @param header says whom the connection is for
     * @return completes when the connection is open, or with a {@link io.portcullis.ConnectFailedException}
     */
    public CompletableFuture<Connection> connect(String host, int port, ConnectionHandler handler, ProxyHeader header) {
        return dialer.connect(host, port, handler, Objects.requireNonNull(header, "header"));
    }

    /**
     * Connects, and gives the connection as a channel in the JDK's own words, plain or under TLS. In all else like
     * {@link #connect(String, int, ConnectionHandler)}; for the other forms of connect there is
     * {@link ChannelHandler#open}.
     *
     * @param host the name or address; sent as SNI if it is a name
     * @param port the port
     * @return completes when the connection is open, or with a {@link io.portcullis.ConnectFailedException}; cancelling
     *     it gives the connect up. Code that depends on it runs on a dispatcher thread and must not block
     */
    public CompletableFuture<ConnectionChannel> open(String host, int port) {
        return ChannelHandler.open(handler -> connect(host, port, handler));
    }

    /**
     * Starts the settings of a pool: connections to one server that are lent to one borrower after the other. It is
     * closed with the client, which also closes those of its connections that are borrowed.
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

    /** A pool is closed with the client, even if that is being closed meanwhile. */
    private void keep(ConnectionPool pool) {
        pools.add(pool);
        var unused = pool.closed().thenRun(() -> pools.remove(pool));
        if (endpoint.closing()) {
            pool.close();
        }
    }

    /**
     * Closes every connection in order, gives up connects that are on their way, closes the pools, and refuses new
     * connections. Does not wait; {@link #closed()} tells when it is done. May be called any number of times.
     */
    @Override
    public void close() {
        endpoint.close();
        dialer.close();
        pools.forEach(ConnectionPool::close);
    }

    /**
     * Ends every connection at once, and closes the client. Does not wait; {@link #closed()} tells when it is done. May
     * be called any number of times, also after {@link #close()}.
     */
    public void abort() {
        close();
        endpoint.abort();
    }

    /**
     * Completes when the client was closed and its last connection has ended.
     *
     * @return the future
     */
    public CompletableFuture<Void> closed() {
        return endpoint.end().future();
    }

    /** What makes the connects. */
    Dialer dialer() {
        return dialer;
    }

    /** The client, as its dispatcher knows it. */
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

    /** Settings of a client. */
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
         * Uses TLS; without this, connections are plain.
         *
         * <p>The log says when the certificate that the profile presents is about to expire, and when it has.
         *
         * @param profile the configuration, shared by all connections, whose sessions are resumed
         * @return this
         */
        public Builder tls(TlsProfile profile) {
            dialing = dialing.withTls(Objects.requireNonNull(profile, "profile"));
            return this;
        }

        /**
         * Sets until when an address must be connected: 10 seconds by default. Absolute, for the look-up of the name
         * and all attempts together; the handshake has a deadline of its own.
         *
         * @param timeout more than 0
         * @return this
         */
        public Builder connectTimeout(Duration timeout) {
            dialing = dialing.withTimeout(nanos("connectTimeout", timeout));
            return this;
        }

        /**
         * Sets how long an address is tried alone before the next one is tried besides: 250 milliseconds by default
         * (the Connection Attempt Delay of RFC 8305, 5). An address that fails is followed by the next one at once.
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
         * Sets who finds the addresses of a name: by default {@link NameResolver#system()}.
         *
         * @param resolver the resolver
         * @return this
         */
        public Builder resolver(NameResolver resolver) {
            dialing = dialing.withResolver(Objects.requireNonNull(resolver, "resolver"));
            return this;
        }

        /**
         * Begins every connection with a PROXY header, in front of TLS and of everything else. It names the
         * connection's own addresses, unless connect is given another one.
         *
         * @param version the form that the servers expect
         * @return this
         */
        public Builder proxyHeader(ProxyVersion version) {
            dialing = dialing.withProxy(Objects.requireNonNull(version, "version"));
            return this;
        }

        /**
         * Makes the client.
         *
         * @return the client
         * @throws UnsupportedOperationException if connections cannot have an {@link #option} here
         * @throws IllegalArgumentException if the value of one is refused
         * @throws UncheckedIOException if options were set, and the system has no socket to check them
         */
        public Client build() {
            return new Client(this);
        }
    }
}
