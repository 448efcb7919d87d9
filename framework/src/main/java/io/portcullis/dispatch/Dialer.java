// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** What the connects of one client, or to the targets of one server's relays, have in common, and those of them that are not yet connected. */
final class Dialer {

    /**
     * The settings of a client. Times in nanoseconds.
     *
     * @param timeout for the look-up and all attempts together
     * @param attemptDelay between an attempt and the next one
     * @param resolver finds the addresses
     * @param tls the profile, or null for plain connections
     * @param proxy the form of the PROXY headers, or null for none but those that a connect is given
     */
    record Settings(
            long timeout,
            long attemptDelay,
            NameResolver resolver,
            @Nullable TlsProfile tls,
            @Nullable ProxyVersion proxy) {
        static final Settings DEFAULT = new Settings(
                Duration.ofSeconds(10).toNanos(), Duration.ofMillis(250).toNanos(), NameResolver.system(), null, null);

        /**
         * Of connects on behalf of a connection that waits meanwhile, and has a deadline: half of that is left to tell its
         * peer of a failure.
         */
        static Settings relays(ConnectionSettings waiting) {
            return DEFAULT.withTimeout(waiting.handshake() / 2);
        }

        Settings withTimeout(long nanos) {
            return new Settings(nanos, attemptDelay, resolver, tls, proxy);
        }

        Settings withAttemptDelay(long nanos) {
            return new Settings(timeout, nanos, resolver, tls, proxy);
        }

        Settings withResolver(NameResolver other) {
            return new Settings(timeout, attemptDelay, other, tls, proxy);
        }

        Settings withTls(TlsProfile profile) {
            return new Settings(timeout, attemptDelay, resolver, profile, proxy);
        }

        Settings withProxy(ProxyVersion version) {
            return new Settings(timeout, attemptDelay, resolver, tls, version);
        }

        /** What goes in front of everything else, if anything does. */
        @Nullable
        ByteBuffer firstBytes(Wire wire, @Nullable ProxyHeader given) {
            if (given != null) {
                return given.encode(proxy == null ? ProxyVersion.V2 : proxy);
            }
            return proxy == null
                    ? null
                    : ProxyHeader.of(wire.localAddress(), wire.remoteAddress()).encode(proxy);
        }
    }

    final Machine machine;
    final Connector connector;
    final Endpoint endpoint;
    final Settings settings;
    final Admission admission;
    private final Set<Connect> underWay = ConcurrentHashMap.newKeySet();

    Dialer(Endpoint endpoint, Connector connector, Settings settings, AdmissionLimit limit) {
        this.machine = endpoint.machine();
        this.connector = connector;
        this.endpoint = endpoint;
        this.settings = settings;
        this.admission = Admission.atOnce(machine, limit);
    }

    CompletableFuture<Connection> connect(
            String host, int port, ConnectionHandler handler, @Nullable ProxyHeader header) {
        Connect connect = new Connect(this, host, port, handler, header);
        if (!endpoint.enter()) {
            connect.refuse();
            return connect.future();
        }
        try {
            underWay.add(connect);
            connect.begin();
        } catch (Throwable noMemory) {
            leaves(connect);
            endpoint.leave();
            throw noMemory;
        }
        if (endpoint.closing()) {
            connect.shutDown();
        }
        return connect.future();
    }

    /** A connect is over, or has a connection, which the endpoint closes. */
    void leaves(Connect connect) {
        underWay.remove(connect);
    }

    /** How many connects have no connection yet. */
    int underWay() {
        return underWay.size();
    }

    Filter filter(String host, int port) {
        TlsProfile tls = settings.tls();
        return tls == null ? new PlainFilter() : tls.clientFilter(host, port);
    }

    /** Gives up what is not connected; the endpoint is closed. */
    void close() {
        underWay.forEach(Connect::shutDown);
    }
}
