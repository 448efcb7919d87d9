// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import io.portcullis.tls.TlsFeature;
import java.util.List;
import javax.net.ssl.SNIHostName;
import org.jspecify.annotations.Nullable;

/**
 * Creates the engines of one profile, which share certificates, trust, session caches and ticket keys. Thread-safe. It
 * keeps shared resources as long as one of its engines is in use; it need not be closed.
 */
public interface TlsEngineFactory {

    /**
     * Returns a new engine for the server side of a connection.
     *
     * @return an engine that is ready for its first byte; the caller must {@link TlsEngine#free() free} it
     */
    TlsEngine server();

    /**
     * Returns a new engine for the client side of a connection.
     *
     * @param host the server's name or IP address, in ASCII; used for the session cache, and to verify the certificate
     * @param port the server's port; used for the session cache
     * @param name the name to request (SNI, RFC 6066, 3), or null for none
     * @return an engine that is ready for its first byte; the caller must {@link TlsEngine#free() free} it
     */
    TlsEngine client(String host, int port, @Nullable SNIHostName name);

    /**
     * Replaces the session ticket keys for new connections.
     *
     * @param keys as in {@link TlsEngineConfig#ticketKeys()}; not empty
     * @throws UnsupportedOperationException if the engine has no {@link TlsFeature#SHARED_TICKET_KEYS}
     */
    default void ticketKeys(List<byte[]> keys) {
        throw new UnsupportedOperationException("this TLS engine accepts no ticket keys");
    }
}
