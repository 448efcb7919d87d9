// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * An earlier verification is not valid forever. A session ends with the certificate of its handshake (RFC 8446, 4.6.1),
 * however often it was resumed; for clients and servers, with both versions.
 */
class SessionLifeTest {
    private static final List<String> PROTOCOLS = List.of("TLSv1.2", "TLSv1.3");

    /** The number of tickets that the JDK's server sends, from JDK 25 on. */
    private static final int TICKETS = Integer.getInteger("jdk.tls.server.newSessionTicketCount", 1);

    /** How much earlier than the certificate a session of BoringSSL, which counts in whole seconds, may end. */
    private static final Duration EARLY = Duration.ofSeconds(2);

    @TempDir
    private Path folder;

    private CertificateFiles files;

    /** Two profiles that have resumed a session with each other. */
    private record Acquaintances(String protocol, TlsProfile client, TlsProfile server) {

        /** Whether it is the client's certificate that expires. */
        boolean ofClient() {
            return server.clientAuth() == ClientAuth.NEED;
        }

        @Override
        public String toString() {
            return protocol + (ofClient() ? ", the client's" : ", the server's");
        }

        FilterPair connect() {
            return new FilterPair(client.clientFilter("localhost", 443), server.serverFilter());
        }

        /**
         * Exchanges a byte and ends gracefully, so that tickets have arrived. Returns whether the session was resumed.
         */
        boolean resumes() {
            FilterPair pair = connect().handshake();
            pair.server.send((byte) 1);
            pair.run();
            pair.close();
            TlsSession session = pair.server.filter.session();
            assertNotNull(session);
            return session.resumed();
        }
    }

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    @BeforeEach
    void makeFiles() {
        files = new CertificateFiles(folder);
    }

    private void write(PrivateKey key, X509Certificate certificate) throws Exception {
        Files.writeString(files.key(), TestPem.pkcs8(key));
        Files.writeString(files.certificate(), TestPem.block("CERTIFICATE", certificate.getEncoded()));
    }

    private Acquaintances withClient(String protocol) {
        TlsProfile server = TestCertificates.serverBuilder()
                .protocols(protocol)
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate())
                .build();
        TlsProfile client = TestCertificates.clientBuilder()
                .protocols(protocol)
                .certificate(files.certificate(), files.key())
                .build();
        return new Acquaintances(protocol, client, server);
    }

    private Acquaintances withServer(String protocol) {
        TlsProfile server = TestEngine.use(TlsProfile.builder())
                .protocols(protocol)
                .certificate(files.certificate(), files.key())
                .build();
        return new Acquaintances(
                protocol, TestCertificates.clientBuilder().protocols(protocol).build(), server);
    }

    /** Pairs that have resumed their sessions while the certificate was valid. */
    private List<Acquaintances> resumed(X509Certificate certificate) throws Exception {
        write(ForgedCertificate.key(), certificate);
        List<Acquaintances> all = new ArrayList<>();
        for (String protocol : PROTOCOLS) {
            all.add(withClient(protocol));
            all.add(withServer(protocol));
        }
        for (Acquaintances pair : all) {
            assertFalse(pair.resumes());
            assertTrue(pair.resumes(), pair.protocol);
        }
        return all;
    }

    private static boolean hasEnded(X509Certificate certificate) {
        return Instant.now().isAfter(certificate.getNotAfter().toInstant());
    }

    /** If the machine is too slow for the first one, the next one lives longer. */
    private List<Acquaintances> outliveTheirCertificate() throws Exception {
        for (int seconds = 6; ; seconds *= 2) {
            Instant now = Instant.now();
            X509Certificate certificate =
                    ForgedCertificate.issued("brief", now.minusSeconds(60), now.plusSeconds(seconds));
            try {
                List<Acquaintances> pairs = resumed(certificate);
                if (!hasEnded(certificate)) {
                    while (!hasEnded(certificate)) {
                        LockSupport.parkNanos(10_000_000);
                    }
                    return pairs;
                }
            } catch (AssertionError | IllegalArgumentException failure) {
                if (Instant.now().isBefore(certificate.getNotAfter().toInstant().minus(EARLY))) {
                    throw failure;
                }
            }
        }
    }

    @Test
    @DisplayName("R41 a session does not outlive the certificate of its handshake, and a new certificate makes a new "
            + "session")
    void aSessionDoesNotOutliveTheCertificateThatItWasMadeOn() throws Exception {
        List<Acquaintances> pairs = outliveTheirCertificate();
        for (Acquaintances pair : pairs) {
            assertRefused(pair);
        }
        TestCertificate next = TestCertificates.issued();
        write(next.key(), next.certificate());
        for (Acquaintances pair : pairs) {
            assertEquals(Renewal.CERTIFICATES, (pair.ofClient() ? pair.client : pair.server).reload());
            assertServedByAFullHandshake(pair, next.certificate());
        }
    }

    private static void assertRefused(Acquaintances pair) {
        assertRefused(pair, pair.connect().run());
    }

    private static void assertRefused(Acquaintances pair, FilterPair refused) {
        FilterEnd judge = pair.ofClient() ? refused.server : refused.client;
        FilterEnd judged = pair.ofClient() ? refused.client : refused.server;
        HandshakeFailure reason = pair.ofClient()
                ? HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED
                : HandshakeFailure.SERVER_CERTIFICATE_REJECTED;
        TlsException why = judge.assertFailed(reason);
        assertNull(judge.filter.session(), pair::toString);
        // How much of it the peer receives depends on the engine, but it does not take it for a graceful end
        HandshakeFailure heard = judged.assertFailed().failure();
        assertTrue(
                Set.of(reason, HandshakeFailure.PEER_ALERT, HandshakeFailure.TRUNCATED)
                        .contains(heard),
                heard::toString);
        if (TestEngine.is("boringssl")) {
            assertNotNull(
                    why.getCause(), "BoringSSL itself detects that the session has expired, and made a full handshake");
        }
    }

    /**
     * A client may have several tickets of the old session, as with some engines, and with the JDK's if it is
     * configured to send them ({@code -Djdk.tls.server.newSessionTicketCount}). It uses another one for each
     * connection, and none is accepted.
     */
    private static void assertServedByAFullHandshake(Acquaintances pair, X509Certificate certificate) {
        int refusedAgain = TestEngine.is("conscrypt") ? 3 : 2 * (TICKETS - 1);
        FilterPair served = pair.connect().run();
        while (served.client.failure != null && refusedAgain-- > 0) {
            assertRefused(pair, served);
            served = pair.connect().run();
        }
        for (FilterEnd end : List.of(served.client, served.server)) {
            assertNull(end.failure, pair::toString);
            TlsSession session = end.filter.session();
            assertNotNull(session, pair::toString);
            assertFalse(session.resumed(), pair::toString);
        }
        TlsSession judged = (pair.ofClient() ? served.server : served.client).filter.session();
        assertNotNull(judged);
        assertEquals(certificate, judged.peerCertificates().get(0));
    }
}
