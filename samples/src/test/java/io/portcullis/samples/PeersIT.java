// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.testcontainers.containers.GenericContainer;
import org.testcontainers.containers.Network;
import org.testcontainers.containers.wait.strategy.Wait;

/** Six third-party TLS implementations, in one image, as clients and as servers. Each verifies the certificate. */
@Timeout(value = 4, unit = TimeUnit.MINUTES)
final class PeersIT {
    private static final String REQUEST =
            "printf 'GET /health HTTP/1.1\\r\\nHost: portcullis\\r\\nConnection: close\\r\\n\\r\\n'";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    static Path certificates;

    @SuppressWarnings("NullAway.Init")
    private static SelfSignedCertificate certificate;

    private static @Nullable Network network;
    private static @Nullable GenericContainer<?> server;

    @SuppressWarnings("NullAway.Init")
    private static GenericContainer<?> peers;

    @BeforeAll
    static void start() throws Exception {
        Containers.assumeDocker();
        certificate = Containers.write(certificates, SelfSignedCertificate.create("portcullis", "localhost"));
        network = Network.newNetwork();
        server = Containers.serverWith(certificates).withNetwork(network).withNetworkAliases("portcullis");
        server.start();
        peers = Containers.peers(network, certificates);
        peers.withExposedPorts(4433, 4434, 4435, 4436, 4437).waitingFor(Wait.forLogMessage("peers are ready\\n", 1));
        peers.start();
    }

    @AfterAll
    static void stop() {
        Stream.ofNullable(peers).forEach(GenericContainer::stop);
        if (server != null) {
            server.stop();
        }
        if (network != null) {
            network.close();
        }
    }

    @ParameterizedTest(name = "{0}")
    @ValueSource(
            strings = {
                REQUEST
                        + " | timeout 20 openssl s_client -quiet -tls1_2 -verify_return_error -verify_hostname portcullis"
                        + " -CAfile /certificates/tls.crt -servername portcullis -connect portcullis:9000",
                REQUEST
                        + " | timeout 20 openssl s_client -quiet -tls1_3 -verify_return_error -verify_hostname portcullis"
                        + " -CAfile /certificates/tls.crt -servername portcullis -connect portcullis:9000",
                "(" + REQUEST + "; sleep 1) | timeout 20 gnutls-cli --logfile=/dev/null"
                        + " --x509cafile /certificates/tls.crt -p 9000 portcullis",
                "curl -fsS --max-time 20 --cacert /certificates/tls.crt https://portcullis:9000/health",
                "curl -fsS --max-time 20 http://portcullis:9000/health # plain, on the same port",
                "curl -fsS --max-time 20 http://127.0.0.1:8081/health # nginx, by proxy_ssl",
                "curl -fsS --max-time 20 http://127.0.0.1:8082/health # HAProxy",
                "curl -fsS --max-time 20 -H 'Connection: close' http://127.0.0.1:8083/health # stunnel",
            })
    @DisplayName("OpenSSL, GnuTLS, curl, nginx, HAProxy and stunnel as clients of the image")
    void asClients(String line) throws Exception {
        String response = Containers.shell(peers, line + "\n");
        assertTrue(response.endsWith("ok\n"), response);
    }

    @ParameterizedTest(name = "{0}")
    @CsvSource({
        "openssl,4433,s_server",
        "gnutls,4434,GnuTLS",
        "nginx,4435,nginx",
        "haproxy,4436,haproxy",
        "stunnel,4437,ok"
    })
    @DisplayName("a Portcullis client with OpenSSL, GnuTLS, nginx, HAProxy and stunnel as servers")
    void asServers(String name, int port, String expected) throws Exception {
        TlsProfile profile =
                TlsProfile.builder().trust(certificate.certificate()).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = Client.builder(dispatcher).tls(profile).build()) {
            Response response = new Response();
            CompletableFuture<Connection> opened = client.connect("localhost", peers.getMappedPort(port), response);
            String text = opened.thenCompose(open -> response.text).get(30, TimeUnit.SECONDS);
            assertTrue(text.startsWith("HTTP/1."), text);
            assertTrue(text.contains(" 200 "), text);
            assertTrue(text.contains(expected), name + ": " + text);
        }
    }

    /** Sends a request, and collects everything up to the end of the connection. */
    private static final class Response implements ConnectionHandler {
        private final StringBuilder received = new StringBuilder();
        private final CompletableFuture<String> text = new CompletableFuture<>();

        @Override
        public void onOpen(Connection connection) {
            connection.write(StandardCharsets.US_ASCII.encode(
                    "GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"));
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            received.append(StandardCharsets.ISO_8859_1.decode(data));
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            text.complete(received.toString());
        }
    }
}
