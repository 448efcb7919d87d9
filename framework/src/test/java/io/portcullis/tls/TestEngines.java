// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.tls.spi.TlsEngine;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/** Makes the two engines of a connection with the engine under test, and filters around them. */
final class TestEngines {
    static final String HOST = "localhost";

    private final String protocol;
    private UnaryOperator<TlsProfileBuilder> serverSettings = UnaryOperator.identity();
    private UnaryOperator<TlsProfileBuilder> clientSettings = UnaryOperator.identity();
    private @Nullable TlsProfile server;
    private @Nullable TlsProfile client;
    private String host = HOST;

    private TestEngines(String protocol) {
        this.protocol = protocol;
    }

    /** A server with a certificate (EC), and a client that trusts it. */
    static TestEngines of(String protocol) {
        return new TestEngines(protocol);
    }

    /** Configures the server further. */
    TestEngines server(UnaryOperator<TlsProfileBuilder> settings) {
        serverSettings = settings;
        return this;
    }

    /** Configures the client further. */
    TestEngines client(UnaryOperator<TlsProfileBuilder> settings) {
        clientSettings = settings;
        return this;
    }

    TestEngines client(TlsProfile profile) {
        client = profile;
        return this;
    }

    /** Makes the client request a name other than the server's. */
    TestEngines host(String name) {
        host = name;
        return this;
    }

    TlsEngine serverEngine() {
        if (server == null) {
            TestCertificate ec = TestCertificates.ec();
            TlsProfileBuilder builder = TestEngine.use(TlsProfile.builder())
                    .certificate(ec.key(), ec.certificate())
                    .protocols(protocol);
            server = serverSettings.apply(builder).build();
        }
        return TestEngine.register(server.serverEngine());
    }

    TlsEngine clientEngine() {
        if (client == null) {
            client = clientSettings
                    .apply(TestCertificates.clientBuilder().protocols(protocol))
                    .build();
        }
        return TestEngine.register(client.clientEngine(host, 443));
    }

    TlsFilter serverFilter() {
        return new TlsFilter(serverEngine(), false);
    }

    TlsFilter clientFilter() {
        return new TlsFilter(clientEngine(), false);
    }

    /** The two filters, joined. */
    FilterPair join() {
        return new FilterPair(clientFilter(), serverFilter());
    }
}
