// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.portcullis.internal.records.Alert;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How connections fail, and which alert the peer receives. */
class TlsFilterFailureTest {
    private static final ThreadMXBean MEMORY = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final int LONG_HELLO = 30_000;

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "R19 the end of the network input without close_notify is truncation, and pending output is still sent")
    void endOfNetworkIsTruncation(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        pair.client.send(new byte[100]);
        pair.run();
        pair.toServer.end();
        pair.server.send(new byte[50]);
        pair.run();
        assertEquals(100, pair.server.received.size());
        pair.server.assertFailed(HandshakeFailure.TRUNCATED);
        assertEquals(50, pair.client.received.size());
        pair.client.assertFailed(HandshakeFailure.TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R19 the end of the network input within a record is truncation")
    void endWithinARecordIsTruncation(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        pair.toServer.write((byte) 23, (byte) 3, (byte) 3, (byte) 0, (byte) 100, (byte) 1);
        pair.toServer.end();
        pair.run();
        pair.server.assertFailed(HandshakeFailure.TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R19 the end of the network input during the handshake is truncation, wherever it occurs")
    void endDuringTheHandshakeIsTruncation(String protocol) {
        boolean completed = false;
        for (int turns = 0; !completed; turns++) {
            FilterPair pair = TestEngines.of(protocol).join();
            for (int i = 0; i < turns; i++) {
                pair.client.turn();
                pair.server.turn();
            }
            completed = pair.server.secured > 0;
            pair.toServer.end();
            pair.run();
            pair.server.assertFailed(HandshakeFailure.TRUNCATED);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void serverIsToldThatItsCertificateIsNotTrusted(String protocol) {
        FilterPair pair = TestEngines.of(protocol)
                .client(TestEngine.use(TlsProfile.builder()).protocols(protocol).build())
                .join()
                .run();
        pair.assertBothFailed(HandshakeFailure.SERVER_CERTIFICATE_REJECTED);
        assertEquals(0, pair.client.secured);
    }

    @Test
    void clientIsToldThatThereIsNoCommonProtocol() {
        FilterPair pair = TestEngines.of("TLSv1.2")
                .client(settings -> settings.protocols("TLSv1.3"))
                .join()
                .run();
        pair.assertBothFailed(HandshakeFailure.NO_COMMON_PROTOCOL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void clientIsToldThatThereIsNoCommonSuite(String protocol) {
        TestEngine.assume(protocol.equals("TLSv1.2"), TlsFeature.TLS13_SUITE_CHOICE);
        String bulk = protocol.equals("TLSv1.3") ? "TLS_AES_%s" : "TLS_ECDHE_ECDSA_WITH_AES_%s";
        FilterPair pair = TestEngines.of(protocol)
                .server(settings -> settings.cipherSuites(List.of(bulk.formatted("256_GCM_SHA384"))))
                .client(settings -> settings.cipherSuites(List.of(bulk.formatted("128_GCM_SHA256"))))
                .join()
                .run();
        pair.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.NO_COMMON_CIPHER_SUITE);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R12 ALPN without a common protocol fails both sides")
    void clientIsToldThatThereIsNoCommonApplicationProtocol(String protocol) {
        FilterPair pair = TestEngines.of(protocol)
                .server(settings -> settings.alpn("h2"))
                .client(settings -> settings.alpn("http/1.1"))
                .join()
                .run();
        pair.assertBothFailed(HandshakeFailure.NO_APPLICATION_PROTOCOL);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void clientIsToldThatItsCertificateIsMissing(String protocol) {
        FilterPair pair = TestEngines.of(protocol)
                .server(settings -> settings.trust(TestCertificates.authority().certificate())
                        .clientAuth(ClientAuth.NEED))
                .join()
                .run();
        // Engines have three alerts for it, and the JDK's is the one for a bad certificate
        int alert = pair.client.assertFailed().peerAlert().orElseThrow();
        HandshakeFailure atClient = Map.of(
                        116, HandshakeFailure.CLIENT_CERTIFICATE_MISSING,
                        42, HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED,
                        40, HandshakeFailure.PEER_ALERT)
                .getOrDefault(alert, HandshakeFailure.OTHER);
        pair.assertBothFailed(atClient, HandshakeFailure.CLIENT_CERTIFICATE_MISSING);
        assertEquals(0, pair.server.secured);
    }

    @Test
    void clientIsToldThatThereIsNoCommonGroup() {
        TestEngine.assume(false, TlsFeature.GROUP_CHOICE);
        FilterPair pair = TestEngines.of("TLSv1.3")
                .server(settings -> settings.groups("secp384r1"))
                .client(settings -> settings.groups("x25519"))
                .join()
                .run();
        pair.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.NO_COMMON_GROUP);
    }

    @Test
    @NotOn(value = "conscrypt", because = "it refuses with another alert (40)")
    @DisplayName("R12 an unknown name fails both sides in strict mode")
    void clientIsToldThatItsNameIsNotServed() {
        FilterPair pair = TestEngines.of("TLSv1.3")
                .server(TlsProfileBuilder::refuseUnknownServerNames)
                .client(TestEngine.use(TlsProfile.builder())
                        .trust(TestCertificates.ec().certificate())
                        .build())
                .host("elsewhere.example")
                .join()
                .run();
        pair.assertBothFailed(HandshakeFailure.UNKNOWN_SERVER_NAME);
    }

    @Test
    @DisplayName("R18 renegotiation of TLS 1.2 is refused")
    void refusesRenegotiation() throws Exception {
        TestEngines engines = TestEngines.of("TLSv1.2");
        SSLEngine client = JdkEngines.of("TLSv1.2").clientEngine();
        FilterPair pair = new FilterPair(JdkEngines.filter(client), engines.serverFilter()).handshake();
        client.beginHandshake();
        pair.client.send((byte) 1);
        pair.run();
        pair.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.RENEGOTIATION);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("an unencrypted alert that rejects the certificate, as OpenSSL sends it, is understood")
    void anAlertThatIsNotEncryptedIsUnderstood(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join();
        while (pair.client.turn()) {}
        while (pair.server.turn()) {}
        byte[] unknownAuthority = {21, 3, 3, 0, 2, 2, 48};
        pair.toServer.write(unknownAuthority);
        while (pair.server.turn()) {}
        TlsException failure = pair.server.assertFailed(HandshakeFailure.SERVER_CERTIFICATE_REJECTED);
        assertEquals(48, failure.peerAlert().orElseThrow());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void tamperedRecordFailsTheStreamWithAnAlert(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        byte[] forged = new byte[105];
        forged[0] = 23;
        forged[1] = 3;
        forged[2] = 3;
        forged[4] = 100;
        pair.toServer.write(forged);
        pair.run();
        pair.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.OTHER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R3 a malformed header ends an established stream, too")
    void badHeaderEndsTheStream(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        pair.toServer.write("GET / HTTP/1.1\r\n".getBytes(StandardCharsets.US_ASCII));
        pair.run();
        pair.assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.BAD_RECORD);
    }

    @Test
    @DisplayName("R18 a flood of KeyUpdates whose responses are not read ends the connection")
    void floodOfKeyUpdatesEndsTheConnection() throws SSLException {
        TestEngines engines = TestEngines.of("TLSv1.3");
        SSLEngine client = JdkEngines.of("TLSv1.3").clientEngine();
        FilterPair pair = new FilterPair(JdkEngines.filter(client), engines.serverFilter()).handshake();
        int answered = 0;
        for (int i = 0; i < 10_000 && pair.server.failure == null; i++) {
            ByteBuffer record = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
            client.beginHandshake();
            client.wrap(ByteBuffer.allocate(0), record);
            pair.toServer.write(record.flip());
            answered = i;
            pair.server.turn();
        }
        assertEquals(RecordGuard.QUIET_LIMIT, answered);
        // BoringSSL has the same limit, and may detect it first
        pair.server.assertFailed(HandshakeFailure.RECORD_FLOOD);
    }

    private static void updateKeys(SSLEngine client, FilterPair pair) throws SSLException {
        client.beginHandshake();
        wrap(client, pair, new byte[0]);
    }

    private static void wrap(SSLEngine client, FilterPair pair, byte... data) throws SSLException {
        ByteBuffer record = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
        client.wrap(ByteBuffer.wrap(data), record);
        pair.toServer.write(record.flip());
    }

    @Test
    @DisplayName("R18 alternating KeyUpdates and single bytes end the connection")
    void keyUpdatesAndSingleBytesInTurnEndTheConnection() throws SSLException {
        SSLEngine client = JdkEngines.of("TLSv1.3").clientEngine();
        FilterPair pair = new FilterPair(
                        JdkEngines.filter(client), TestEngines.of("TLSv1.3").serverFilter())
                .handshake();
        int pairs = 0;
        for (; pairs < 10_000 && pair.server.failure == null; pairs++) {
            updateKeys(client, pair);
            wrap(client, pair, (byte) 1);
            while (pair.server.turn()) {}
        }
        assertTrue(pairs <= 40, pairs + " KeyUpdates");
        pair.server.assertFailed(HandshakeFailure.RECORD_FLOOD);
    }

    @Test
    @DisplayName("R18 a KeyUpdate for every sixteen small records is no flood")
    void keyUpdatesAmongDataAreNoFlood() throws SSLException {
        SSLEngine client = JdkEngines.of("TLSv1.3").clientEngine();
        FilterPair pair = new FilterPair(
                        JdkEngines.filter(client), TestEngines.of("TLSv1.3").serverFilter())
                .handshake();
        for (int i = 0; i < 200; i++) {
            updateKeys(client, pair);
            for (int small = 0; small < RecordGuard.RECORDS_FOR_ONE; small++) {
                wrap(client, pair, (byte) 1);
            }
            while (pair.server.turn()) {}
            assertEquals(null, pair.server.failure);
        }
        assertEquals(200 * RecordGuard.RECORDS_FOR_ONE, pair.server.received.size());
    }

    @Test
    @DisplayName("R18 data sent is credit for a burst of KeyUpdates, as a JDK past its key limit sends them")
    void aBurstOfKeyUpdatesAfterALongResponseIsNoFlood() throws SSLException {
        SSLEngine client = JdkEngines.of("TLSv1.3").clientEngine();
        FilterPair pair = afterALongResponse(client);
        for (int i = 0; i < 500; i++) {
            updateKeys(client, pair);
            if (i % (RecordGuard.QUIET_LIMIT / 2) == 0) {
                // BoringSSL itself tolerates no more than 32 without data
                wrap(client, pair, (byte) 1);
            }
            while (pair.server.turn()) {}
            assertEquals(null, pair.server.failure);
        }
    }

    @ParameterizedTest(name = "single bytes in between: {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("R18 the credit for data sent is bounded, however much was sent")
    void floodAfterALongResponseEndsTheConnection(boolean bytesBetween) throws SSLException {
        SSLEngine client = JdkEngines.of("TLSv1.3").clientEngine();
        FilterPair pair = afterALongResponse(client);
        int updates = 0;
        for (; updates < 10_000 && pair.server.failure == null; updates++) {
            updateKeys(client, pair);
            if (bytesBetween) {
                wrap(client, pair, (byte) 1);
            }
            while (pair.server.turn()) {}
        }
        int most = (RecordGuard.MOST_PAID + RecordGuard.QUIET_LIMIT)
                * RecordGuard.RECORDS_FOR_ONE
                / (RecordGuard.RECORDS_FOR_ONE - 1);
        assertTrue(updates <= most + 1, updates + " KeyUpdates");
        pair.server.assertFailed(HandshakeFailure.RECORD_FLOOD);
    }

    private static FilterPair afterALongResponse(SSLEngine client) {
        FilterPair pair = new FilterPair(
                        JdkEngines.filter(client), TestEngines.of("TLSv1.3").serverFilter())
                .handshake();
        // Less than the key limit of the tests, so that neither side updates its keys by itself
        pair.server.send(new byte[900_000]);
        return pair.run();
    }

    @Test
    @DisplayName("R18 a flood of ChangeCipherSpecs during the handshake ends the connection")
    void floodDuringTheHandshakeEndsTheConnection() {
        FilterPair pair = TestEngines.of("TLSv1.3").join();
        pair.client.turn();
        pair.server.turn();
        for (int i = 0; i < 10_000; i++) {
            pair.toServer.write((byte) 20, (byte) 3, (byte) 3, (byte) 0, (byte) 1, (byte) 1);
        }
        pair.run();
        // The JDK's engine may have refused them first.
        boolean guarded = pair.server.failure != null && pair.server.failure.failure() == HandshakeFailure.RECORD_FLOOD;
        pair.server.assertFailed(guarded ? HandshakeFailure.RECORD_FLOOD : HandshakeFailure.OTHER);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "R6 a handshake in more records than any needs is refused, however much an engine copies for each of them")
    void aHandshakeInTooManyRecordsIsRefused(String protocol) {
        byte[] padding = ClientHellos.extension(21, new byte[RecordGuard.HANDSHAKE_LIMIT]);
        byte[] hello = ClientHellos.record(ClientHellos.message(ClientHellos.body(padding)));
        FilterPair pair = TestEngines.of(protocol).join();
        pair.toServer.write(ClientHellos.inRecordsOf(1, hello));
        while (pair.server.turn()) {}
        pair.server.assertFailed(HandshakeFailure.RECORD_FLOOD);
        assertEquals(Alert.LENGTH, pair.toClient.waiting());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "R6 a hello costs memory in proportion to the bytes received, also in the engine, in any number of records")
    void aHelloInManyRecordsCostsAsMuchAsInFew(String protocol) {
        byte[] hello = ClientHellos.withExtension(
                ClientHellos.captured(protocol), ClientHellos.extension(21, new byte[LONG_HELLO]));
        long few = cheapest(protocol, ClientHellos.inRecordsOf(LONG_HELLO / 2, hello));
        long many = cheapest(protocol, ClientHellos.inRecordsOf(LONG_HELLO / 450, hello));
        assertTrue(many < 4 * few, () -> many + " bytes of the heap in many records, " + few + " in few");
    }

    /** The minimum of several runs, since the first ones also include one-time costs. */
    private static long cheapest(String protocol, byte... hello) {
        long least = Long.MAX_VALUE;
        for (int i = 0; i < 5; i++) {
            FilterPair pair = TestEngines.of(protocol).join();
            pair.toServer.write(hello);
            long before = MEMORY.getCurrentThreadAllocatedBytes();
            boolean moved = true;
            while (moved) {
                moved = pair.server.turn();
            }
            least = Math.min(least, MEMORY.getCurrentThreadAllocatedBytes() - before);
            assertEquals(null, pair.server.failure);
            assertTrue(pair.toClient.waiting() > 0, "the hello was not answered");
        }
        return least;
    }
}
