// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.engine.PeerTrust;
import io.portcullis.internal.keys.CertificateFacts;
import io.portcullis.internal.keys.Credential;
import io.portcullis.internal.keys.DatedJudge;
import io.portcullis.internal.keys.ServerNames;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The dates of a certificate that is itself trusted are checked like those of any other. */
@SuppressWarnings("TimeInStaticInitializer") // certificates around the time of the test
class TrustDatesTest {
    private static final Instant NOW = Instant.now();
    private static final X509Certificate EXPIRED =
            ForgedCertificate.selfSigned("expired", NOW.minus(10, ChronoUnit.DAYS), NOW.minus(1, ChronoUnit.DAYS));
    private static final X509Certificate EARLY =
            ForgedCertificate.selfSigned("early", NOW.plus(1, ChronoUnit.DAYS), NOW.plus(10, ChronoUnit.DAYS));
    private static final X509Certificate VALID =
            ForgedCertificate.selfSigned("valid", NOW.minus(1, ChronoUnit.DAYS), NOW.plus(10, ChronoUnit.DAYS));

    @AfterEach
    void free() {
        TestEngine.freeAll();
    }

    static Stream<Arguments> pinned() {
        return Stream.of("TLSv1.2", "TLSv1.3")
                .flatMap(protocol -> Stream.of(EXPIRED, EARLY)
                        .map(certificate ->
                                Arguments.of(protocol, CertificateFacts.subject(certificate), certificate)));
    }

    /** Presents certificates that no profile would, with the JDK's engine. */
    static TlsProfile presenting(String protocol, X509Certificate certificate) throws Exception {
        List<Credential> credentials = List.of(new Credential(ForgedCertificate.key(), List.of(certificate)));
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(
                new KeyManager[] {new ServerNameKeyManager(credentials, new ServerNames(credentials), false)},
                PeerTrust.of(List.of(
                                TestCertificates.ec().certificate(),
                                TestCertificates.rsa().certificate()))
                        .judgement()
                        .managers()
                        .toArray(TrustManager[]::new),
                null);
        return TlsProfile.builder().sslContext(context).protocols(protocol).build();
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("pinned")
    void aClientRefusesAServersCertificateThatItTrustsButThatIsNotValid(
            String protocol, String name, X509Certificate certificate) throws Exception {
        TlsProfile client =
                TestEngine.use(TlsProfile.builder()).trust(certificate, VALID).build();
        TlsProfile server = presenting(protocol, certificate);

        FilterPair refused = new FilterPair(client.clientFilter("localhost", 443), server.serverFilter()).run();

        refused.client.assertFailed(HandshakeFailure.SERVER_CERTIFICATE_REJECTED);
    }

    @ParameterizedTest(name = "{0}, {1}")
    @MethodSource("pinned")
    void aServerRefusesAClientsCertificateThatItTrustsButThatIsNotValid(
            String protocol, String name, X509Certificate certificate) throws Exception {
        TlsProfile server = TestCertificates.serverBuilder()
                .clientAuth(ClientAuth.NEED)
                .trust(certificate, VALID)
                .build();
        TlsProfile client = presenting(protocol, certificate);

        FilterPair refused = new FilterPair(client.clientFilter("localhost", 443), server.serverFilter()).run();

        refused.server.assertFailed(HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED);
    }

    @Test
    void oneThatIsTrustedAndValidIsAccepted() throws Exception {
        TlsProfile client =
                TestEngine.use(TlsProfile.builder()).trust(VALID, EXPIRED).build();
        TlsProfile server = presenting("TLSv1.3", VALID);

        new FilterPair(client.clientFilter("localhost", 443), server.serverFilter()).handshake();
    }

    @Test
    void aProfileWarnsAboutCertificatesThatAreNotValid() {
        List<String> warnings = DatedJudge.warnings(
                List.of(VALID, EXPIRED, EARLY, TestCertificates.authority().certificate()), NOW);
        assertEquals(2, warnings.size(), warnings::toString);
        assertTrue(warnings.get(0).startsWith("the trusted certificate CN=expired expired on "), warnings::toString);
        assertTrue(warnings.get(1).contains("CN=early is not valid before "), warnings::toString);
        assertTrue(warnings.get(1).endsWith("whoever presents it is refused: renew it"), warnings::toString);
        List<String> ofAuthority = DatedJudge.warnings(
                List.of(TestCertificates.authority().certificate()), NOW.plus(20_000, ChronoUnit.DAYS));
        assertEquals(1, ofAuthority.size());
        assertTrue(ofAuthority.get(0).contains("is accepted all the same"), ofAuthority::toString);
    }
}
