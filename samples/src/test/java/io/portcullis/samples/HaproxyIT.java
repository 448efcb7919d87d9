// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxySsl;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A real HAProxy in front of a server: the handler sees the data of its PROXY headers. Skipped if it is not installed.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class HaproxyIT {
    private static final SelfSignedCertificate CERTIFICATE = SelfSignedCertificate.create();
    private static final TrustedPeers LOOPBACK = TrustedPeers.of("127.0.0.0/8");

    private final BlockingQueue<CloseReason> ends = new LinkedBlockingQueue<>();

    @BeforeAll
    static void needsHaproxy() {
        Command.assumeInstalled("haproxy");
    }

    /** Responds to the first bytes with one line that describes the connection. */
    private static final class Teller implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            ProxyHeader header = connection.proxyHeader().orElseThrow();
            String facts = connection.remoteAddress().getPort()
                    + " " + connection.proxyAddress().orElseThrow().getAddress().getHostAddress()
                    + " " + connection.session().map(TlsSession::protocol).orElse("plain")
                    + " alpn=" + header.applicationProtocol().orElse("none")
                    + " authority=" + header.authority().orElse("none")
                    + " ssl=" + header.ssl().flatMap(ProxySsl::version).orElse("none")
                    + " cipher=" + header.ssl().flatMap(ProxySsl::cipher).orElse("none");
            connection.write(ByteBuffer.wrap((facts + "\n").getBytes(UTF_8)));
        }
    }

    private Server start(Dispatcher dispatcher, TrustedPeers trusted) throws IOException {
        TlsProfile profile = TlsProfile.builder()
                .certificate(CERTIFICATE.key(), CERTIFICATE.certificate())
                .build();
        return Server.builder(dispatcher)
                .listen(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
                        Gate.proxyProtocol(trusted, Gate.detect(profile)))
                .handler(Teller::new)
                .observer(new ConnectionObserver() {
                    @Override
                    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                        ends.add(reason);
                    }
                })
                .start();
    }

    @Test
    @DisplayName("R11 headers of version 1 and 2 carry the client's address, for plaintext and TLS")
    void carriesTheClientsAddress(@TempDir Path directory) throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, LOOPBACK);
                Haproxy haproxy = Haproxy.start(directory, port(server), CERTIFICATE)) {
            for (int port : List.of(haproxy.v1(), haproxy.v2())) {
                try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
                    String none = " 127.0.0.1 plain alpn=none authority=none ssl=none cipher=none";
                    assertEquals(socket.getLocalPort() + none, ask(socket));
                }
                try (SSLSocket socket = tls(port, "TLSv1.3")) {
                    String none = " 127.0.0.1 TLSv1.3 alpn=none authority=none ssl=none cipher=none";
                    assertEquals(socket.getLocalPort() + none, ask(socket));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "R11 if HAProxy terminates the client's TLS, its header carries the version, the cipher, ALPN and the name")
    void carriesTheClientsTlsProperties(String protocol, @TempDir Path directory) throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, LOOPBACK);
                Haproxy haproxy = Haproxy.start(directory, port(server), CERTIFICATE);
                SSLSocket socket = tls(haproxy.v2Ssl(), protocol)) {
            String response = ask(socket);
            String facts = " 127.0.0.1 plain alpn=http/1.1 authority=localhost ssl=" + protocol + " cipher=";
            assertTrue(response.startsWith(socket.getLocalPort() + facts), response);
            assertTrue(!response.endsWith("=none"), response);
        }
    }

    @Test
    @DisplayName("R11 HAProxy's health checks do not count as failures")
    void healthChecksAreNoFailures(@TempDir Path directory) throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, LOOPBACK);
                Haproxy haproxy = Haproxy.start(directory, port(server), CERTIFICATE)) {
            assertTrue(haproxy.v2() > 0);
            for (int check = 0; check < 3; check++) {
                CloseReason reason = ends.poll(20, TimeUnit.SECONDS);
                assertTrue(reason == CloseReason.PEER_CLOSE || reason == CloseReason.IO_FAILED, "ended by " + reason);
            }
        }
    }

    @Test
    @DisplayName("R11 a HAProxy that is not trusted is refused")
    void refusesAHaproxyThatIsNotTrusted(@TempDir Path directory) throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = start(dispatcher, TrustedPeers.of("192.0.2.0/24"));
                Haproxy haproxy = Haproxy.start(directory, port(server), CERTIFICATE);
                Socket socket = new Socket(InetAddress.getLoopbackAddress(), haproxy.v1())) {
            assertEquals("nothing", ask(socket));
            assertEquals(CloseReason.HANDSHAKE_FAILED, ends.poll(20, TimeUnit.SECONDS));
        }
    }

    private static int port(Server server) {
        return server.addresses().get(0).getPort();
    }

    private static String ask(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        try {
            socket.getOutputStream().write("who am I\n".getBytes(UTF_8));
            BufferedReader reader = new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
            String line = reader.readLine();
            return line == null ? "nothing" : line;
        } catch (SocketException reset) {
            return "nothing";
        }
    }

    private static SSLSocket tls(int port, String protocol) throws Exception {
        java.security.KeyStore trust = java.security.KeyStore.getInstance("PKCS12");
        trust.load(null, null);
        trust.setCertificateEntry("server", CERTIFICATE.certificate());
        TrustManagerFactory managers = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        managers.init(trust);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, managers.getTrustManagers(), null);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket("127.0.0.1", port);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setProtocols(new String[] {protocol});
        parameters.setServerNames(List.of(new SNIHostName("localhost")));
        parameters.setApplicationProtocols(new String[] {"http/1.1"});
        socket.setSSLParameters(parameters);
        return socket;
    }
}
