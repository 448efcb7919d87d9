// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.records.Alert;
import io.portcullis.tls.spi.TlsEngine;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A failure is never reported by a close_notify. Otherwise an attacker without keys could inject a few bytes, and the
 * side that refuses them would tell the other one that the stream is complete.
 */
class FailureIsNoEndTest {
    private static final byte[] PART = {1, 2, 3};

    /** What an attacker can inject, by description. */
    private static final Map<String, byte[]> INJECTED = Map.of(
            "an unknown content type", new byte[] {99, 3, 3, 0, 1, 0},
            "another version", new byte[] {23, 4, 3, 0, 1, 0},
            "no length", new byte[] {23, 3, 3, 0, 0},
            "too much length", new byte[] {23, 3, 3, 127, 0});

    static Stream<Arguments> injections() {
        return INJECTED.keySet().stream()
                .sorted()
                .flatMap(what -> Stream.of("TLSv1.2", "TLSv1.3")
                        .flatMap(protocol ->
                                Stream.of(true, false).map(atServer -> Arguments.of(what, protocol, atServer))));
    }

    @ParameterizedTest(name = "{0}, {1}, at the server: {2}")
    @MethodSource("injections")
    @DisplayName("R39 bytes injected into a stream never end it gracefully")
    void injectedBytesAreNoEnd(String what, String protocol, boolean atServer) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        FilterEnd victim = atServer ? pair.server : pair.client;
        FilterEnd deceived = atServer ? pair.client : pair.server;
        victim.send(PART);
        pair.run();
        (atServer ? pair.toServer : pair.toClient).write(Objects.requireNonNull(INJECTED.get(what)));
        pair.run();
        assertEquals(PART.length, deceived.received.size());
        victim.assertFailed(HandshakeFailure.BAD_RECORD);
        assertReceivedAnAlert(deceived, Set.of(10, 20));
    }

    @ParameterizedTest(name = "{0}, {1}, at the server: {2}")
    @MethodSource("injections")
    @DisplayName("R39 bytes injected into a handshake are answered by an alert, at any point of the handshake")
    void injectedBytesAreNoEndOfAHandshake(String what, String protocol, boolean atServer) {
        boolean completed = false;
        for (int turns = 1; !completed; turns++) {
            FilterPair pair = TestEngines.of(protocol).join();
            FilterEnd victim = atServer ? pair.server : pair.client;
            FilterEnd deceived = atServer ? pair.client : pair.server;
            pair.client.turn();
            for (int i = 0; i < turns; i++) {
                (i % 2 == 0 ? pair.server : pair.client).turn();
            }
            completed = pair.server.secured + pair.client.secured == 2;
            (atServer ? pair.toServer : pair.toClient).write(Objects.requireNonNull(INJECTED.get(what)));
            while (victim.turn()) {}
            assertNotNull(victim.failure);
            pair.run();
            assertReceivedAnAlert(deceived, Set.of(10, 20, 22, 40, 70, 80));
            TestEngine.freeAll();
        }
    }

    private static void assertReceivedAnAlert(FilterEnd end, Set<Integer> alerts) {
        TlsException failure = end.failure;
        assertNotNull(failure, "the stream ended gracefully");
        assertFalse(failure.peerAlert().isEmpty(), failure::toString);
        assertTrue(alerts.contains(failure.peerAlert().getAsInt()), failure::toString);
    }

    @Test
    @DisplayName("R39 a renegotiation is refused with an alert")
    void renegotiationIsRefusedByAnAlert() throws SSLException {
        SSLEngine client = JdkEngines.of("TLSv1.2").clientEngine();
        FilterPair pair = new FilterPair(
                        JdkEngines.filter(client), TestEngines.of("TLSv1.2").serverFilter())
                .handshake();
        client.beginHandshake();
        pair.client.send((byte) 1);
        pair.run();
        pair.server.assertFailed(HandshakeFailure.RENEGOTIATION);
        assertReceivedAnAlert(pair.client, Set.of(10, 20));
    }

    @Test
    @DisplayName("R39 a flood is answered by an alert, after the records already sent")
    void floodIsAnsweredByAnAlert() throws SSLException {
        SSLEngine client = JdkEngines.of("TLSv1.3").clientEngine();
        FilterPair pair = new FilterPair(
                        JdkEngines.filter(client), TestEngines.of("TLSv1.3").serverFilter())
                .handshake();
        for (int i = 0; i < 1000 && pair.server.failure == null; i++) {
            ByteBuffer record = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
            client.beginHandshake();
            client.wrap(ByteBuffer.allocate(0), record);
            pair.toServer.write(record.flip());
            while (pair.server.turn()) {}
        }
        pair.server.assertFailed();
        assertTrue(Set.of(10, 20).contains(alert(client, pair.toClient)));
    }

    /** The alert that an engine finally reads, whatever precedes it; a filter would consider that a flood, too. */
    private static int alert(SSLEngine engine, Wire wire) {
        ByteBuffer network = ByteBuffer.allocate(wire.waiting());
        wire.read(network, network.capacity());
        network.flip();
        try {
            while (network.hasRemaining() && !engine.isInboundDone()) {
                engine.unwrap(network, ByteBuffer.allocate(1 << 15));
            }
            return -1;
        } catch (SSLException heard) {
            return EngineFailures.explain(heard, false, true, RecordHeader.NO_ALERT)
                    .peerAlert()
                    .orElse(-1);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R39 a stream truncated by the peer is not closed gracefully in the other direction either")
    void aCutIsAnsweredByACut(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        pair.toServer.end();
        pair.server.send(PART);
        pair.run();
        pair.server.assertFailed(HandshakeFailure.TRUNCATED);
        assertEquals(PART.length, pair.client.received.size());
        pair.client.assertFailed(HandshakeFailure.TRUNCATED);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("data closed before the truncation is complete")
    void dataClosedBeforeIsComplete(String protocol) {
        FilterPair pair = TestEngines.of(protocol).join().handshake();
        pair.server.send(PART);
        pair.server.close();
        while (pair.server.turn()) {}
        pair.toServer.end();
        pair.run();
        assertEquals(PART.length, pair.client.received.size());
        assertTrue(pair.client.inputClosed);
        assertEquals(null, pair.client.failure);
    }

    @Test
    @DisplayName("R39 an engine that cannot send an alert sends nothing, and the stream is truncated")
    void anEngineWithoutAnAlertSendsNothing() throws TlsException {
        ScriptedTlsEngine engine = ScriptedTlsEngine.secured();
        TlsFilter filter = new TlsFilter(engine, false);
        ByteBuffer space = ByteBuffer.allocate(ScriptedTlsEngine.PACKET_SIZE);
        assertEquals(Step.SECURED, filter.decode(ByteBuffer.allocate(0), space));
        engine.returns(TlsEngine.Status.OK, 1, 10);
        assertEquals(Step.PROGRESS, filter.encode(ByteBuffer.allocate(1), space.clear()));
        engine.returns(TlsEngine.Status.OK, 6, 1);
        assertEquals(Step.PROGRESS, filter.decode(ByteBuffer.wrap(new byte[] {23, 3, 3, 0, 1, 0}), space.clear()));
        TlsException failure = null;
        try {
            filter.decode(ByteBuffer.wrap(INJECTED.get("no length")), space.clear());
        } catch (TlsException refused) {
            failure = refused;
        }
        assertNotNull(failure);
        assertEquals(Step.CLOSED, filter.encode(ByteBuffer.allocate(0), space.clear()));
        assertEquals(0, space.position());
        assertEquals(Alert.UNEXPECTED_MESSAGE.number(), engine.failedBy);
        assertFalse(engine.outboundClosed);
    }
}
