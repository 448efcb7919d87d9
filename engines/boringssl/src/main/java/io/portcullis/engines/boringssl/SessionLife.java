// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import javax.net.ssl.SSLEngine;

/**
 * Lets a session end with the certificate of the peer (RFC 8446, 4.6.1): BoringSSL then makes a full handshake with
 * whoever comes back later, and neither it nor Netty offers such a session.
 */
final class SessionLife {
    private SessionLife() {}

    /**
     * Bounds the life of the session that is being made, and of those that are renewed from it.
     *
     * @param engine which has just accepted the chain
     * @param chain the peer's
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
