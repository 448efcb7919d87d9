// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.ApplicationProtocolConfig;
import io.netty.handler.ssl.ApplicationProtocolConfig.Protocol;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectedListenerFailureBehavior;
import io.netty.handler.ssl.ApplicationProtocolConfig.SelectorFailureBehavior;
import io.netty.handler.ssl.ClientAuth;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionContext;
import io.netty.handler.ssl.ReferenceCountedOpenSslContext;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.ReferenceCountUtil;
import io.portcullis.tls.spi.TlsEngineConfig;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** The native contexts of a profile, each created on first use; running this object frees them. */
final class Contexts implements Runnable {
    /**
     * The space for BoringSSL's output during reads, in bytes. Output that does not fit is sent with the next write,
     * but an alert must fit after two tickets, which BoringSSL holds back until something is written. Each engine has
     * such a buffer for its whole life; Netty's default is 2048.
     */
    private static final int OUTPUT_OF_READS = 1024;

    private final TlsEngineConfig config;
    private volatile @Nullable SslContext server;
    private volatile @Nullable SslContext client;

    Contexts(TlsEngineConfig config) {
        this.config = config;
    }

    SslContext server() {
        SslContext made = server;
        return made != null ? made : makeServer();
    }

    SslContext client() {
        SslContext made = client;
        return made != null ? made : makeClient();
    }

    private synchronized SslContext makeServer() {
        SslContext made = server;
        if (made == null) {
            SslContextBuilder builder = SslContextBuilder.forServer(new ProfileKeyManagerFactory(config).caching())
                    .clientAuth(ClientAuth.valueOf(config.clientAuth()
                            .name()
                            .replace("NEED", "REQUIRE")
                            .replace("WANT", "OPTIONAL")));
            made = make(builder);
            ((OpenSslServerSessionContext) made.sessionContext()).setSessionIdContext(SessionScope.of(config));
            server = made;
        }
        return made;
    }

    private synchronized SslContext makeClient() {
        SslContext made = client;
        if (made == null) {
            SslContextBuilder builder = SslContextBuilder.forClient()
                    .endpointIdentificationAlgorithm(config.verifiesServerName() ? "HTTPS" : null);
            if (config.keyManager().isPresent()) {
                builder.keyManager(new ProfileKeyManagerFactory(config).caching());
            }
            made = make(builder);
            ((OpenSslSessionContext) made.sessionContext()).setSessionCacheEnabled(true);
            client = made;
        }
        return made;
    }

    private SslContext make(SslContextBuilder builder) {
        builder.sslProvider(SslProvider.OPENSSL_REFCNT)
                .protocols(config.protocols())
                .ciphers(config.cipherSuites())
                .sessionCacheSize(config.sessionCacheSize())
                .sessionTimeout(config.sessionLifetime().toSeconds())
                .option(OpenSslContextOption.USE_TASKS, config.tasksMayBlock());
        config.trustManagers().forEach(manager -> builder.trustManager(PeerTrustManager.of(manager)));
        if (!config.groups().isEmpty()) {
            builder.option(OpenSslContextOption.GROUPS, config.groups().toArray(String[]::new));
        }
        if (!config.applicationProtocols().isEmpty()) {
            builder.applicationProtocolConfig(new ApplicationProtocolConfig(
                    Protocol.ALPN,
                    SelectorFailureBehavior.NO_ADVERTISE,
                    SelectedListenerFailureBehavior.ACCEPT,
                    config.applicationProtocols()));
        }
        try {
            SslContext made = builder.build();
            ((ReferenceCountedOpenSslContext) made).setBioNonApplicationBufferSize(OUTPUT_OF_READS);
            return made;
        } catch (SSLException refused) {
            throw new IllegalArgumentException("rejected by BoringSSL: " + refused.getMessage(), refused);
        }
    }

    @Override
    public synchronized void run() {
        ReferenceCountUtil.release(server);
        ReferenceCountUtil.release(client);
    }
}
