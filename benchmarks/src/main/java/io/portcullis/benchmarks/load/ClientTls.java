// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import java.net.Socket;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.X509ExtendedTrustManager;

/** TLS of the load: TLS 1.3 only, with BoringSSL if its native library is available; any certificate is trusted. */
final class ClientTls {
    private ClientTls() {}

    static boolean isNative() {
        return OpenSsl.isAvailable();
    }

    static SslContext context(Demand.Group group, Tally tally) throws SSLException {
        if (!isNative() && group != Demand.Group.X25519) {
            throw new SSLException("the load can choose its key share only with BoringSSL, which is not available: "
                    + OpenSsl.unavailabilityCause());
        }
        SslContextBuilder builder = SslContextBuilder.forClient()
                .sslProvider(isNative() ? SslProvider.OPENSSL_REFCNT : SslProvider.JDK)
                .protocols("TLSv1.3")
                .endpointIdentificationAlgorithm(null)
                .trustManager(new CountingTrustManager(tally));
        if (isNative()) {
            builder.option(OpenSslContextOption.GROUPS, new String[] {group.openSslName()});
        } else {
            builder.ciphers(java.util.List.of("TLS_AES_128_GCM_SHA256"));
        }
        return builder.build();
    }

    /**
     * Trusts any certificate and counts the calls: a handshake without a call has resumed a session. Both engines call
     * it on the event loop.
     */
    private static final class CountingTrustManager extends X509ExtendedTrustManager {
        private static final X509Certificate[] NONE = {};

        private final Tally tally;

        CountingTrustManager(Tally tally) {
            this.tally = tally;
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {
            tally.certificateVerified();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket) {
            tally.certificateVerified();
        }

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            tally.certificateVerified();
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {
            throw new IllegalStateException("the load is not a server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket) {
            throw new IllegalStateException("the load is not a server");
        }

        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine) {
            throw new IllegalStateException("the load is not a server");
        }

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return NONE;
        }
    }
}
