// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.engines.boringssl.BoringSslProvider;
import java.nio.ByteBuffer;
import java.util.function.IntSupplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The behavior required of every engine behind the SPI. */
class EngineConformanceTest {
    private static final UnaryOperator<TlsProfileBuilder> NOTHING = UnaryOperator.identity();

    static Stream<String> engines() {
        return Profiles.engines();
    }

    static Stream<Arguments> enginesAndProtocols() {
        return engines().flatMap(engine -> Stream.of("TLSv1.2", "TLSv1.3").map(name -> Arguments.of(engine, name)));
    }

    private static FilterPair pair(String engine, String protocol) {
        return Profiles.join(
                Profiles.client(engine, settings -> settings.protocols(protocol)),
                Profiles.server(engine, settings -> settings.protocols(protocol)));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void worksWithSingleBytes(String engine, String protocol) {
        FilterPair pair = new FilterPair(
                Profiles.client(engine, settings -> settings.protocols(protocol))
                        .clientFilter("localhost", 443),
                Profiles.server(engine, settings -> settings.protocols(protocol))
                        .serverFilter(),
                true,
                () -> 1,
                () -> Integer.MAX_VALUE);
        byte[] up = Profiles.bytes(20_000, 1);
        pair.client.send(up);
        pair.handshake();
        assertArrayEquals(up, pair.server.received.toByteArray());
        pair.close();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void worksWithTwoSegmentsSplitAnywhere(String engine, String protocol) {
        TlsProfile client = Profiles.client(engine, settings -> settings.protocols(protocol));
        TlsProfile server = Profiles.server(engine, settings -> settings.protocols(protocol));
        int stride = engine.equals("boringssl") ? 1 : 41;
        for (int cut = 1; cut < 1500; cut += stride) {
            int[] pieces = {cut, Integer.MAX_VALUE};
            int[] next = {0};
            IntSupplier cutOnce = () -> pieces[Math.min(next[0]++, 1)];
            FilterPair pair = new FilterPair(
                    client.clientFilter("localhost", 443),
                    server.serverFilter(),
                    true,
                    cutOnce,
                    () -> Integer.MAX_VALUE);
            pair.server.send((byte) 7);
            pair.handshake();
            assertEquals(1, pair.client.received.size(), "cut at " + cut);
            TestEngine.freeAll();
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void freesEverythingWhereverAHandshakeIsAbandoned(String engine, String protocol) {
        TlsProfile client = Profiles.client(engine, settings -> settings.protocols(protocol));
        TlsProfile server = Profiles.server(engine, settings -> settings.protocols(protocol));
        boolean complete = false;
        for (int steps = 0; !complete; steps++) {
            FilterPair pair = Profiles.join(client, server);
            for (int i = 0; i < steps; i++) {
                FilterEnd end = i % 2 == 0 ? pair.client : pair.server;
                end.turn();
            }
            complete = pair.client.secured + pair.server.secured == 2;
            for (int twice = 0; twice < 2; twice++) {
                pair.client.filter.free();
                pair.server.filter.free();
            }
            assertEquals(0, BoringSslProvider.liveEngines(), "after " + steps + " steps");
        }
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void distinguishesTruncationFromAnOrderlyEnd(String engine, String protocol) {
        FilterPair truncated = pair(engine, protocol).handshake();
        truncated.toServer.end();
        truncated.run();
        truncated.server.assertFailed(HandshakeFailure.TRUNCATED);

        FilterPair ended = pair(engine, protocol).handshake();
        ended.client.close();
        ended.run();
        assertTrue(ended.server.inputClosed);
        assertEquals(null, ended.server.failure);
        ended.server.close();
        ended.run();
        assertTrue(ended.client.inputClosed && ended.server.outputClosed);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void closesInEitherOrder(String engine, String protocol) {
        FilterPair serverFirst = pair(engine, protocol).handshake();
        serverFirst.server.close();
        serverFirst.run();
        serverFirst.close();

        FilterPair bothAtOnce = pair(engine, protocol).handshake();
        bothAtOnce.close();
        bothAtOnce.client.assertClosedForEver();
        bothAtOnce.server.assertClosedForEver();
    }

    @ParameterizedTest
    @MethodSource("engines")
    void answersKeyUpdatesBetweenData(String engine) throws Exception {
        JdkEngines jdk = JdkEngines.of("TLSv1.3");
        SSLEngine client = jdk.clientEngine();
        TlsProfile server = Profiles.server(engine, NOTHING);
        FilterPair pair = new FilterPair(JdkEngines.filter(client), server.serverFilter()).handshake();
        byte[] data = Profiles.bytes(1000, 3);
        for (int i = 0; i < 100; i++) {
            ByteBuffer record = ByteBuffer.allocate(client.getSession().getPacketBufferSize());
            client.beginHandshake();
            client.wrap(ByteBuffer.allocate(0), record);
            pair.toServer.write(record.flip());
            pair.client.send(data);
            pair.server.send(data);
            pair.run();
            assertArrayEquals(data, pair.server.received.toByteArray(), "after " + i + " updates");
            assertArrayEquals(data, pair.client.received.toByteArray(), "after " + i + " updates");
            pair.server.received.reset();
            pair.client.received.reset();
        }
        assertEquals(null, pair.server.failure);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void resumesByTicketOrCache(String engine, String protocol) throws Exception {
        TlsProfile client = Profiles.client(engine, settings -> settings.protocols(protocol));
        TlsProfile server = Profiles.server(engine, settings -> settings.protocols(protocol));

        assertTrue(Profiles.resumes(client, server, server));
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void requestsACertificateAsConfigured(String engine, String protocol) {
        for (ClientAuth rule : ClientAuth.values()) {
            TlsProfile server = Profiles.server(
                    engine,
                    settings -> settings.protocols(protocol)
                            .trust(TestCertificates.authority().certificate())
                            .clientAuth(rule));
            TestCertificate own = TestCertificates.client();
            FilterPair with = Profiles.join(
                            Profiles.client(engine, settings -> settings.certificate(own.chainFile(), own.keyFile())),
                            server)
                    .handshake();
            assertEquals(rule == ClientAuth.NONE ? 0 : own.chain().size(), peers(with));
            FilterPair without =
                    Profiles.join(Profiles.client(engine, NOTHING), server).run();
            assertEquals(rule == ClientAuth.NEED, without.server.failure != null, rule::toString);
        }
    }

    private static int peers(FilterPair pair) {
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        return session.peerCertificates().size();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void refusesAClientWithoutACommonApplicationProtocol(String engine, String protocol) {
        TlsProfile server = Profiles.server(engine, settings -> settings.alpn("h2", "http/1.1"));

        FilterPair refused = Profiles.join(
                        Profiles.client(
                                engine, settings -> settings.protocols(protocol).alpn("imap")),
                        server)
                .run();
        FilterPair without =
                Profiles.join(Profiles.client(engine, NOTHING), server).handshake();

        refused.assertBothFailed(HandshakeFailure.NO_APPLICATION_PROTOCOL);
        TlsSession session = without.server.filter.session();
        assertNotNull(session);
        assertTrue(session.applicationProtocol().isEmpty());
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("enginesAndProtocols")
    void presentsTheCertificateForTheRequestedName(String engine, String protocol) {
        TestCertificate other = TestCertificates.other();
        TlsProfile server = Profiles.server(engine, settings -> settings.certificate(other.key(), other.certificate()));
        TlsProfile client = Profiles.client(engine, settings -> settings.protocols(protocol));
        for (TestCertificate expected : new TestCertificate[] {TestCertificates.ec(), other}) {
            String host = expected.equals(other) ? "other.example" : "localhost";
            FilterPair pair = Profiles.join(client, host, server).handshake();
            TlsSession session = pair.client.filter.session();
            assertNotNull(session);
            assertEquals(expected.certificate(), session.peerCertificates().get(0));
            TlsSession served = pair.server.filter.session();
            assertNotNull(served);
            assertEquals(host, served.serverName().orElseThrow());
        }
    }
}
