// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.portcullis.internal.engine.JdkEngineFactory;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLParameters;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Of several certificates one is presented whose signatures the peer can verify, if there is one (RFC 8446, 4.2.3), by
 * all criteria: curve, kind of RSA, and version; for a server and a client.
 */
class SignatureChoiceTest {
    private static final TestCertificate EC = TestCertificates.ec();
    private static final TestCertificate EC384 = TestCertificates.ec384();
    private static final TestCertificate EC521 = TestCertificates.ec521();
    private static final TestCertificate ED25519 = TestCertificates.ed25519();
    private static final TestCertificate ED448 = TestCertificates.ed448();
    private static final TestCertificate RSA = TestCertificates.rsa();
    private static final TestCertificate PSS = TestCertificates.rsaPss();

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Arguments> choices() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Stream.of(
                        Arguments.of(protocol, List.of(EC384, RSA), "secp384r1|secp521r1", RSA),
                        Arguments.of(protocol, List.of(EC384, EC), "secp384r1|secp521r1", EC),
                        Arguments.of(protocol, List.of(EC, EC384), "secp256r1|secp521r1", EC384),
                        Arguments.of(protocol, List.of(RSA, EC384, EC), "rsa.*|secp384r1", EC),
                        Arguments.of(protocol, List.of(EC384, EC, RSA), "ecdsa", RSA),
                        Arguments.of(protocol, List.of(PSS, RSA), "rsa_pss_pss", RSA),
                        Arguments.of(protocol, List.of(RSA, PSS), "rsa_pss_rsae|rsa_pkcs1", PSS),
                        Arguments.of(protocol, List.of(EC521, RSA), "secp521r1", RSA),
                        Arguments.of(protocol, List.of(EC, EC521), "secp256r1|secp384r1", EC521),
                        Arguments.of(protocol, List.of(ED25519, RSA), "ed25519", RSA),
                        Arguments.of(protocol, List.of(EC, ED25519), "ecdsa", ED25519),
                        Arguments.of(protocol, List.of(ED448, ED25519), "ed448", ED25519),
                        Arguments.of(protocol, List.of(ED25519, ED448), "ed25519", ED448),
                        Arguments.of(protocol, List.of(ED448, EC), "ed448|ed25519", EC)));
    }

    @ParameterizedTest(name = "{0}, {index}: without {2}")
    @MethodSource("choices")
    void presentsAServersCertificateThatTheClientCanVerify(
            String protocol, List<TestCertificate> ours, String refused, TestCertificate expected) {
        assumeKeysOfThatType(ours);
        TlsProfile client =
                TestCertificates.jdkClientBuilder().protocols(protocol).build();
        FilterPair pair = new FilterPair(
                JdkEngines.filter(without(refused, client.clientSslEngine("localhost", 443))),
                presenting(ours, settings -> settings).serverFilter());

        pair.handshake();

        assertEquals(List.of(expected.certificate()), peers(pair.client));
    }

    /** RFC 8446, 4.2.3: the schemes of PKCS #1 are for certificates only. */
    @Test
    void presentsNoRsaKeyUnderTls13ToAClientThatVerifiesItByPkcs1Only() {
        TlsProfile client = TestCertificates.jdkClientBuilder().build();
        FilterPair pair = new FilterPair(
                JdkEngines.filter(without("rsa_pss|RSASSA", client.clientSslEngine("localhost", 443))),
                presenting(List.of(RSA, EC), settings -> settings).serverFilter());

        pair.handshake();

        assertEquals(List.of(EC.certificate()), peers(pair.client));
    }

    @ParameterizedTest(name = "{0}, {index}: without {2}")
    @MethodSource("choices")
    void presentsAClientsCertificateThatTheServerCanVerify(
            String protocol, List<TestCertificate> ours, String refused, TestCertificate expected) {
        assumeKeysOfThatType(ours);
        FilterPair pair = toAServerWithout(refused, protocol, ours, ClientAuth.NEED);

        pair.handshake();

        assertEquals(List.of(expected.certificate()), peers(pair.server));
    }

    /** RFC 8446, 4.4.2.3: a client without a suitable one sends none; the server decides. */
    @Test
    void presentsNoClientCertificateThatTheServerCannotVerify() {
        FilterPair pair = toAServerWithout("secp384r1", "TLSv1.3", List.of(EC384), ClientAuth.WANT);

        pair.handshake();

        assertEquals(List.of(), peers(pair.server));
    }

    private static FilterPair toAServerWithout(
            String refused, String protocol, List<TestCertificate> clients, ClientAuth rule) {
        TlsProfile server = TlsProfile.builder()
                .certificate(
                        TestCertificates.issued().chainFile(),
                        TestCertificates.issued().keyFile())
                .certificate(RSA.chainFile(), RSA.keyFile())
                .protocols(protocol)
                .clientAuth(rule)
                .trust(
                        EC.certificate(),
                        EC384.certificate(),
                        EC521.certificate(),
                        ED25519.certificate(),
                        ED448.certificate(),
                        RSA.certificate(),
                        PSS.certificate())
                .build();
        SSLEngine judging = without(refused, ((JdkEngineFactory) server.factory()).serverSslEngine());
        TlsProfileBuilder client = TestCertificates.clientBuilder().protocols(protocol);
        clients.forEach(one -> client.certificate(one.chainFile(), one.keyFile()));
        return new FilterPair(client.build().clientFilter("localhost", 443), JdkEngines.filter(judging));
    }

    private static void assumeKeysOfThatType(List<TestCertificate> ours) {
        Set<String> able = TestEngine.use(TlsProfile.builder()).build().engine().keyTypes();
        Assumptions.assumeTrue(
                ours.stream().allMatch(one -> able.contains(one.key().getAlgorithm())),
                () -> TestEngine.NAME + " differs: it has keys of the types " + able);
    }

    private static TlsProfile presenting(List<TestCertificate> ours, UnaryOperator<TlsProfileBuilder> settings) {
        TlsProfileBuilder builder = TestEngine.use(TlsProfile.builder());
        ours.forEach(one -> builder.certificate(one.chainFile(), one.keyFile()));
        return settings.apply(builder).build();
    }

    private static List<?> peers(FilterEnd end) {
        TlsSession session = end.filter.session();
        assertNotNull(session);
        return session.peerCertificates();
    }

    /** An engine of the JDK that does not verify signatures by schemes whose names contain this. */
    private static SSLEngine without(String schemes, SSLEngine engine) {
        SSLParameters parameters = engine.getSSLParameters();
        parameters.setAlgorithmConstraints(new WithoutSignatures(schemes.toLowerCase(Locale.ROOT)));
        engine.setSSLParameters(parameters);
        return engine;
    }
}
