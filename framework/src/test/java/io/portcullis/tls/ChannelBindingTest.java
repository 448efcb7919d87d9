// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.keys.EndPointHash;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The data that binds an authentication to its connection: the certificates of both sides, and exported key material.
 */
class ChannelBindingTest {
    private static final int EXPORTED = 32;

    @TempDir
    private Path folder;

    /** The sessions of both sides of a connection. */
    private record Ends(TlsSession client, TlsSession server) {
        static Ends of(TlsProfile client, TlsProfile server) {
            FilterPair pair = new FilterPair(client.clientFilter("localhost", 443), server.serverFilter()).handshake();
            pair.server.send((byte) 1);
            pair.run();
            pair.close();
            return new Ends(
                    Objects.requireNonNull(pair.client.filter.session()),
                    Objects.requireNonNull(pair.server.filter.session()));
        }
    }

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void eachSideKnowsTheChainsOfBoth(String protocol) {
        TlsProfile client = clientWith(TestCertificates.client());
        TlsProfile server = issuedServer(protocol).clientAuth(ClientAuth.NEED).build();

        Ends ends = Ends.of(client, server);

        assertEquals(TestCertificates.issued().chain(), ends.server.localCertificates());
        assertEquals(TestCertificates.issued().chain(), ends.client.peerCertificates());
        assertEquals(TestCertificates.client().chain(), ends.client.localCertificates());
        assertEquals(TestCertificates.client().chain(), ends.server.peerCertificates());
        assertTrue(ends.server.server());
        assertFalse(ends.client.server());
    }

    private static TlsProfile clientWith(TestCertificate certificate) {
        return TestCertificates.clientBuilder()
                .certificate(certificate.key(), certificate.chain().toArray(X509Certificate[]::new))
                .build();
    }

    private static TlsProfileBuilder issuedServer(String protocol) {
        return TestEngine.use(TlsProfile.builder())
                .protocols(protocol)
                .certificate(
                        TestCertificates.issued().key(),
                        TestCertificates.issued().chain().toArray(X509Certificate[]::new))
                .trust(TestCertificates.authority().certificate());
    }

    @Test
    void peersWithoutACertificateHaveNone() {
        Ends ends = Ends.of(TestCertificates.clientProfile(), TestCertificates.serverProfile());

        assertEquals(List.of(), ends.client.localCertificates());
        assertEquals(List.of(), ends.server.peerCertificates());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void bothSidesBindToTheServersCertificateAlsoIfTheClientHasOne(String protocol) throws Exception {
        TlsProfile client = clientWith(TestCertificates.client());
        TlsProfile server = issuedServer(protocol).clientAuth(ClientAuth.NEED).build();

        Ends ends = Ends.of(client, server);

        byte[] hash =
                ends.client.channelBinding(ChannelBinding.TLS_SERVER_END_POINT).orElseThrow();
        assertArrayEquals(
                hash,
                ends.server.channelBinding(ChannelBinding.TLS_SERVER_END_POINT).orElseThrow());
        X509Certificate certificate = TestCertificates.issued().certificate();
        String digest = certificate.getSigAlgName().startsWith("SHA384") ? "SHA-384" : "SHA-256";
        assertArrayEquals(MessageDigest.getInstance(digest).digest(certificate.getEncoded()), hash);
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aResumedSessionBindsToTheCertificateOfTheFirst(String protocol) {
        TlsProfile client = TestCertificates.clientProfile();
        TlsProfile server = issuedServer(protocol).build();

        Ends first = Ends.of(client, server);
        Ends second = Ends.of(client, server);

        assertTrue(second.client.resumed());
        assertEquals(first.client.peerCertificates(), second.client.peerCertificates());
        assertEquals(TestCertificates.issued().chain(), second.server.localCertificates());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aSessionThatIsResumedBehindARenewalBindsToTheOldOneWithTheJdksEngineOnly(String protocol) throws Exception {
        CertificateFiles files = new CertificateFiles(folder).write(TestCertificates.ec());
        TlsProfile client = TestCertificates.clientProfile();
        TlsProfile server = TestEngine.use(TlsProfile.builder())
                .protocols(protocol)
                .certificate(files.certificate(), files.key())
                .build();
        Ends.of(client, server);
        files.write(TestCertificates.issued());
        assertEquals(Renewal.CERTIFICATES, server.reload());

        Ends second = Ends.of(client, server);

        boolean same = second.client
                .peerCertificates()
                .get(0)
                .equals(second.server.localCertificates().get(0));
        assertEquals(!second.server.resumed() || TestEngine.isOfTheJdk(), same, second::toString);
    }

    @Test
    void theHashIsThatOfTheSignatureAlgorithm() throws Exception {
        X509Certificate pss = TestCertificates.rsaPss().certificate();
        assertHash(namesSha384(pss) ? "SHA-384" : "SHA-256", pss);
        assertHash("SHA-384", TestCertificates.ec384().certificate());
        assertHash("SHA-512", TestCertificates.ec521().certificate());
        assertEquals(
                Optional.empty(), EndPointHash.of(TestCertificates.ed25519().certificate()));
        assertEquals(Optional.empty(), EndPointHash.of(TestCertificates.ed448().certificate()));
    }

    /** The parameters of a PSS signature name its digest; keytool's choice depends on the JDK. */
    private static boolean namesSha384(X509Certificate pss) {
        String parameters = HexFormat.of().formatHex(pss.getSigAlgParams());
        assertTrue(parameters.contains("6086480165030402"), parameters);
        return parameters.contains("608648016503040202");
    }

    private static void assertHash(String digest, X509Certificate... certificates) throws Exception {
        for (X509Certificate certificate : certificates) {
            assertArrayEquals(
                    MessageDigest.getInstance(digest).digest(certificate.getEncoded()),
                    EndPointHash.of(certificate).orElseThrow(),
                    certificate.getSigAlgName());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void bothSidesExportTheSameAndOthersForEachConnection(String protocol) {
        TestEngine.assume(false, TlsFeature.KEYING_MATERIAL_EXPORT);
        TlsProfile client =
                TestCertificates.clientBuilder().exportChannelBinding().build();
        TlsProfile server = TestCertificates.serverBuilder()
                .protocols(protocol)
                .exportChannelBinding()
                .build();

        Ends first = Ends.of(client, server);
        Ends second = Ends.of(client, server);

        if (protocol.equals("TLSv1.2") && !TestEngine.isOfTheJdk()) {
            assertEquals(
                    Optional.empty(),
                    first.client.exportedBinding(),
                    "the use of an extended master secret is unknown");
            return;
        }
        byte[] exported =
                first.client.channelBinding(ChannelBinding.TLS_EXPORTER).orElseThrow();
        assertEquals(EXPORTED, exported.length);
        assertArrayEquals(
                exported,
                first.server.channelBinding(ChannelBinding.TLS_EXPORTER).orElseThrow());
        assertTrue(second.client.resumed());
        assertEquals(second.client.exportedBinding(), second.server.exportedBinding());
        assertNotEquals(first.client.exportedBinding(), second.client.exportedBinding());
        assertFalse(first.client.toString().contains(HexFormat.of().formatHex(exported)));
    }

    @Test
    void anotherEngineExportsTheSame() {
        TestEngine.assume(false, TlsFeature.KEYING_MATERIAL_EXPORT);
        Assumptions.assumeTrue(
                TlsProfile.trustingSystem().engine().has(TlsFeature.KEYING_MATERIAL_EXPORT),
                "this JDK exports no key material");
        TlsProfile client =
                TestCertificates.jdkClientBuilder().exportChannelBinding().build();
        TlsProfile server =
                TestCertificates.serverBuilder().exportChannelBinding().build();

        Ends ends = Ends.of(client, server);

        assertTrue(ends.client.exportedBinding().isPresent());
        assertEquals(ends.client.exportedBinding(), ends.server.exportedBinding());
    }

    @Test
    void nothingIsExportedUnlessConfiguredAndEqualSessionsAreShared() {
        TlsProfile client = TestCertificates.clientProfile();
        TlsProfile server = issuedServer("TLSv1.3").build();

        Ends first = Ends.of(client, server);

        assertEquals(Optional.empty(), first.server.channelBinding(ChannelBinding.TLS_EXPORTER));
        TlsProfile other = TestCertificates.clientProfile();
        assertSame(Ends.of(other, server).server, Ends.of(TestCertificates.clientProfile(), server).server);
    }

    @Test
    void sessionsOfDifferentClientsShareTheChainThatWasPresented() {
        TlsSession first = SharedFacts.of(withClient(TestCertificates.client()));
        TlsSession second = SharedFacts.of(withClient(TestCertificates.stranger()));

        assertNotEquals(first, second);
        assertEquals(TestCertificates.issued().chain(), first.localCertificates());
        assertSame(first.localCertificates(), second.localCertificates());
    }

    private static TlsSession withClient(TestCertificate client) {
        return new TlsSession(
                "TLSv1.3",
                "TLS_AES_128_GCM_SHA256",
                Optional.empty(),
                false,
                Optional.empty(),
                Optional.empty(),
                client.chain(),
                new ArrayList<>(TestCertificates.issued().chain()),
                true,
                Optional.empty());
    }

    @Test
    void anEngineThatCannotExportIsRefused() {
        TlsProfileBuilder builder = TestCertificates.clientBuilder().exportChannelBinding();
        if (TestEngine.has(TlsFeature.KEYING_MATERIAL_EXPORT)) {
            assertTrue(builder.build().engine().has(TlsFeature.KEYING_MATERIAL_EXPORT));
            return;
        }
        String why = Objects.requireNonNull(
                assertThrows(IllegalArgumentException.class, builder::build).getMessage());
        assertTrue(why.contains("exportChannelBinding()") && why.contains("tls-server-end-point"), why);
    }
}
