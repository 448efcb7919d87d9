// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TestEngine;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.X509Certificate;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Gates that choose by the ClientHello, over real sockets and with a client of the JDK. */
@Timeout(60)
class GateByHelloTest {
    private static final byte[] LINE = "hello\r\n".getBytes(StandardCharsets.US_ASCII);

    /** Two of the names of RFC 8701, in the form in which the JDK writes bytes. */
    private static final String[] GREASE = {"\n\n", "\u00fa\u00fa"};

    /** What a client has received from a server. */
    private record Got(X509Certificate certificate, String protocol) {}

    private static ConnectionHandler echo() {
        return (connection, data) -> connection.write(data);
    }

    private static TlsProfile profile(TestCertificate certificate, String... protocols) {
        return TestEngine.use(TlsProfile.builder())
                .certificate(certificate.key(), certificate.certificate())
                .alpn(protocols)
                .build();
    }

    private static Got connect(int port, @Nullable String name, String... protocols) throws IOException {
        return connect(new Socket(InetAddress.getLoopbackAddress(), port), name, protocols);
    }

    private static Got connect(Socket plain, @Nullable String name, String... protocols) throws IOException {
        plain.setSoTimeout(20_000);
        // A new one for each, as a resumed session requests the name of the first connection
        SSLContext context = TestCertificates.jdkClientContext();
        try (SSLSocket socket =
                (SSLSocket) context.getSocketFactory().createSocket(plain, "127.0.0.1", plain.getPort(), true)) {
            SSLParameters parameters = socket.getSSLParameters();
            if (name != null) {
                parameters.setServerNames(List.of(new SNIHostName(name)));
            }
            parameters.setApplicationProtocols(protocols);
            socket.setSSLParameters(parameters);
            socket.getOutputStream().write(LINE);
            assertArrayEquals(LINE, socket.getInputStream().readNBytes(LINE.length));
            return new Got(
                    (X509Certificate) socket.getSession().getPeerCertificates()[0], socket.getApplicationProtocol());
        }
    }

    private static void assertGot(TestCertificate certificate, String protocol, Got got) {
        assertEquals(certificate.certificate(), got.certificate);
        assertEquals(protocol, got.protocol);
    }

    private static void assertRefused(HandshakeFailure why, Rig rig, @Nullable String name, String... protocols)
            throws Exception {
        assertThrows(SSLException.class, () -> connect(rig.port(), name, protocols));
        Rig.End end = rig.nextEnd();
        assertEquals(CloseReason.HANDSHAKE_FAILED, end.reason());
        TlsException cause = assertInstanceOf(TlsException.class, end.cause());
        assertEquals(why, cause.failure(), cause::toString);
    }

    @Test
    void choosesAProfileByTheProtocolsThatAClientOffers() throws Exception {
        Map<String, TlsProfile> profiles = Map.of(
                "h2", profile(TestCertificates.ec(), "h2"),
                "imap", profile(TestCertificates.rsa(), "imap", "pop3"));
        try (Rig rig = new Rig(Gate.byAlpn(profiles, profile(TestCertificates.other())), GateByHelloTest::echo)) {
            assertGot(TestCertificates.ec(), "h2", connect(rig.port(), null, "h2"));
            assertGot(TestCertificates.rsa(), "imap", connect(rig.port(), null, "imap", "h2"));
            assertGot(TestCertificates.ec(), "h2", connect(rig.port(), null, GREASE[0], "h2", GREASE[1], "imap"));
            assertGot(TestCertificates.other(), "", connect(rig.port(), null));
        }
    }

    @Test
    void refusesAClientThatOffersOtherProtocolsOnlyOrNone() throws Exception {
        Map<String, TlsProfile> profiles = Map.of("h2", profile(TestCertificates.ec(), "h2"));
        try (Rig rig = new Rig(Gate.byAlpn(profiles, null), GateByHelloTest::echo)) {
            assertRefused(HandshakeFailure.NO_APPLICATION_PROTOCOL, rig, null, "imap");
            assertRefused(HandshakeFailure.NO_APPLICATION_PROTOCOL, rig, null, "H2", "h2 ");
            assertRefused(HandshakeFailure.NO_APPLICATION_PROTOCOL, rig, null, GREASE);
            assertRefused(HandshakeFailure.NO_APPLICATION_PROTOCOL, rig, null);
        }
        try (Rig rig = new Rig(Gate.byAlpn(profiles, profile(TestCertificates.rsa())), GateByHelloTest::echo)) {
            assertRefused(HandshakeFailure.NO_APPLICATION_PROTOCOL, rig, null, "imap");
            assertRefused(HandshakeFailure.NO_APPLICATION_PROTOCOL, rig, null, GREASE);
        }
    }

    @Test
    void aProfileThatDoesNotNegotiateItsProtocolIsRefused() {
        Map<String, TlsProfile> profiles = Map.of("h2", profile(TestCertificates.ec(), "http/1.1"));

        String why =
                Objects.requireNonNull(assertThrows(IllegalArgumentException.class, () -> Gate.byAlpn(profiles, null))
                        .getMessage());

        assertTrue(why.contains("'h2'") && why.contains("http/1.1"), why);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "\u65e5"})
    void aProtocolThatNoClientCanOfferIsRefused(String protocol) {
        for (String name : List.of(protocol, protocol + "x".repeat(256))) {
            Map<String, Gate> gates = Map.of(name, Gate.plain());
            assertThrows(IllegalArgumentException.class, () -> Gate.byAlpn(gates, Gate.plain()));
        }
    }

    @Test
    void choosesAnotherGateByTheProtocols() throws Exception {
        try (Rig backend = new Rig(Gate.tls(profile(TestCertificates.rsa(), "imap")), GateByHelloTest::echo)) {
            Map<String, Gate> gates = Map.of(
                    "h2",
                    Gate.tls(profile(TestCertificates.ec(), "h2")),
                    "imap",
                    Gate.relay(Rig.loopback(backend.port())),
                    "ftp",
                    Gate.reject(HandshakeFailure.REFUSED, "no ftp here"));
            Gate otherwise = Gate.tls(profile(TestCertificates.other()));
            try (Rig rig = new Rig(Gate.byAlpn(gates, otherwise), GateByHelloTest::echo)) {
                assertGot(TestCertificates.ec(), "h2", connect(rig.port(), null, "h2"));
                assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
                assertRefused(HandshakeFailure.REFUSED, rig, null, "ftp", "h2");
                assertGot(TestCertificates.other(), "", connect(rig.port(), null));
                assertGot(TestCertificates.rsa(), "imap", connect(rig.port(), null, "imap"));
            }
        }
    }

    @Test
    void choosesAnotherGateByTheServersName() throws Exception {
        try (Rig backend = new Rig(Gate.tls(profile(TestCertificates.rsa())), GateByHelloTest::echo)) {
            Map<String, Gate> gates = Map.of(
                    "bücher.example",
                    Gate.tls(profile(TestCertificates.ec())),
                    "*.wild.example",
                    Gate.tls(profile(TestCertificates.wildcard())),
                    "one.wild.example",
                    Gate.tls(profile(TestCertificates.insideWildcard())),
                    "pass.example",
                    Gate.relay(Rig.loopback(backend.port())),
                    "closed.example",
                    Gate.reject(HandshakeFailure.REFUSED, "closed"));
            Gate otherwise = Gate.tls(profile(TestCertificates.other()));
            try (Rig rig = new Rig(Gate.bySni(gates, otherwise), GateByHelloTest::echo)) {
                int port = rig.port();
                assertRefused(HandshakeFailure.REFUSED, rig, "closed.example");
                assertGot(TestCertificates.ec(), "", connect(port, "xn--bcher-kva.example"));
                assertGot(TestCertificates.insideWildcard(), "", connect(port, "ONE.wild.example"));
                assertGot(TestCertificates.wildcard(), "", connect(port, "two.wild.example"));
                assertGot(TestCertificates.other(), "", connect(port, "three.two.wild.example"));
                assertGot(TestCertificates.other(), "", connect(port, "unknown.example"));
                assertGot(TestCertificates.other(), "", connect(port, null));
                assertGot(TestCertificates.rsa(), "", connect(port, "pass.example"));
            }
        }
    }

    @Test
    void gatesThatChooseAreMadeOfOneAnother() throws Exception {
        Gate byName = Gate.bySni(
                Map.of("example.org", profile(TestCertificates.rsa(), "http/1.1")), profile(TestCertificates.other()));
        Map<String, Gate> byProtocol = new LinkedHashMap<>();
        byProtocol.put("http/1.1", byName);
        byProtocol.put("h2", Gate.tls(profile(TestCertificates.ec(), "h2")));
        String answer = "HTTP/1.1 400 Bad Request\r\n\r\n";
        Gate gate = Gate.proxyProtocol(
                TrustedPeers.of("127.0.0.0/8", "::1"),
                Gate.requireTls(Gate.byAlpn(byProtocol, Gate.tls(profile(TestCertificates.other()))), answer));
        try (Rig rig = new Rig(gate, GateByHelloTest::echo)) {
            assertGot(TestCertificates.rsa(), "http/1.1", connect(proxied(rig), "example.org", "http/1.1"));
            assertGot(TestCertificates.other(), "", connect(proxied(rig), null, "http/1.1"));
            assertGot(TestCertificates.ec(), "h2", connect(proxied(rig), "example.org", "h2", "http/1.1"));
            try (Socket plain = proxied(rig)) {
                plain.getOutputStream().write(LINE);
                assertEquals(answer, new String(plain.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
            }
        }
    }

    private static Socket proxied(Rig rig) throws IOException {
        Socket socket = rig.connect();
        InetSocketAddress client = new InetSocketAddress("203.0.113.9", 4711);
        InetSocketAddress here = (InetSocketAddress) socket.getRemoteSocketAddress();
        socket.getOutputStream()
                .write(ProxyHeader.of(client, here).encode(ProxyVersion.V2).array());
        return socket;
    }

    @Test
    void otherProtocolsAreRefused() throws Exception {
        Gate gate = Gate.byAlpn(Map.of("h2", Gate.plain()), Gate.plain());
        try (Rig rig = new Rig(gate, GateByHelloTest::echo);
                Socket socket = rig.connect()) {
            socket.getOutputStream().write(LINE);
            socket.getInputStream().readAllBytes();
            assertEquals(CloseReason.HANDSHAKE_FAILED, rig.nextEnd().reason());
        }
    }

    @Test
    void aGateThatChoosesKnowsTheProfilesOfAllOthersEachOnce() {
        TlsProfile first = profile(TestCertificates.ec(), "h2");
        TlsProfile second = profile(TestCertificates.rsa(), "imap");

        assertEquals(
                List.of(first, second),
                List.copyOf(
                        Gate.byAlpn(Map.of("h2", first, "imap", second), first).profiles()));
        assertEquals(
                List.of(first, second),
                List.copyOf(Gate.bySni(
                                Map.of(
                                        "a.example",
                                        Gate.tls(first),
                                        "b.example",
                                        Gate.byAlpn(Map.of("h2", first), second)),
                                Gate.reject(HandshakeFailure.REFUSED, "closed"))
                        .profiles()));
    }
}
