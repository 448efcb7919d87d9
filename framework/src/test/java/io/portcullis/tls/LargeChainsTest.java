// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peer data may not fit where it is stored. A client's certificate chain becomes part of its session, and of the ticket
 * that the server makes of it.
 */
class LargeChainsTest {
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");
    private static final int CERTIFICATES = 6;
    private static final byte[] ANSWER = new byte[1000];

    /** The limit for a message, in kilobytes; the JDK's default for {@code jdk.tls.maxHandshakeMessageSize}. */
    private static final int LONGEST_OF_JDK = 32;

    /** The limits of BoringSSL for a ticket, and for a chain. */
    private static final int LONGEST_TICKET = 64;

    private static final int LONGEST_OF_BORINGSSL = 100;

    @TempDir
    private Path folder;

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Arguments> chains() {
        return PROTOCOLS.stream()
                .flatMap(protocol -> Stream.of("jdk", TestEngine.NAME)
                        .distinct()
                        .flatMap(client -> Stream.of(4, 15, 20, 31, 34, 40, 60, 70, 120)
                                .map(size -> Arguments.of(protocol, client, size))));
    }

    /** A client with a chain of this many kilobytes. */
    private TlsProfile client(String protocol, String engine, int size) throws Exception {
        Instant from = Instant.now().minus(Duration.ofDays(1));
        Instant until = from.plus(Duration.ofDays(2));
        StringBuilder chain = new StringBuilder();
        chain.append(pem(ForgedCertificate.issued("client", from, until)));
        for (int more = 1; more < CERTIFICATES; more++) {
            chain.append(pem(ForgedCertificate.selfSigned("x".repeat(size * 100 - 300), from, until)));
        }
        Path certificates = folder.resolve("chain.pem");
        Path key = folder.resolve("key.pem");
        Files.writeString(certificates, chain, StandardCharsets.US_ASCII);
        Files.writeString(key, TestPem.pkcs8(ForgedCertificate.key()));
        return TestCertificates.clientBuilder(engine)
                .protocols(protocol)
                .certificate(certificates, key)
                .build();
    }

    private static String pem(X509Certificate certificate) throws CertificateEncodingException {
        return TestPem.block("CERTIFICATE", certificate.getEncoded());
    }

    private static TlsProfile server() {
        return TestCertificates.serverBuilder()
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate())
                .build();
    }

    private static FilterPair connect(TlsProfile client, TlsProfile server) {
        return new FilterPair(client.clientFilter("localhost", 443), server.serverFilter());
    }

    /** A response arrives after the tickets, and the end is graceful. Returns whether the session was resumed. */
    private static boolean resumes(TlsProfile client, TlsProfile server) {
        FilterPair pair = connect(client, server).handshake();
        pair.server.send(ANSWER);
        pair.run();
        assertArrayEquals(ANSWER, pair.client.received.toByteArray());
        pair.close();
        TlsSession session = pair.server.filter.session();
        assertNotNull(session);
        assertEquals(CERTIFICATES, session.peerCertificates().size());
        return session.resumed();
    }

    @ParameterizedTest(name = "{0}, client {1}, {2} KB")
    @MethodSource("chains")
    void aLongChainIsServedOrRefusedWithAReason(String protocol, String engine, int size) throws Exception {
        TlsProfile client = client(protocol, engine, size);
        TlsProfile server = server();
        boolean large = size > LONGEST_OF_JDK;
        boolean refused = size > LONGEST_OF_BORINGSSL || (large && TestEngine.isOfTheJdk());
        // The ticket was promised before the chain arrived; a client may accept larger ones than this one does
        boolean promised = large && size < LONGEST_TICKET && engine.equals("jdk") && protocol.equals("TLSv1.2");
        for (int connection = 0; connection < 2; connection++) {
            if (refused) {
                connect(client, server)
                        .assertBothFailed(HandshakeFailure.PEER_ALERT, HandshakeFailure.MESSAGE_TOO_LONG);
            } else if (promised) {
                connect(client, server)
                        .assertBothFailed(HandshakeFailure.MESSAGE_TOO_LONG, HandshakeFailure.PEER_ALERT);
            } else {
                resumes(client, server);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aShortChainIsResumed(String protocol) throws Exception {
        TlsProfile client = client(protocol, TestEngine.NAME, 10);
        TlsProfile server = server();
        assertFalse(resumes(client, server));
        assertTrue(resumes(client, server));
    }
}
