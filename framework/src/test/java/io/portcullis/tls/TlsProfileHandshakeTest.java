// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.spi.TlsEngine;
import java.util.List;
import java.util.Set;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

class TlsProfileHandshakeTest {

    @Nested
    class ClientAuthentication {

        @ParameterizedTest
        @CsvSource({"WANT, TLSv1.2", "WANT, TLSv1.3", "NEED, TLSv1.2", "NEED, TLSv1.3"})
        void seesTheTrustedClient(ClientAuth rule, String protocol) throws SSLException {
            EnginePair pair = EnginePair.of(clientWith(TestCertificates.client(), protocol), asking(rule));

            pair.handshake();

            assertArrayEquals(
                    TestCertificates.client().chain().toArray(),
                    pair.serverSession().getPeerCertificates());
        }

        @ParameterizedTest
        @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
        void isNotAskedForWithNone(String protocol) throws SSLException {
            EnginePair pair = EnginePair.of(clientWith(TestCertificates.client(), protocol), asking(ClientAuth.NONE));

            pair.handshake();

            assertThrows(
                    SSLPeerUnverifiedException.class, () -> pair.serverSession().getPeerCertificates());
        }

        @ParameterizedTest
        @CsvSource({"NONE, TLSv1.2", "NONE, TLSv1.3", "WANT, TLSv1.2", "WANT, TLSv1.3"})
        void goesOnWithoutACertificateUnlessNeeded(ClientAuth rule, String protocol) throws SSLException {
            EnginePair pair = EnginePair.of(clientWithout(protocol), asking(rule));

            pair.handshake();

            assertThrows(
                    SSLPeerUnverifiedException.class, () -> pair.serverSession().getPeerCertificates());
        }

        @ParameterizedTest
        @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
        void failsWithoutACertificateIfNeeded(String protocol) {
            EnginePair pair = EnginePair.of(clientWithout(protocol), asking(ClientAuth.NEED));

            assertThrows(SSLException.class, pair::handshake);
        }

        @ParameterizedTest
        @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
        void keepsBackACertificateOfAnAuthorityThatTheServerDoesNotName(String protocol) {
            EnginePair pair = EnginePair.of(clientWith(TestCertificates.stranger(), protocol), asking(ClientAuth.NEED));

            assertThrows(SSLException.class, pair::handshake);
        }

        @ParameterizedTest
        @CsvSource({"WANT, TLSv1.2", "WANT, TLSv1.3", "NEED, TLSv1.2", "NEED, TLSv1.3"})
        void refusesACertificateThatIsNotTrusted(ClientAuth rule, String protocol) {
            // Claims to be signed by the trusted authority, so that it is presented
            TlsProfile impostor = TestCertificates.clientBuilder()
                    .protocols(protocol)
                    .certificate(
                            TestCertificates.stranger().key(),
                            TestCertificates.stranger().certificate(),
                            TestCertificates.client().certificate())
                    .build();
            EnginePair pair = EnginePair.of(impostor, asking(rule));

            assertThrows(SSLException.class, pair::handshake);
        }

        private TlsProfile asking(ClientAuth rule) {
            return TestCertificates.serverBuilder()
                    .trust(TestCertificates.authority().certificate())
                    .clientAuth(rule)
                    .build();
        }

        private TlsProfile clientWith(TestCertificate certificate, String protocol) {
            return TestCertificates.clientBuilder()
                    .certificate(certificate.chainFile(), certificate.keyFile())
                    .protocols(protocol)
                    .build();
        }

        private TlsProfile clientWithout(String protocol) {
            return TestCertificates.clientBuilder().protocols(protocol).build();
        }
    }

    @Nested
    class ApplicationProtocols {

        @ParameterizedTest
        @CsvSource({"TLSv1.2", "TLSv1.3"})
        void takesTheOneThatTheServerPrefers(String protocol) throws SSLException {
            EnginePair pair = EnginePair.of(
                    TestCertificates.clientBuilder()
                            .alpn("http/1.1", "h2")
                            .protocols(protocol)
                            .build(),
                    TestCertificates.serverBuilder().alpn("h2", "http/1.1").build());

            pair.handshake();

            assertEquals("h2", pair.client().getApplicationProtocol());
            assertEquals("h2", pair.server().getApplicationProtocol());
        }

        @ParameterizedTest
        @CsvSource({"TLSv1.2", "TLSv1.3"})
        void refusesAClientWithoutACommonOne(String protocol) {
            EnginePair pair = EnginePair.of(
                    TestCertificates.clientBuilder()
                            .alpn("imap")
                            .protocols(protocol)
                            .build(),
                    TestCertificates.serverBuilder().alpn("h2", "http/1.1").build());

            assertThrows(SSLException.class, pair::handshake);
            assertEquals(120, pair.serverAlert());
        }

        @Test
        void goesOnWithoutForAClientThatOffersNone() throws SSLException {
            EnginePair pair = EnginePair.of(
                    TestCertificates.clientProfile(),
                    TestCertificates.serverBuilder().alpn("h2").build());

            pair.handshake();

            // Some engines return null
            assertTrue(Set.of("", "null").contains(String.valueOf(pair.server().getApplicationProtocol())));
        }
    }

    @Nested
    class ProtocolsAndSuites {

        @ParameterizedTest
        @CsvSource({
            "TLS_AES_128_GCM_SHA256",
            "TLS_AES_256_GCM_SHA384",
            "TLS_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256"
        })
        void negotiatesEverySecureSuite(String suite) throws SSLException {
            TestEngine.assume(suite.contains("_WITH_"), TlsFeature.TLS13_SUITE_CHOICE);
            EnginePair pair = EnginePair.of(clientWith(suite), TestCertificates.serverProfile());

            pair.handshake();

            assertEquals(suite, pair.serverSession().getCipherSuite());
        }

        @ParameterizedTest
        @ValueSource(
                strings = {
                    "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
                    "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                    "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256"
                })
        void refusesOtherSuitesUnlessCompatible(String suite) throws SSLException {
            TlsProfile client = TestCertificates.jdkClientBuilder()
                    .cipherSuites(List.of(suite))
                    .build();
            TlsProfile compatible =
                    TestCertificates.serverBuilder().compatibleSuites().build();
            EnginePair refused = EnginePair.of(client, TestCertificates.serverProfile());
            EnginePair accepted = EnginePair.of(client, compatible);

            assertThrows(SSLException.class, refused::handshake);
            assertEquals(40, refused.serverAlert());
            Assumptions.assumeTrue(
                    compatible.cipherSuites().contains(suite),
                    () -> TestEngine.NAME + " differs: it does not have the old suite " + suite);
            assertEquals(suite, accepted.handshake().serverSession().getCipherSuite());
        }

        @Test
        void prefersTheServersOrder() throws SSLException {
            EnginePair pair = EnginePair.of(
                    TestCertificates.clientBuilder()
                            .cipherSuites(List.of(
                                    "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256"))
                            .build(),
                    TestCertificates.serverProfile());

            assertEquals(
                    "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                    pair.handshake().serverSession().getCipherSuite());
        }

        @Test
        void prefersTheServersOrderOfTls13() throws SSLException {
            TestEngine.assume(false, TlsFeature.TLS13_SUITE_CHOICE);
            EnginePair pair = EnginePair.of(
                    TestCertificates.clientBuilder()
                            .cipherSuites(List.of("TLS_AES_256_GCM_SHA384", "TLS_AES_128_GCM_SHA256"))
                            .build(),
                    TestCertificates.serverProfile());

            assertEquals(
                    "TLS_AES_128_GCM_SHA256", pair.handshake().serverSession().getCipherSuite());
        }

        @ParameterizedTest
        @ValueSource(ints = {2, 1})
        void offersNoOldProtocolAndRefusesThem(int minorVersion) {
            TlsProfile profile = TestCertificates.serverProfile();
            TlsEngine server = TestEngine.register(profile.serverEngine());
            byte[] hello = ClientHellos.withVersion(minorVersion, ClientHellos.captured("TLSv1.2"));

            assertThrows(SSLException.class, () -> EnginePair.readFlight(server, hello));
            assertEquals(List.of("TLSv1.3", "TLSv1.2"), profile.protocols());
        }

        @Test
        void leavesOutADefaultProtocolThatNoChosenSuiteFits() {
            TestEngine.assume(false, TlsFeature.TLS13_SUITE_CHOICE);
            TlsProfile profile = clientWith("TLS_AES_128_GCM_SHA256");

            assertEquals(List.of("TLSv1.3"), profile.protocols());
            assertEquals(List.of("TLS_AES_128_GCM_SHA256"), profile.cipherSuites());
        }

        @Test
        void offersNothingButEphemeralKeysAndAuthenticatedEncryption() {
            List<String> suites = TestCertificates.serverProfile().cipherSuites();

            assertEquals(9, suites.size());
            assertTrue(suites.stream().allMatch(suite -> suite.contains("GCM") || suite.contains("POLY1305")));
            assertTrue(suites.stream().allMatch(suite -> suite.contains("_ECDHE_") || !suite.contains("_WITH_")));
        }

        private TlsProfile clientWith(String suite) {
            return TestCertificates.clientBuilder().cipherSuites(List.of(suite)).build();
        }
    }

    @Nested
    class ServerVerification {

        @ParameterizedTest
        @ValueSource(strings = {"localhost", "LOCALHOST.", "127.0.0.1", "example.org", "example.org."})
        void acceptsTheNamesAndAddressesOfTheCertificate(String host) throws SSLException {
            assertTrue(connect(TestCertificates.clientProfile(), host)
                    .handshake()
                    .clientSession()
                    .isValid());
        }

        @ParameterizedTest
        @ValueSource(strings = {"example.com", "127.0.0.2", "::1", "www.example.org"})
        void refusesAnotherName(String host) {
            EnginePair pair = connect(TestCertificates.clientProfile(), host);

            assertThrows(SSLException.class, pair::handshake);
        }

        @ParameterizedTest
        @ValueSource(strings = {"example.com", "127.0.0.2", "::1", "www.example.org"})
        void acceptsAnotherNameIfConfigured(String host) throws SSLException {
            TlsProfile trusting = TestCertificates.clientBuilder()
                    .disableHostnameVerification()
                    .build();

            assertTrue(connect(trusting, host).handshake().clientSession().isValid());
        }

        @Test
        void refusesAChainThatIsNotTrustedWhateverTheName() {
            TlsProfile stranger = TlsProfile.builder()
                    .trust(TestCertificates.other().certificate())
                    .disableHostnameVerification()
                    .build();

            assertThrows(SSLException.class, connect(stranger, "localhost")::handshake);
            assertThrows(SSLException.class, connect(TlsProfile.trustingSystem(), "localhost")::handshake);
        }

        @Test
        void acceptsAChainThatATrustedAuthoritySigned() throws SSLException {
            EnginePair pair = EnginePair.of(
                    TestCertificates.clientProfile(), TestCertificates.issued().serverProfile());

            assertEquals(2, pair.handshake().clientSession().getPeerCertificates().length);
        }

        private EnginePair connect(TlsProfile client, String host) {
            return new EnginePair(
                    client.clientEngine(host, 443),
                    TestCertificates.serverProfile().serverEngine());
        }
    }

    @Nested
    class ReadyContext {

        private SSLContext jdkServerContext() {
            TestCertificate ec = TestCertificates.ec();
            return TestCertificates.contextOf(
                    TlsProfile.builder().certificate(ec.key(), ec.certificate()).build());
        }

        @Test
        void isUsedAsItIs() throws Exception {
            SSLContext ready = jdkServerContext();
            ready.getServerSessionContext().setSessionCacheSize(5);

            TlsProfile server = TlsProfile.builder().sslContext(ready).build();

            assertEquals(
                    TestCertificates.ec().certificate(),
                    EnginePair.of(TestCertificates.clientProfile(), server)
                            .handshake()
                            .certificateThatTheClientSaw());
            assertEquals(5, ready.getServerSessionContext().getSessionCacheSize());
        }

        @Test
        void isAssumedToBlockByDefault() {
            SSLContext ready = jdkServerContext();

            assertTrue(TlsProfile.builder().sslContext(ready).build().tasksMayBlock());
            assertFalse(TlsProfile.builder()
                    .sslContext(ready)
                    .tasksMayBlock(false)
                    .build()
                    .tasksMayBlock());
        }
    }

    @Test
    void computesOnlyWithItsOwnKeysByDefault() {
        assertFalse(TestCertificates.serverProfile().tasksMayBlock());
        assertFalse(TlsProfile.trustingSystem().tasksMayBlock());
        assertTrue(TestCertificates.serverBuilder().tasksMayBlock(true).build().tasksMayBlock());
    }

    @ParameterizedTest
    @EnumSource(ClientAuth.class)
    void returnsItsSettings(ClientAuth rule) {
        TlsProfile profile = TestCertificates.serverBuilder()
                .trust(TestCertificates.authority().chainFile())
                .clientAuth(rule)
                .alpn("h2")
                .build();

        assertEquals(rule, profile.clientAuth());
        assertEquals(List.of("h2"), profile.applicationProtocols());
        assertEquals(
                List.of(
                        TestCertificates.ec().certificate(),
                        TestCertificates.rsa().certificate()),
                profile.certificates());
    }
}
