// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TestEngine;
import io.portcullis.tls.TlsProfile;
import java.io.DataInputStream;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a refused peer reads from its socket: one fatal alert and the end, or, where no alert can be sent, the end. */
@Timeout(60)
class RefusalsOnTheWireTest {
    private static final int ALERT = 21;
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();
    private static final Gate TLS = Gate.tls(PROFILE);

    /** A refused peer: where it is refused, what it sends, and the alert that it gets. */
    record Refused(String name, Gate gate, UnaryOperator<Server.Builder> settings, byte[] sends, Set<Integer> alerts) {
        @Override
        public String toString() {
            return name;
        }
    }

    private static Refused of(String name, Gate gate, byte[] sends, Integer... alerts) {
        return new Refused(name, gate, it -> it, sends, Set.of(alerts));
    }

    private static byte[] hex(String digits) {
        return HexFormat.of().parseHex(digits);
    }

    private static List<String> hex(List<byte[]> records) {
        return records.stream().map(HexFormat.of()::formatHex).toList();
    }

    private static byte[] concat(byte[] one, byte... other) {
        return ByteBuffer.allocate(one.length + other.length)
                .put(one)
                .put(other)
                .array();
    }

    static Stream<Refused> refusals() {
        List<Refused> all = new ArrayList<>();
        all.add(of("no TLS", TLS, "GET / HTTP/1.1\r\n\r\n".getBytes(ISO_8859_1), 10, 70));
        all.add(of("an unknown content type", TLS, hex("6303010001000000"), 10));
        all.add(of("a record that is too long", TLS, hex("160301ffff"), 22));
        all.add(of("a record without content", TLS, hex("1603010000"), 10, 50));
        all.add(of("another message", TLS, hex("160301000402000000"), 10));
        all.add(of("a hello of 1 MiB", TLS, hex("1603010010010fffff03030000000000000000000000"), 10, 22, 47, 50));
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            byte[] hello = MemoryTlsPeer.hello(protocol);
            byte[] garbage = hello.clone();
            Arrays.fill(garbage, 43, garbage.length, (byte) 0x55);
            String by = ", " + protocol;
            Gate no =
                    peer -> Decision.byOpening().onHello(it -> Decision.reject(HandshakeFailure.REFUSED, "not today"));
            Gate failing = peer -> Decision.byOpening().onHello(it -> {
                throw new IllegalStateException("on purpose");
            });
            all.add(of("a hello of garbage" + by, TLS, garbage, 10, 47, 50));
            all.add(of("a gate" + by, no, hello, 49));
            all.add(of("a gate that fails" + by, failing, hello, 80));
            all.add(of("a name" + by, Gate.bySni(Map.of("other.example", PROFILE), null), hello, 112));
            all.add(new Refused(
                    "the deadline" + by,
                    TLS,
                    it -> it.handshakeTimeout(Duration.ofMillis(100)),
                    Arrays.copyOf(hello, hello.length - 1),
                    Set.of()));
        }
        addProfiles(all);
        return all.stream();
    }

    /** Errors that an engine detects by itself. */
    private static void addProfiles(List<Refused> all) {
        byte[] older = MemoryTlsPeer.hello("TLSv1.2");
        byte[] newer = MemoryTlsPeer.hello("TLSv1.3");
        byte[] alpn = new HalfHandshake("TLSv1.3", it -> it.setApplicationProtocols(new String[] {"h2"})).wrap();
        byte[] olderAlpn = new HalfHandshake("TLSv1.2", it -> it.setApplicationProtocols(new String[] {"h2"})).wrap();
        byte[] suite = new HalfHandshake(
                        "TLSv1.2", it -> it.setCipherSuites(new String[] {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"}))
                .wrap();
        TlsProfile other = TestCertificates.serverBuilder()
                .cipherSuites(List.of("TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384"))
                .build();
        Gate only13 =
                Gate.tls(TestCertificates.serverBuilder().protocols("TLSv1.3").build());
        Gate only12 =
                Gate.tls(TestCertificates.serverBuilder().protocols("TLSv1.2").build());
        Gate http11 = Gate.tls(TestCertificates.serverBuilder().alpn("http/1.1").build());
        all.add(of("no common version, older client", only13, older, 70));
        all.add(of("no common version, newer client", only12, newer, 70));
        // BoringSSL reports an internal error, as its selection of a certificate has failed
        all.add(of("no common suite", Gate.tls(other), suite, TestEngine.isOfTheJdk() ? 40 : 80));
        all.add(of("no common ALPN, TLSv1.3", http11, alpn, 120));
        all.add(of("no common ALPN, TLSv1.2", http11, olderAlpn, 120));
        all.add(of("an unknown name, TLSv1.3", strict(), named("TLSv1.3"), 112));
        all.add(of("an unknown name, TLSv1.2", strict(), named("TLSv1.2"), 112));
    }

    private static Gate strict() {
        return Gate.tls(
                TestCertificates.serverBuilder().refuseUnknownServerNames().build());
    }

    private static byte[] named(String protocol) {
        return new HalfHandshake(protocol, it -> it.setServerNames(List.of(new SNIHostName("unknown.example")))).wrap();
    }

    private static void assertOneAlert(List<byte[]> records, Set<Integer> alerts) {
        List<String> all = hex(records);
        List<byte[]> alertRecords =
                records.stream().filter(record -> record[0] == ALERT).toList();
        assertEquals(alerts.isEmpty() ? 0 : 1, alertRecords.size(), all::toString);
        if (!alertRecords.isEmpty()) {
            byte[] alert = alertRecords.get(0);
            assertEquals(alert, records.get(records.size() - 1), all::toString);
            assertEquals(7, alert.length, all::toString);
            assertEquals(2, alert[5], all::toString);
            assertTrue(alerts.contains((int) alert[6]), () -> all + " instead of " + alerts);
        }
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("refusals")
    @DisplayName("a client refused before there are keys reads one alert in plaintext and the end")
    void oneAlertInTheClear(Refused refused) throws Exception {
        try (Rig rig = new Rig(refused.gate, () -> Connection::write, refused.settings)) {
            try (Socket socket = rig.connect()) {
                socket.getOutputStream().write(refused.sends);
                assertOneAlert(HalfHandshake.records(socket), refused.alerts);
            }
            rig.nextEnd();
        }
    }

    static Stream<Arguments> flights() {
        List<String> junk = List.of(
                "6303030001000000", // an unknown content type
                "1603037fff000000", // too long
                "1603030000", // an empty record
                "160303000463000000", // an unknown message
                "140303000102", // no ChangeCipherSpec
                "1703030020" + "00".repeat(32), // a record that is not encrypted
                "150303000100", // half an alert
                "1403030001011603030020" + "55".repeat(32)); // a Finished that is not encrypted
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> junk.stream()
                        .flatMap(it -> Stream.of(true, false).map(once -> Arguments.of(protocol, it, once))));
    }

    /**
     * In TLS 1.3 the server has keys now, and its alert looks like any other record: it is the only record that
     * arrives.
     */
    @ParameterizedTest(name = "{0}, {1}, with the hello: {2}")
    @MethodSource("flights")
    @DisplayName("a client refused after the server's flight reads one alert and the end")
    void oneAlertAfterTheFlight(String protocol, String junk, boolean withTheHello) throws Exception {
        try (Rig rig = new Rig(TLS, () -> Connection::write)) {
            try (Socket socket = rig.connect()) {
                HalfHandshake client = new HalfHandshake(protocol, it -> {});
                byte[] hello = client.wrap();
                socket.getOutputStream().write(withTheHello ? concat(hello, hex(junk)) : hello);
                client.readFlight(new DataInputStream(socket.getInputStream()));
                if (!withTheHello) {
                    socket.getOutputStream().write(hex(junk));
                }
                assertOneAlertAfterTheFlight(
                        protocol, client, HalfHandshake.records(socket), Set.of(10, 20, 22, 40, 47, 50, 51, 80));
            }
            rig.nextEnd();
        }
    }

    /** In TLS 1.3 it is encrypted, so only the client's engine can recognize it as an alert. */
    private static void assertOneAlertAfterTheFlight(
            String protocol, HalfHandshake client, List<byte[]> behind, Set<Integer> inTls12) {
        if (protocol.equals("TLSv1.2")) {
            assertOneAlert(behind, inTls12);
        } else {
            assertEquals(1, behind.size(), () -> hex(behind).toString());
            assertThrows(SSLException.class, () -> client.read(behind.get(0)));
        }
    }

    /** In TLS 1.3 the refusal is sent after the keys are set; in TLS 1.2 before the server's are. */
    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a client without the required certificate reads one alert and the end")
    void oneAlertForAMissingCertificate(String protocol) throws Exception {
        TlsProfile profile = TestCertificates.serverBuilder()
                .trust(TestCertificates.authority().certificate())
                .clientAuth(ClientAuth.NEED)
                .build();
        try (Rig rig = new Rig(Gate.tls(profile), () -> Connection::write)) {
            try (Socket socket = rig.connect()) {
                HalfHandshake client = new HalfHandshake(protocol, it -> {});
                socket.getOutputStream().write(client.wrap());
                client.readFlight(new DataInputStream(socket.getInputStream()));
                socket.getOutputStream().write(client.response());
                assertOneAlertAfterTheFlight(protocol, client, HalfHandshake.records(socket), Set.of(40, 42, 116));
            }
            rig.nextEnd();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a client cut off by the close of the server during a handshake reads the end and no alert")
    void noAlertWhenTheServerIsClosed(String protocol) throws Exception {
        try (Rig rig = new Rig(TLS, () -> Connection::write);
                Socket socket = rig.connect()) {
            HalfHandshake client = new HalfHandshake(protocol, it -> {});
            socket.getOutputStream().write(client.wrap());
            client.readFlight(new DataInputStream(socket.getInputStream()));
            rig.server.close();
            assertEquals(List.of(), hex(HalfHandshake.records(socket)));
            rig.nextEnd();
        }
    }
}
