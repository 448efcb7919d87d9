// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLEngine;

/**
 * Ends a session when the peer's certificate expires (RFC 8446, 4.6.1): BoringSSL then performs a full handshake with
 * clients that return later, and neither BoringSSL nor Netty offers such a session.
 */
final class SessionLife {
    private SessionLife() {}

    /**
     * Limits the lifetime of the session being established, and of those renewed from it.
     *
     * @param engine the engine that has just accepted the chain
     * @param chain the peer's chain
     */
    static void bound(SSLEngine engine, X509Certificate[] chain) {
        if (engine instanceof ReferenceCountedOpenSslEngine boringSsl) {
            long ssl = boringSsl.sslPointer();
            Instant end = chain[0].getNotAfter().toInstant();
            long left = Math.max(1, Duration.between(Instant.now(), end).toSeconds());
            if (left < SSL.getTimeout(ssl)) {
                SSL.setTimeout(ssl, left);
            }
        }
    }
}
