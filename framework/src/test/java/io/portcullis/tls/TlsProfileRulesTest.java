// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import static io.portcullis.tls.Refused.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Methods that contradict each other, or are called in the wrong place, are refused with a helpful message. */
class TlsProfileRulesTest {
    private static final char[] PASSWORD = TestCertificate.PASSWORD.toCharArray();
    private static final TestCertificate EC = TestCertificates.ec();
    private static final TestCertificate RSA = TestCertificates.rsa();

    @SuppressWarnings("checkstyle:MethodLength") // a table
    static Stream<Refused> rules() {
        SSLContext ready = TestCertificates.jdkClientContext();
        return Stream.of(
                refused(
                        "protocol",
                        b -> b.protocols("TLSv1.4"),
                        "unknown or disabled protocol 'TLSv1.4'",
                        "TLSv1.3, TLSv1.2"),
                refused(
                        "old protocol",
                        b -> b.protocols("TLSv1.1"),
                        "unknown or disabled protocol 'TLSv1.1'",
                        "TLSv1.2"),
                refused("no protocol", b -> b.protocols(), "list of protocols is empty"),
                refused(
                        "suite",
                        b -> b.cipherSuites(List.of("TLS_X")),
                        "cipher suite 'TLS_X'",
                        "TLS_AES_128_GCM_SHA256"),
                refused("no suite", b -> b.cipherSuites(List.of()), "list of cipher suites is empty"),
                refused(
                        "suites for none of the protocols",
                        b -> b.protocols("TLSv1.3").cipherSuites(List.of("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256")),
                        "none of the cipher suites fits TLSv1.3"),
                refused(
                        "suites for one of the protocols",
                        b -> b.protocols("TLSv1.3", "TLSv1.2").cipherSuites(List.of("TLS_AES_128_GCM_SHA256")),
                        "none of the cipher suites fits TLSv1.2",
                        "omit the protocol"),
                refused("need", b -> b.clientAuth(ClientAuth.NEED), "clientAuth(NEED)", "trust()"),
                refused("want", b -> b.clientAuth(ClientAuth.WANT), "clientAuth(WANT)", "trust()"),
                refused("no trust", b -> b.trust(new X509Certificate[0]), "trust() was given no certificate"),
                refused("cache", b -> b.sessionCache(0, Duration.ofHours(1)), "session cache of 0", "minimum is 1"),
                refused("lifetime", b -> b.sessionCache(1, Duration.ofMillis(1)), "1 second to 7 days"),
                refused("lifetime", b -> b.sessionCache(1, Duration.ofDays(8)), "1 second to 7 days"),
                refused("ALPN", b -> b.alpn(""), "1 to 255 bytes"),
                refused("ALPN", b -> b.alpn("x".repeat(256)), "1 to 255 bytes"),
                refused("names", b -> b.refuseUnknownServerNames(), "refuseUnknownServerNames() needs certificates"),
                refused(
                        "context and certificate",
                        b -> b.sslContext(ready).certificate(EC.key(), EC.certificate()),
                        "a given SSLContext brings its own certificates and trust"),
                refused(
                        "context and trust",
                        b -> b.sslContext(ready).trust(EC.certificate()),
                        "a given SSLContext brings its own certificates and trust"));
    }

    @ParameterizedTest
    @MethodSource("rules")
    void says(Refused refused) {
        refused.check();
    }

    @Test
    void reportsThatAProfileWithoutCertificateCannotServe() {
        TlsProfile client = TlsProfile.trustingSystem();

        String message = String.valueOf(
                assertThrows(IllegalStateException.class, client::serverFilter).getMessage());

        assertTrue(message.contains("no certificate"), message);
        assertTrue(message.contains("certificate() or keyStore()"), message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", ".", "two words", "under_score.example", "a..b"})
    void reportsAnInvalidHostName(String host) {
        TlsProfile client = TlsProfile.trustingSystem();

        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> client.clientFilter(host, 1))
                .getMessage());

        assertTrue(message.contains("cannot be the name of a server"), message);
    }

    @Test
    void holdsNoSecretInItsDescription() {
        TlsProfile profile = TlsProfile.builder()
                .certificate(EC.chainFile(), EC.encryptedKeyFile(), PASSWORD)
                .keyStore(RSA.keyStoreFile(), PASSWORD)
                .build();

        Refused.assertNoSecretIn(profile.toString());
        assertTrue(profile.toString().contains("CN=localhost, valid until 20"), profile.toString());
        assertEquals(2, profile.certificates().size());
    }
}
