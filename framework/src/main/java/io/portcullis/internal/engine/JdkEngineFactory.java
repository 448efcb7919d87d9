// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.spi.TlsEngine;
import io.portcullis.tls.spi.TlsEngineConfig;
import io.portcullis.tls.spi.TlsEngineFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SNIMatcher;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.StandardConstants;
import org.jspecify.annotations.Nullable;

/** Creates the engines of an SSLContext, of the JDK or of any other provider. */
public final class JdkEngineFactory implements TlsEngineFactory {
    private final SSLContext context;
    private final TlsEngineConfig config;
    private final SSLParameters server;

    JdkEngineFactory(SSLContext context, TlsEngineConfig config) {
        this.context = context;
        this.config = config;
        this.server = serverParameters();
    }

    public SSLContext context() {
        return context;
    }

    @Override
    public TlsEngine server() {
        return new SslEngineAdapter(serverSslEngine());
    }

    @Override
    public TlsEngine client(String host, int port, @Nullable SNIHostName name) {
        return new SslEngineAdapter(clientSslEngine(host, port, name));
    }

    /** Returns an engine whose handshake has not begun. */
    public SSLEngine serverSslEngine() {
        SSLEngine engine = context.createSSLEngine();
        engine.setUseClientMode(false);
        engine.setSSLParameters(server);
        ConscryptQuirks.enableTickets(engine);
        return engine;
    }

    /** Returns an engine whose handshake has not begun. */
    public SSLEngine clientSslEngine(String host, int port, @Nullable SNIHostName name) {
        SSLEngine engine = context.createSSLEngine(host, port);
        engine.setUseClientMode(true);
        engine.setSSLParameters(clientParameters(name));
        return engine;
    }

    private SSLParameters serverParameters() {
        SSLParameters parameters = commonParameters();
        parameters.setUseCipherSuitesOrder(true);
        config.servedName().ifPresent(served -> parameters.setSNIMatchers(List.of(matcher(served))));
        forgetDefaults(parameters);
        // each of the two setters resets the other
        if (config.clientAuth() == ClientAuth.NEED) {
            parameters.setNeedClientAuth(true);
        } else {
            parameters.setWantClientAuth(config.clientAuth() == ClientAuth.WANT);
        }
        return parameters;
    }

    /**
     * Resets parameters that equal the JDK's defaults: its engines share the defaults, but copy for each connection
     * what is set explicitly.
     */
    private void forgetDefaults(SSLParameters parameters) {
        if (context.getProvider().getName().equals("SunJSSE")) {
            SSLEngine any = context.createSSLEngine();
            any.setUseClientMode(false);
            if (Arrays.equals(parameters.getProtocols(), any.getEnabledProtocols())) {
                parameters.setProtocols(null);
            }
        }
    }

    private SSLParameters clientParameters(@Nullable SNIHostName name) {
        SSLParameters parameters = commonParameters();
        if (config.verifiesServerName()) {
            parameters.setEndpointIdentificationAlgorithm("HTTPS");
        }
        if (name != null) {
            parameters.setServerNames(List.of(name));
        }
        return parameters;
    }

    private SSLParameters commonParameters() {
        SSLParameters parameters = new SSLParameters(
                config.cipherSuites().toArray(String[]::new), config.protocols().toArray(String[]::new));
        parameters.setApplicationProtocols(config.applicationProtocols().toArray(String[]::new));
        if (!config.groups().isEmpty()) {
            NamedGroups.set(parameters, config.groups());
        }
        return parameters;
    }

    private static SNIMatcher matcher(Predicate<String> served) {
        return new SNIMatcher(StandardConstants.SNI_HOST_NAME) {
            @Override
            public boolean matches(SNIServerName name) {
                return served.test(new String(name.getEncoded(), StandardCharsets.UTF_8));
            }
        };
    }
}
