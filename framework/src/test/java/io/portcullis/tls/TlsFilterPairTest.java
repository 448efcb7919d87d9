// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.IntSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsFilterPairTest {
    private static final int RANDOM_SIZES = 0;

    static Stream<Arguments> pieces() {
        List<Arguments> cases = new ArrayList<>();
        for (String protocol : List.of("TLSv1.2", "TLSv1.3")) {
            for (int piece : new int[] {1, 7, 1400, 16_709, 40_000, RANDOM_SIZES}) {
                cases.add(Arguments.of(protocol, piece, false));
                cases.add(Arguments.of(protocol, piece, true));
            }
        }
        return cases.stream();
    }

    @ParameterizedTest(name = "{0}, pieces of {1}, direct {2}")
    @MethodSource("pieces")
    @DisplayName("R15 full-duplex streams are byte-exact, whatever the pieces")
    void carriesBothStreamsExactly(String protocol, int piece, boolean direct) {
        int length = piece == 1 ? 1 << 14 : piece == 7 ? 1 << 17 : (1 << 20) + 12_345;
        TestEngines engines = TestEngines.of(protocol);
        IntSupplier pieces = pieceSizes(piece);
        FilterPair pair = new FilterPair(engines.clientFilter(), engines.serverFilter(), direct, pieces, pieces);
        byte[] up = bytes(length, 1);
        byte[] down = bytes(length, 2);
        pair.client.send(up);
        pair.server.send(down);
        pair.handshake();
        assertArrayEquals(up, pair.server.received.toByteArray());
        assertArrayEquals(down, pair.client.received.toByteArray());
        // Only the JDK updates its keys by itself
        if (protocol.equals("TLSv1.3") && length > 1 << 20 && TestEngine.isOfTheJdk()) {
            assertTrue(pair.client.quietRecords > 1 && pair.server.quietRecords > 0, "there was no KeyUpdate");
        }
        pair.close();
    }

    private static IntSupplier pieceSizes(int piece) {
        Random random = new Random(42);
        return piece == RANDOM_SIZES ? () -> 1 + random.nextInt(50_000) : () -> piece;
    }

    private static byte[] bytes(int length, long seed) {
        byte[] bytes = new byte[length];
        new Random(seed).nextBytes(bytes);
        return bytes;
    }

    @Test
    @NotOn(
            value = {"boringssl", "conscrypt"},
            because = "it does not update its keys by itself, so the test does not apply")
    @DisplayName("R15 a long one-way transfer survives the peer's responses to its KeyUpdates")
    void oneWayStreamIsNotTakenForAFlood() {
        FilterPair pair = TestEngines.of("TLSv1.3").join().handshake();
        byte[] part = bytes(1 << 20, 3);
        for (int i = 0; i < 40; i++) {
            pair.client.send(part);
            pair.run();
            assertArrayEquals(part, pair.server.received.toByteArray());
            pair.server.received.reset();
        }
        assertNull(pair.client.failure);
        assertTrue(pair.client.quietRecords > RecordGuard.QUIET_LIMIT, () -> pair.client.quietRecords + " answers");
        pair.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void closesInOrder(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        pair.close();
        pair.client.assertClosedForEver();
        pair.server.assertClosedForEver();
    }

    @Test
    @DisplayName("R20 TLS 1.3: the end of one direction leaves the other open")
    void halfCloseKeepsTheOtherDirectionOpen() {
        TestEngine.assume(false, TlsFeature.HALF_CLOSE);
        FilterPair pair = TestEngines.of("TLSv1.3").join().handshake();
        pair.client.endsNetwork = false;
        pair.client.close();
        pair.run();
        assertTrue(pair.client.outputClosed && pair.server.inputClosed);
        assertFalse(pair.client.inputClosed || pair.server.outputClosed);
        byte[] answer = bytes(3 << 20, 4);
        pair.server.send(answer);
        pair.run();
        assertArrayEquals(answer, pair.client.received.toByteArray());
        pair.close();
    }

    @Test
    @DisplayName("R20 TLS 1.3: a request and close_notify in one segment still get a response")
    void answersARequestThatArrivedWithTheEnd() {
        TestEngine.assume(false, TlsFeature.HALF_CLOSE);
        FilterPair pair = TestEngines.of("TLSv1.3").join().handshake();
        pair.client.send(bytes(100, 5));
        pair.client.close();
        while (!pair.client.outputClosed) {
            pair.client.turn();
        }
        pair.server.turn();
        assertEquals(100, pair.server.received.size());
        assertTrue(pair.server.inputClosed);
        byte[] answer = bytes(100_000, 6);
        pair.server.send(answer);
        pair.run();
        assertArrayEquals(answer, pair.client.received.toByteArray());
        pair.close();
    }

    @Test
    @DisplayName("R20 TLS 1.2: a close_notify is answered by a close_notify and ends both directions")
    void closeEndsBothDirectionsOfTls12() {
        FilterPair pair = TestEngines.of("TLSv1.2").join().handshake();
        pair.client.close();
        pair.run();
        assertTrue(pair.server.inputClosed);
        assertTrue(pair.server.outputClosed);
        pair.server.send(bytes(100, 7));
        pair.run();
        assertFalse(pair.server.sentAll());
        assertTrue(pair.client.inputClosed);
        assertEquals(0, pair.client.received.size());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void closeDuringTheHandshakeEndsBothSides(String protocol) {
        for (int turns = 0; turns < 3; turns++) {
            FilterPair pair = TestEngines.of(protocol).join();
            for (int i = 0; i < turns; i++) {
                pair.client.turn();
                pair.server.turn();
            }
            boolean secured = pair.client.secured > 0;
            pair.client.close();
            pair.server.close();
            pair.run();
            assertTrue(pair.client.outputClosed && pair.server.outputClosed, "turn " + turns);
            assertTrue(pair.client.secured <= 1 && pair.server.secured <= 1);
            assertTrue(secured || pair.client.secured == 0 || pair.client.failure == null);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void authenticatesTheClientAndExposesItsProperties(String protocol) {
        TestCertificate both = TestCertificates.ec();
        FilterPair pair = TestEngines.of(protocol)
                .server(settings -> settings.trust(both.certificate())
                        .clientAuth(ClientAuth.NEED)
                        .alpn("h2", "http/1.1"))
                .client(settings ->
                        settings.certificate(both.key(), both.certificate()).alpn("http/1.1"))
                .join()
                .handshake();
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertEquals(protocol, session.protocol());
        assertEquals("http/1.1", session.applicationProtocol().orElseThrow());
        assertEquals(TestEngines.HOST, session.serverName().orElseThrow());
        assertEquals(1, session.peerCertificates().size());
        pair.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R15 a second connection resumes the session, and its data is intact")
    void resumesASession(String protocol) throws Exception {
        TestEngines engines = TestEngines.of(protocol);
        FilterPair first = engines.join().handshake();
        long fullHandshake = first.toClient.total();
        // Some engines send their tickets only with the first data
        first.server.send((byte) 1);
        first.run();
        first.close();
        FilterPair second = engines.join().handshake();
        long resumedHandshake = second.toClient.total();
        byte[] up = bytes(100_000, 10);
        byte[] down = bytes(100_000, 11);
        second.client.send(up);
        second.server.send(down);
        second.run();
        // A resumed handshake carries no certificate
        int certificate = TestCertificates.ec().certificate().getEncoded().length;
        assertTrue(
                resumedHandshake < fullHandshake - certificate,
                () -> fullHandshake + " and then " + resumedHandshake + " bytes");
        assertArrayEquals(up, second.server.received.toByteArray());
        assertArrayEquals(down, second.client.received.toByteArray());
        second.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R15 application bytes in the same segment as Finished are delivered")
    void deliversBytesAfterFinished(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join();
        byte[] request = bytes(1000, 12);
        pair.client.send(request);
        pair.client.turn();
        pair.server.turn();
        pair.client.turn();
        if (protocol.equals("TLSv1.2")) {
            pair.server.turn();
            pair.client.turn();
        }
        assertEquals(1, pair.client.secured);
        pair.server.turn();
        assertEquals(1, pair.server.secured);
        assertArrayEquals(request, pair.server.received.toByteArray());
        pair.run();
        pair.close();
    }

    @Test
    @DisplayName("R27 200,000 one-byte records need no stack")
    void oneByteRecordsNeedNoStack() throws InterruptedException {
        int records = 200_000;
        byte[] up = bytes(records, 13);
        FilterPair pair = new FilterPair(
                TestEngines.of("TLSv1.2").clientFilter(),
                TestEngines.of("TLSv1.2").serverFilter(),
                false,
                () -> Integer.MAX_VALUE,
                () -> 1);
        List<Throwable> thrown = new ArrayList<>();
        Thread thread = new Thread(
                null,
                () -> {
                    pair.handshake();
                    pair.client.send(up);
                    pair.run();
                },
                "small stack",
                256 * 1024);
        thread.setUncaughtExceptionHandler((where, what) -> thrown.add(what));
        thread.start();
        thread.join();
        assertEquals(List.of(), thrown);
        assertArrayEquals(up, pair.server.received.toByteArray());
    }
}
