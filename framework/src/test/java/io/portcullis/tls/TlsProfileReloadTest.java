// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Set;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A profile reloads certificates and trust from its files while it is used; with each engine. */
class TlsProfileReloadTest {
    @TempDir
    private Path folder;

    private CertificateFiles files;

    @BeforeEach
    void write() throws Exception {
        files = new CertificateFiles(folder).write(TestCertificates.ec());
    }

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    private static FilterPair connect(TlsProfile client, TlsProfile server) {
        return new FilterPair(client.clientFilter("localhost", 443), server.serverFilter());
    }

    /** Performs a handshake, exchanges a byte and ends gracefully, so that tickets have arrived. */
    private static TlsSession session(TlsProfile client, TlsProfile server) {
        FilterPair pair = connect(client, server).handshake();
        pair.server.send((byte) 1);
        pair.run();
        TlsSession session = pair.client.filter.session();
        pair.close();
        assertNotNull(session);
        return session;
    }

    private static X509Certificate presented(TlsSession session) {
        return session.peerCertificates().get(0);
    }

    /** Later JDKs put a checksum of the server's certificate into their tickets, and resume only if it is unchanged. */
    private static boolean ticketsNameTheCertificate() {
        return TestEngine.isOfTheJdk() && Runtime.version().feature() >= 25;
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R32 a renewed certificate is presented, and earlier sessions can be resumed")
    void newCertificatesLeaveSessionsAsTheyAre(String protocol) throws Exception {
        TlsProfile server = files.server().protocols(protocol).build();
        TlsProfile client = TestCertificates.clientBuilder().protocols(protocol).build();
        TlsSession first = session(client, server);
        assertEquals(TestCertificates.ec().certificate(), presented(first));
        assertTrue(session(client, server).resumed());
        files.write(TestCertificates.issued());
        assertEquals(Renewal.CERTIFICATES, server.reload());
        assertEquals(List.of(TestCertificates.issued().certificate()), server.certificates());
        assertEquals(!ticketsNameTheCertificate(), session(client, server).resumed(), "with an earlier session");
        assertTrue(session(client, server).resumed());
        TlsProfile stranger =
                TestCertificates.clientBuilder().protocols(protocol).build();
        TlsSession anew = session(stranger, server);
        assertFalse(anew.resumed());
        assertEquals(TestCertificates.issued().certificate(), presented(anew));
        assertTrue(session(stranger, server).resumed());
    }

    @Test
    void rewrittenFilesAreUnchanged() throws Exception {
        TlsProfile server = files.server().build();
        assertEquals(Renewal.UNCHANGED, server.reload());
        files.write(TestCertificates.ec());
        assertEquals(Renewal.UNCHANGED, server.reload());
        Files.writeString(files.certificate(), Files.readString(files.certificate()) + "\n# a comment\n");
        assertEquals(Renewal.UNCHANGED, server.reload());
        assertEquals(List.of(files.certificate(), files.key()), server.files());
        assertEquals(Renewal.UNCHANGED, TestCertificates.serverProfile().reload(), "without files");
    }

    /** Half-written, missing, expired and mismatched files, one after the other. */
    private List<Runnable> damages() {
        return List.of(
                () -> run(() -> Files.copy(
                        TestCertificates.rsa().chainFile(),
                        files.certificate(),
                        java.nio.file.StandardCopyOption.REPLACE_EXISTING)),
                () -> run(() -> Files.delete(files.key())),
                () -> run(() -> Files.writeString(files.key(), "-----BEGIN PRIVATE KEY-----\nMIG")),
                () -> run(() -> Files.writeString(files.certificate(), "")),
                () -> run(() -> files.write(TestCertificates.expired())));
    }

    private interface Step {
        void run() throws Exception;
    }

    private static void run(Step step) {
        try {
            step.run();
        } catch (Exception failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    @DisplayName("R32 unusable files are refused with the reason, and the previous certificate stays in use")
    void badFilesAreRefused() throws Exception {
        TlsProfile server = files.server().build();
        for (Runnable damage : damages()) {
            damage.run();
            IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, server::reload);
            String message = String.valueOf(refusal.getMessage());
            assertTrue(message.startsWith("TlsProfile: "), message);
            assertTrue(message.contains("tls."), () -> "does not name the file: " + message);
            assertEquals(
                    message,
                    assertThrows(IllegalArgumentException.class, server::reload).getMessage(),
                    "each time");
            TlsSession session = session(TestCertificates.clientProfile(), server);
            assertEquals(TestCertificates.ec().certificate(), presented(session));
        }
        files.write(TestCertificates.rsa());
        assertEquals(Renewal.CERTIFICATES, server.reload());
        assertEquals(
                TestCertificates.rsa().certificate(), presented(session(TestCertificates.clientProfile(), server)));
    }

    @Test
    void linksAreFollowedToTheirTargets() throws Exception {
        Path root = Files.createDirectories(folder.resolve("secret"));
        new CertificateFiles(Files.createDirectories(root.resolve("..v1"))).write(TestCertificates.ec());
        new CertificateFiles(Files.createDirectories(root.resolve("..v2"))).write(TestCertificates.rsa());
        CertificateFiles linked = CertificateFiles.linked(root, "..v1");
        TlsProfile server = linked.server().build();
        assertEquals(Renewal.UNCHANGED, server.reload());
        linked.swap("..v2");
        assertEquals(Renewal.CERTIFICATES, server.reload());
        assertEquals(List.of(TestCertificates.rsa().certificate()), server.certificates());
        linked.swap("..v1");
        assertEquals(Renewal.CERTIFICATES, server.reload());
        assertEquals(Renewal.UNCHANGED, server.reload());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void removedTrustInvalidatesItsSessions(String protocol) throws Exception {
        files.writeTrust(TestCertificates.authority());
        TlsProfile server = files.server()
                .clientAuth(ClientAuth.NEED)
                .trust(files.trust())
                .protocols(protocol)
                .build();
        TestCertificate own = TestCertificates.client();
        TlsProfile client = TestCertificates.clientBuilder()
                .certificate(own.chainFile(), own.keyFile())
                .protocols(protocol)
                .build();
        session(client, server);
        assertTrue(session(client, server).resumed());
        files.writeTrust(TestCertificates.strangeAuthority());
        assertEquals(Renewal.TRUST, server.reload());
        FilterPair refused = connect(client, server).run();
        assertNotNull(refused.server.failure);
        assertTrue(
                Set.of(
                                HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED,
                                HandshakeFailure
                                        .CLIENT_CERTIFICATE_MISSING) // it has none of the authorities that are named
                        .contains(refused.server.failure.failure()),
                refused.server.failure::toString);
        TestCertificate stranger = TestCertificates.stranger();
        TlsProfile other = TestCertificates.clientBuilder()
                .certificate(stranger.chainFile(), stranger.keyFile())
                .protocols(protocol)
                .build();
        assertFalse(session(other, server).resumed());
        assertTrue(session(other, server).resumed());
    }

    @Test
    void aClientReloadsWhatItPresents() throws Exception {
        files.write(TestCertificates.stranger());
        TlsProfile server = TestCertificates.serverBuilder()
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate())
                .protocols("TLSv1.2")
                .build();
        TlsProfile client = TestCertificates.clientBuilder()
                .certificate(files.certificate(), files.key())
                .protocols("TLSv1.2")
                .build();
        FilterPair refused = connect(client, server).run();
        assertNotNull(refused.server.failure);
        files.write(TestCertificates.client());
        assertEquals(Renewal.CERTIFICATES, client.reload());
        FilterPair pair = connect(client, server).handshake();
        TlsSession atServer = pair.server.filter.session();
        assertNotNull(atServer);
        assertEquals(TestCertificates.client().certificate(), presented(atServer));
    }

    @Test
    void aKeyStoreIsReadAgain() throws Exception {
        Path store = folder.resolve("server.p12");
        Files.copy(TestCertificates.ec().keyStoreFile(), store);
        TlsProfile server = TestEngine.use(TlsProfile.builder())
                .keyStore(store, TestCertificate.PASSWORD.toCharArray())
                .build();
        Files.copy(TestCertificates.rsa().keyStoreFile(), store, java.nio.file.StandardCopyOption.REPLACE_EXISTING);
        assertEquals(Renewal.CERTIFICATES, server.reload());
        assertEquals(
                TestCertificates.rsa().certificate(), presented(session(TestCertificates.clientProfile(), server)));
    }

    @Test
    @NotOn(value = "conscrypt", because = "it gives no reason when it refuses a name")
    void otherNamesAreServedFromThenOn() throws Exception {
        TlsProfile server = files.server().refuseUnknownServerNames().build();
        TlsProfile client = TestCertificates.clientProfile();
        session(client, server);
        files.write(TestCertificates.other());
        assertEquals(Renewal.CERTIFICATES, server.reload());
        FilterPair refused = connect(TestCertificates.clientProfile(), server).run();
        assertNotNull(refused.server.failure);
        assertEquals(HandshakeFailure.UNKNOWN_SERVER_NAME, refused.server.failure.failure());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R32 no handshake fails while certificates are reloaded repeatedly")
    void handshakesSucceedWhileItReloads(String protocol) throws Exception {
        TlsProfile server = files.server().protocols(protocol).build();
        AtomicBoolean over = new AtomicBoolean();
        AtomicInteger renewals = new AtomicInteger();
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread renewing = new Thread(() -> {
            try {
                while (!over.get()) {
                    files.write(renewals.get() % 2 == 0 ? TestCertificates.rsa() : TestCertificates.ec());
                    assertEquals(Renewal.CERTIFICATES, server.reload());
                    renewals.incrementAndGet();
                }
            } catch (Throwable thrown) {
                failure.set(thrown);
            }
        });
        renewing.start();
        int handshakes = 0;
        while (failure.get() == null && (handshakes < 60 || renewals.get() < 20)) {
            session(TestCertificates.clientBuilder().protocols(protocol).build(), server);
            handshakes++;
        }
        over.set(true);
        renewing.join();
        assertEquals(null, failure.get());
    }
}
