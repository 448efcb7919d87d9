// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import io.portcullis.tls.TlsFeature;
import java.util.List;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/**
 * Makes the engines of one profile, with what they share: certificates, trust, session caches, ticket keys.
 * Thread-safe. It holds what the engines need for as long as one of them lives; there is nothing to close.
 */
public interface TlsEngineFactory {

    /**
     * A new engine for a server's side of a connection.
     *
     * @return the engine, ready for its first byte; who gets it must {@link TlsEngine#free() free} it
     */
    TlsEngine server();

    /**
     * A new engine for a client's side of a connection.
     *
     * @param host the server's name or IP address, in ASCII: for the session cache, and to verify its certificate
     * @param port the server's port, for the session cache
     * @param name what to ask for (SNI, RFC 6066, 3), or null to ask for no name
     * @return the engine, ready for its first byte; who gets it must {@link TlsEngine#free() free} it
     */
    TlsEngine client(String host, int port, @Nullable SNIHostName name);

    /**
     * Exchanges the keys of session tickets, for connections that come from now on.
     *
     * @param keys in the form of {@link TlsEngineConfig#ticketKeys()}, at least one
     * @throws UnsupportedOperationException if the engine has no {@link TlsFeature#SHARED_TICKET_KEYS}
     */
    default void ticketKeys(List<byte[]> keys) {
        throw new UnsupportedOperationException("this TLS engine takes no ticket keys");
    }
}
