// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.engine.SslEngineAdapter;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.ServerNames;
import io.portcullis.tls.spi.TlsEngine;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLEngineResult.HandshakeStatus;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class ServerNameChoiceTest {
    private static final List<TestCertificate> ALL = List.of(
            TestCertificates.ec(),
            TestCertificates.rsa(),
            TestCertificates.other(),
            TestCertificates.otherRsa(),
            TestCertificates.wildcard(),
            TestCertificates.insideWildcard(),
            TestCertificates.commonNameOnly());

    private final TlsProfile server = serverWith(ALL);

    static Stream<Arguments> names() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Stream.of(
                        Arguments.of(protocol, "localhost", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "localhost", "RSA", TestCertificates.rsa()),
                        Arguments.of(protocol, "example.org", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "other.example", "EC", TestCertificates.other()),
                        Arguments.of(protocol, "other.example", "RSA", TestCertificates.otherRsa()),
                        Arguments.of(protocol, "OTHER.Example", "EC", TestCertificates.other()),
                        Arguments.of(protocol, "other.example.", "EC", TestCertificates.other()),
                        Arguments.of(protocol, "one.wild.example", "EC", TestCertificates.insideWildcard()),
                        Arguments.of(protocol, "two.wild.example", "EC", TestCertificates.wildcard()),
                        Arguments.of(protocol, "Two.Wild.Example", "EC", TestCertificates.wildcard()),
                        Arguments.of(protocol, "a.two.wild.example", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "wild.example", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "common.example", "EC", TestCertificates.commonNameOnly()),
                        Arguments.of(protocol, "bücher.example", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "unknown.example", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "unknown.example", "RSA", TestCertificates.rsa()),
                        Arguments.of(protocol, "127.0.0.1", "EC", TestCertificates.ec()),
                        Arguments.of(protocol, "127.0.0.1", "RSA", TestCertificates.rsa()),
                        Arguments.of(protocol, "[::1]", "RSA", TestCertificates.rsa())));
    }

    @ParameterizedTest(name = "{0} {1} {2}")
    @MethodSource("names")
    void presentsTheCertificateForTheNameAndTheTypeOfKey(
            String protocol, String name, String keyType, TestCertificate expected) throws SSLException {
        TlsProfile client = TestCertificates.jdkClientBuilder()
                .protocols(protocol)
                .disableHostnameVerification()
                .build();
        EnginePair pair = new EnginePair(onlyKeysOf(keyType, client, name), server.serverEngine());

        pair.handshake();

        assertEquals(expected.certificate(), pair.certificateThatTheClientSaw());
        assertEquals(protocol, pair.clientSession().getProtocol());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void presentsTheOnlyCertificateForANameWhateverTheOrderOfKeyTypes(String protocol) throws SSLException {
        TlsProfile twoServers = serverWith(List.of(TestCertificates.ec(), TestCertificates.otherRsa()));
        TlsProfile client = TestCertificates.clientBuilder().protocols(protocol).build();
        EnginePair pair = new EnginePair(client.clientEngine("other.example", 443), twoServers.serverEngine());

        pair.handshake();

        assertEquals(TestCertificates.otherRsa().certificate(), pair.certificateThatTheClientSaw());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void refusesAClientThatCannotVerifyTheOnlyKey(String protocol) {
        TlsProfile ecOnly = serverWith(List.of(TestCertificates.ec()));
        TlsProfile client =
                TestCertificates.jdkClientBuilder().protocols(protocol).build();
        EnginePair pair = new EnginePair(onlyKeysOf("RSA", client, "localhost"), ecOnly.serverEngine());

        assertThrows(SSLException.class, pair::handshake);
    }

    @Test
    void queriesTheSessionOnlyIfTheEngineCannotDecideOrThereIsAChoice() {
        Credential ec = credential(TestCertificates.ec());
        SSLEngine withoutSession = new ScriptedSslEngine(HandshakeStatus.NEED_UNWRAP);

        assertEquals("0", manager(true, ec).chooseEngineServerAlias("EC", null, withoutSession));
        assertNull(manager(true, ec).chooseEngineServerAlias("RSA", null, withoutSession));
        for (ServerNameKeyManager asking :
                List.of(manager(false, ec), manager(true, ec, credential(TestCertificates.rsa())))) {
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> asking.chooseEngineServerAlias("EC", null, withoutSession));
        }
    }

    private static ServerNameKeyManager manager(boolean checksSignatures, Credential... credentials) {
        List<Credential> list = List.of(credentials);
        return new ServerNameKeyManager(list, new ServerNames(list), checksSignatures);
    }

    @Test
    void fallsBackToTheWildcardForAKeyTypeThatTheExactNameLacks() {
        Credential exact = credential(TestCertificates.insideWildcard());
        ServerNames names = new ServerNames(List.of(exact, credential(TestCertificates.wildcard())));

        assertEquals(exact, names.choose("one.wild.example", of("EC")));
        assertNull(names.choose("one.wild.example", of("RSA")));
        assertNull(names.choose(null, of("RSA")));
    }

    @Test
    void takesTheFirstOfTwoCertificatesForTheSameNameAndTypeOfKey() {
        Credential first = credential(TestCertificates.issued());
        ServerNames names = new ServerNames(List.of(first, credential(TestCertificates.ec())));

        assertEquals(first, names.choose("localhost", of("EC")));
        assertEquals(first, names.choose("example.org", of("EC")));
        assertEquals(first, names.choose("unknown.example", of("EC")));
    }

    @ParameterizedTest
    @NotOn(value = "conscrypt", because = "it refuses with another alert (40)")
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void refusesUnknownNamesWithTheirAlertIfConfigured(String protocol) {
        TlsProfile strict =
                TestCertificates.serverBuilder().refuseUnknownServerNames().build();
        TlsProfile client = TestCertificates.clientBuilder().protocols(protocol).build();
        EnginePair pair = new EnginePair(client.clientEngine("unknown.example", 443), strict.serverEngine());

        assertThrows(SSLException.class, pair::handshake);
        assertEquals(112, pair.serverAlert());
    }

    @ParameterizedTest
    @ValueSource(strings = {"localhost", "LOCALHOST", "127.0.0.1"})
    void servesKnownNamesAndNoNameWhenUnknownOnesAreRefused(String host) throws SSLException {
        TlsProfile strict =
                TestCertificates.serverBuilder().refuseUnknownServerNames().build();
        EnginePair pair =
                new EnginePair(TestCertificates.clientProfile().clientEngine(host, 443), strict.serverEngine());

        pair.handshake();

        assertTrue(pair.clientSession().isValid());
    }

    @Test
    void asksForTheNameInAsciiAndNotForAddresses() {
        TlsProfile client = TestCertificates.jdkClientBuilder().build();

        assertEquals(List.of("xn--bcher-kva.example"), namesAskedFor(client.clientSslEngine("bücher.example", 1)));
        assertEquals(List.of("localhost"), namesAskedFor(client.clientSslEngine("localhost", 1)));
        assertEquals(List.of("example.org"), namesAskedFor(client.clientSslEngine("example.org.", 1)));
        assertEquals(List.of("example.org"), namesAskedFor(client.clientSslEngine("example。org。", 1)));
        assertEquals(List.of(), namesAskedFor(client.clientSslEngine("127.0.0.1", 1)));
        assertEquals(List.of(), namesAskedFor(client.clientSslEngine("2001:db8::1", 1)));
        assertEquals("2001:db8::1", client.clientSslEngine("[2001:db8::1]", 1).getPeerHost());
    }

    private static List<String> namesAskedFor(SSLEngine engine) {
        List<?> names = engine.getSSLParameters().getServerNames();
        return names == null
                ? List.of()
                : names.stream()
                        .map(name -> ((SNIHostName) name).getAsciiName())
                        .toList();
    }

    /** Restricts a client to the signatures of one type of key. */
    private static TlsEngine onlyKeysOf(String keyType, TlsProfile jdkClient, String host) {
        SSLEngine engine = jdkClient.clientSslEngine(host, 443);
        String refused = keyType.equals("EC") ? "rsa" : "ecdsa";
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setAlgorithmConstraints(new WithoutSignatures(refused));
        engine.setSSLParameters(parameters);
        return new SslEngineAdapter(engine);
    }

    private static Predicate<Credential> of(String keyType) {
        return credential -> credential.keyType().equals(keyType);
    }

    private static Credential credential(TestCertificate certificate) {
        return new Credential(certificate.key(), certificate.chain());
    }

    private static TlsProfile serverWith(List<TestCertificate> certificates) {
        TlsProfileBuilder builder = TestEngine.use(TlsProfile.builder());
        for (TestCertificate one : certificates) {
            builder.certificate(one.chainFile(), one.keyFile());
        }
        return builder.build();
    }
}
