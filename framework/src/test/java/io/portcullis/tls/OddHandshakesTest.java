// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SNIServerName;
import javax.net.ssl.StandardConstants;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Unusual handshakes: each has its {@link HandshakeFailure}, the same on every engine, and none ends the stream
 * gracefully.
 */
class OddHandshakesTest {
    /** In a ServerHello, after the headers of record and message, and the version. */
    private static final int END_OF_RANDOM = RecordFormat.LENGTH + 4 + 2 + 32;

    private static final byte[] CLOSE_NOTIFY = {21, 3, 3, 0, 2, 1, 0};

    private static FilterPair served(String protocol, byte[]... records) {
        FilterPair pair = TestEngines.of(protocol).join();
        pair.toServer.write(ClientHellos.concat(records));
        while (pair.server.turn()) {}
        return pair;
    }

    /** The plaintext alert at the end of the output, or -1. */
    private static int alert(Wire wire) {
        byte[] sent = new byte[wire.waiting()];
        wire.read(ByteBuffer.wrap(sent), sent.length);
        int at = sent.length - Alert.LENGTH;
        return at >= 0 && sent[at] == 21 && sent[at + 4] == 2 ? sent[at + 6] & 0xff : -1;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aHelloThatCannotBeReadIsABadHello(String protocol) {
        byte[] odd = ClientHellos.extension(10, (byte) 0, (byte) 3, (byte) 0, (byte) 29, (byte) 0);
        byte[] versions = ClientHellos.extension(43, HexFormat.of().parseHex("0403040303"));
        FilterPair pair = served(protocol, ClientHellos.forged(odd, versions));
        pair.server.assertFailed(HandshakeFailure.BAD_CLIENT_HELLO);
        assertTrue(alert(pair.toClient) > 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aCloseNotifyAfterTheHelloIsAnAlertOfThePeer(String protocol) {
        FilterPair pair = served(protocol, ClientHellos.captured(protocol), CLOSE_NOTIFY);
        TlsException failure = pair.server.assertFailed(HandshakeFailure.PEER_ALERT);
        assertEquals(0, failure.peerAlert().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a hello longer than the engine accepts is refused with an alert")
    void aLongHelloIsTooLong(String protocol) {
        byte[] padding = ClientHellos.extension(21, new byte[50_000]);
        byte[] message = ClientHellos.message(ClientHellos.body(padding));
        byte[] records = ClientHellos.inRecordsOf(16_000, ClientHellos.concat(new byte[5], message));
        FilterPair pair = served(protocol, records);
        pair.server.assertFailed(HandshakeFailure.MESSAGE_TOO_LONG);
        assertTrue(alert(pair.toClient) > 0);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a server that echoes the client's hello does not speak TLS")
    void anEchoIsNotTls(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join();
        pair.client.turn();
        byte[] hello = new byte[pair.toServer.waiting()];
        pair.toServer.read(ByteBuffer.wrap(hello), hello.length);
        pair.toClient.write(hello);
        while (pair.client.turn()) {}
        pair.client.assertFailed(HandshakeFailure.NOT_TLS);
        assertNotEquals(0, alert(pair.toServer));
    }

    /** A client that sends a server name as it is, whether Java considers it valid or not. */
    private static TlsFilter asking(String protocol, String name) {
        SNIServerName any =
                new SNIServerName(StandardConstants.SNI_HOST_NAME, name.getBytes(StandardCharsets.US_ASCII)) {};
        TestCertificate own = TestCertificates.client();
        TlsProfile client = TestCertificates.jdkClientBuilder()
                .certificate(own.chainFile(), own.keyFile())
                .build();
        return new JdkEngines(protocol, JdkEngines.serverContext(), TestCertificates.contextOf(client))
                .client(parameters -> parameters.setServerNames(List.of(any)))
                .clientFilter();
    }

    @ParameterizedTest
    @CsvSource({"TLSv1.2, a_b.example", "TLSv1.3, a_b.example", "TLSv1.2, localhost.", "TLSv1.3, localhost."})
    @DisplayName("a name that Java considers invalid is served completely, or refused as UNKNOWN_SERVER_NAME")
    void aNameThatJavaConsidersInvalidIsServedOrRefused(String protocol, String name) {
        FilterPair pair = new FilterPair(
                asking(protocol, name),
                TestEngines.of(protocol)
                        .server(settings -> settings.clientAuth(ClientAuth.NEED)
                                .trust(TestCertificates.authority().certificate())
                                .certificate(
                                        TestCertificates.rsa().key(),
                                        TestCertificates.rsa().certificate()))
                        .serverFilter());
        pair.server.send((byte) 1);
        if (TestEngine.isOfTheJdk()) {
            pair.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.UNKNOWN_SERVER_NAME);
            return;
        }
        pair.handshake();
        assertEquals(1, pair.client.received.size());
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertEquals(name, session.serverName().orElseThrow());
        assertEquals(TestCertificates.client().chain(), session.peerCertificates());
        assertTrue(session.toString().contains(name), session::toString);
        pair.close();
    }

    @Test
    @DisplayName("a name that an engine considers invalid is served, or refused as UNKNOWN_SERVER_NAME")
    void aNameThatIsNoHostNameHasItsFailure() {
        for (String name : Set.of("a_b.example", "localhost.")) {
            byte[] hello = SecondHelloTest.hello(name, null, SecondHelloTest.SHARE);
            FilterPair pair = served("TLSv1.3", ClientHellos.record(hello));
            if (pair.server.failure != null) {
                pair.server.assertFailed(HandshakeFailure.UNKNOWN_SERVER_NAME);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("a server name too long for a ticket is refused at once, not by the client after the handshake")
    void aNameTooLongForATicketIsRefused(String protocol) {
        String name = "a".repeat(60) + (".b" + "c".repeat(59)).repeat(5);
        FilterPair pair =
                new FilterPair(asking(protocol, name), TestEngines.of(protocol).serverFilter());
        pair.run();
        pair.server.assertFailed(HandshakeFailure.BAD_CLIENT_HELLO);
        TlsException alert = pair.client.assertFailed();
        assertTrue(alert.peerAlert().isPresent(), alert::toString);
    }

    @Test
    @DisplayName("a client that signals a fallback (RFC 7507) is refused by a server with a higher version, or warned")
    void aFallbackIsRefused() {
        byte[] suites = {(byte) 0xc0, 0x2b, 0x56, 0};
        byte[] extensions = ClientHellos.concat(
                ClientHellos.extension(10, HexFormat.of().parseHex("00020017")),
                ClientHellos.extension(11, HexFormat.of().parseHex("0100")),
                ClientHellos.extension(13, HexFormat.of().parseHex("000404030804")));
        byte[] hello = ClientHellos.record(ClientHellos.message(ClientHellos.bodyWithSuites(suites, extensions)));
        FilterPair pair = new FilterPair(
                JdkEngines.of("TLSv1.3").clientFilter(),
                TestEngines.of("TLSv1.3")
                        .server(settings -> settings.protocols("TLSv1.2", "TLSv1.3"))
                        .serverFilter());
        pair.toServer.write(hello);
        while (pair.server.turn()) {}
        if (!TestEngine.isOfTheJdk()) {
            pair.server.assertFailed(HandshakeFailure.NO_COMMON_PROTOCOL);
            assertEquals(86, alert(pair.toClient));
            return;
        }
        // The JDK's engine ignores it, and warns by its random value (RFC 8446, 4.1.3)
        assertNull(pair.server.failure);
        byte[] sent = new byte[pair.toClient.waiting()];
        pair.toClient.read(ByteBuffer.wrap(sent), sent.length);
        assertArrayEquals(
                "DOWNGRD\u0001".getBytes(StandardCharsets.US_ASCII),
                Arrays.copyOfRange(sent, END_OF_RANDOM - Long.BYTES, END_OF_RANDOM));
    }
}
