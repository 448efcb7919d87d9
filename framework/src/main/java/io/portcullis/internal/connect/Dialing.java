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
 * What the connects of one client, or to the targets of one server's relays, have in common.
 *
 * @param endpoint whose connections they make, on whose threads they run
 * @param connector connects their sockets
 * @param settings how they are made
 * @param admission lets so many of them be on their way at a time
 */
public record Dialing(Endpoint endpoint, Connector connector, Settings settings, Admission admission) {

    /**
     * The settings of a client. Times in nanoseconds.
     *
     * @param timeout for the look-up and all attempts together
     * @param attemptDelay between an attempt and the next one
     * @param resolver finds the addresses
     * @param tls the profile, or null for plain connections
     * @param proxy the form of the PROXY headers, or null for none but those that a connect is given
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
         * Of connects on behalf of a connection that waits meanwhile, and has a deadline: half of that is left to tell
         * its peer of a failure.
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

    Machine machine() {
        return endpoint.machine();
    }

    Filter filter(String host, int port) {
        TlsProfile tls = settings.tls();
        return tls == null ? new PlainFilter() : tls.clientFilter(host, port);
    }
}
