// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.handler.ssl.util.InsecureTrustManagerFactory;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * TLS of the clients: TLS 1.3, with BoringSSL if its native library is available, for low CPU usage; any certificate is
 * trusted.
 */
final class HonestTls {
    private HonestTls() {}

    static SslContext context() throws SSLException {
        return builder(OpenSsl.isAvailable() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .build();
    }

    /** Returns an engine that does not have to be freed. */
    static SSLEngine engine() throws SSLException {
        return builder(SslProvider.JDK)
                .build()
                .newEngine(io.netty.buffer.UnpooledByteBufAllocator.DEFAULT, "localhost", 443);
    }

    private static SslContextBuilder builder(SslProvider provider) {
        return SslContextBuilder.forClient()
                .sslProvider(provider)
                .protocols("TLSv1.3")
                .endpointIdentificationAlgorithm(null)
                .trustManager(InsecureTrustManagerFactory.INSTANCE);
    }
}
