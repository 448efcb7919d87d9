// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.engine.SslEngineAdapter;
import java.util.List;
import java.util.function.Consumer;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;

/** Makes the two engines of a connection, both the JDK's, and filters around them. */
final class JdkEngines {
    static final String HOST = "localhost";

    private final SSLContext serverContext;
    private final SSLContext clientContext;
    private final String protocol;
    private Consumer<SSLParameters> server = parameters -> {};
    private Consumer<SSLParameters> client = parameters -> {};

    JdkEngines(String protocol, SSLContext serverContext, SSLContext clientContext) {
        this.protocol = protocol;
        this.serverContext = serverContext;
        this.clientContext = clientContext;
    }

    /** A server with the certificate, and a client that trusts it. */
    static JdkEngines of(String protocol) {
        return new JdkEngines(protocol, serverContext(), clientContext());
    }

    /** A context with a certificate for the host, and a session cache of its own. */
    static SSLContext serverContext() {
        return TestCertificates.contextOf(TlsProfile.builder()
                .certificate(TestCertificates.ec().key(), TestCertificates.ec().certificate())
                .build());
    }

    /** A context that trusts the server, and has a session cache of its own. */
    static SSLContext clientContext() {
        return TestCertificates.jdkClientContext();
    }

    JdkEngines server(Consumer<SSLParameters> change) {
        server = change;
        return this;
    }

    JdkEngines client(Consumer<SSLParameters> change) {
        client = change;
        return this;
    }

    SSLEngine serverEngine() {
        SSLEngine engine = serverContext.createSSLEngine();
        engine.setUseClientMode(false);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        server.accept(parameters);
        engine.setSSLParameters(parameters);
        return engine;
    }

    SSLEngine clientEngine() {
        return clientEngine(HOST);
    }

    SSLEngine clientEngine(String host) {
        SSLEngine engine = clientContext.createSSLEngine(host, 443);
        engine.setUseClientMode(true);
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(List.of(new SNIHostName(HOST)));
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        client.accept(parameters);
        engine.setSSLParameters(parameters);
        return engine;
    }

    TlsFilter serverFilter() {
        return filter(serverEngine());
    }

    TlsFilter clientFilter() {
        return filter(clientEngine());
    }

    /** The two filters, joined. */
    FilterPair join() {
        return new FilterPair(clientFilter(), serverFilter());
    }

    static TlsFilter filter(SSLEngine engine) {
        return new TlsFilter(new SslEngineAdapter(engine), false);
    }
}
