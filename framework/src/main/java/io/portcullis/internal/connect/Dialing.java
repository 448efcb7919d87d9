// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connect;

import io.portcullis.dispatch.NameResolver;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Machine;
import io.portcullis.internal.wire.Connector;
import io.portcullis.internal.wire.Wire;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * The shared state of the connects of one client, or of those to the targets of one server's relays.
 *
 * @param endpoint the endpoint of the connections, on whose threads the connects run
 * @param connector connects the sockets
 * @param settings the settings
 * @param admission limits how many connects are in progress at a time
 */
public record Dialing(Endpoint endpoint, Connector connector, Settings settings, Admission admission) {

    /**
     * The settings of a client. Times are in nanoseconds.
     *
     * @param timeout for the lookup and all attempts together
     * @param attemptDelay between an attempt and the next one
     * @param resolver resolves names
     * @param tls the profile, or null for plain connections
     * @param proxy the version of the PROXY headers, or null to send only headers passed to a connect
     * @param relayed whether the connections are the far sides of relays
     */
    public record Settings(
            long timeout,
            long attemptDelay,
            NameResolver resolver,
            @Nullable TlsProfile tls,
            @Nullable ProxyVersion proxy,
            boolean relayed) {
        public static final Settings DEFAULT = new Settings(
                Duration.ofSeconds(10).toNanos(),
                Duration.ofMillis(250).toNanos(),
                NameResolver.system(),
                null,
                null,
                false);

        /**
         * Returns settings for connecting on behalf of a connection that waits meanwhile and has a deadline. Half of
         * that time is left to report a failure to its peer.
         */
        public static Settings relays(ConnectionSettings waiting) {
            return new Settings(
                    waiting.handshake() / 2, DEFAULT.attemptDelay, DEFAULT.resolver, DEFAULT.tls, DEFAULT.proxy, true);
        }

        public Settings withTimeout(long nanos) {
            return new Settings(nanos, attemptDelay, resolver, tls, proxy, relayed);
        }

        public Settings withAttemptDelay(long nanos) {
            return new Settings(timeout, nanos, resolver, tls, proxy, relayed);
        }

        public Settings withResolver(NameResolver other) {
            return new Settings(timeout, attemptDelay, other, tls, proxy, relayed);
        }

        public Settings withTls(TlsProfile profile) {
            return new Settings(timeout, attemptDelay, resolver, profile, proxy, relayed);
        }

        public Settings withProxy(ProxyVersion version) {
            return new Settings(timeout, attemptDelay, resolver, tls, version, relayed);
        }

        /** Returns the bytes to send before everything else, or null if there are none. */
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

    Machine machine() {
        return endpoint.machine();
    }

    Filter filter(String host, int port) {
        TlsProfile tls = settings.tls();
        return tls == null ? new PlainFilter() : tls.clientFilter(host, port);
    }
}
