// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.security.Security;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

final class SelfSignedCertificateTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");
    private static final Clock CLOCK = Clock.fixed(NOW, ZoneOffset.UTC);

    private final SelfSignedCertificate made =
            SelfSignedCertificate.builder().clock(CLOCK).build();
    private final X509Certificate certificate = made.certificate();

    @ParameterizedTest
    @EnumSource(KeyType.class)
    void isSignedWithItsOwnKeyByTheJdk(KeyType type) throws Exception {
        X509Certificate signed =
                SelfSignedCertificate.builder().keyType(type).build().certificate();
        signed.verify(signed.getPublicKey());
        assertNull(Security.getProvider("BC"));
    }

    @Test
    void hasAnEcKeyOnP256UnlessToldOtherwise() {
        ECPublicKey key = (ECPublicKey) certificate.getPublicKey();
        assertEquals(256, key.getParams().getOrder().bitLength());
        assertEquals("SHA256withECDSA", certificate.getSigAlgName());
        assertArrayEquals(
                new boolean[] {true, false, false, false, false, false, false, false, false},
                certificate.getKeyUsage());
    }

    @Test
    void canHaveAnRsaKeyThatEncryptsToo() {
        X509Certificate rsa = SelfSignedCertificate.builder()
                .keyType(KeyType.RSA_2048)
                .build()
                .certificate();
        assertEquals(2048, ((RSAPublicKey) rsa.getPublicKey()).getModulus().bitLength());
        assertEquals("SHA256withRSA", rsa.getSigAlgName());
        assertArrayEquals(
                new boolean[] {true, false, true, false, false, false, false, false, false}, rsa.getKeyUsage());
    }

    @Test
    void namesTheLoopbackUnlessToldOtherwise() throws Exception {
        assertEquals(List.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"), alternatives(certificate));
        assertEquals(
                "CN=localhost,O=Portcullis testkit",
                certificate.getSubjectX500Principal().getName());
    }

    @Test
    void namesOthersInPlaceOfTheLoopback() throws Exception {
        X509Certificate other = SelfSignedCertificate.create("one.example", "*.two.example", "192.0.2.1", "2001:db8::1")
                .certificate();
        assertEquals(List.of("one.example", "*.two.example", "192.0.2.1", "2001:db8:0:0:0:0:0:1"), alternatives(other));
        assertEquals(
                "CN=one.example,O=Portcullis testkit",
                other.getSubjectX500Principal().getName());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "a b", "a..b", "-a", "a,CN=b", "300.1.1.1", "1:2", "[::1]", "b\u00fccher.example"})
    void refusesWhatIsNeitherADnsNameNorAnAddress(String name) {
        SelfSignedCertificateBuilder builder = SelfSignedCertificate.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.names(name));
    }

    @Test
    void refusesNoNames() {
        SelfSignedCertificateBuilder builder = SelfSignedCertificate.builder();
        assertThrows(IllegalArgumentException.class, builder::names);
    }

    private static List<Object> alternatives(X509Certificate certificate) throws Exception {
        List<Object> names = new ArrayList<>();
        certificate.getSubjectAlternativeNames().forEach(entry -> names.add(entry.get(1)));
        return names;
    }

    @Test
    void isValidFromAnHourAgoForNinetyDaysUnlessToldOtherwise() {
        assertEquals(NOW.minus(Duration.ofHours(1)), certificate.getNotBefore().toInstant());
        assertEquals(NOW.plus(Duration.ofDays(90)), certificate.getNotAfter().toInstant());
    }

    @Test
    void isValidForAsLongAsItIsTold() {
        X509Certificate brief = SelfSignedCertificate.builder()
                .clock(CLOCK)
                .validity(Duration.ofMinutes(5))
                .build()
                .certificate();
        assertEquals(NOW.plus(Duration.ofMinutes(5)), brief.getNotAfter().toInstant());
    }

    @Test
    void canHaveExpiredOrNotBeValidYet() {
        X509Certificate expired = at(Clock.offset(Clock.systemUTC(), Duration.ofDays(-91)));
        X509Certificate early = at(Clock.offset(Clock.systemUTC(), Duration.ofDays(1)));
        assertThrows(CertificateExpiredException.class, expired::checkValidity);
        assertThrows(CertificateNotYetValidException.class, early::checkValidity);
    }

    private static X509Certificate at(Clock clock) {
        return SelfSignedCertificate.builder().clock(clock).build().certificate();
    }

    @Test
    void refusesAValidityOfLessThanASecond() {
        SelfSignedCertificateBuilder builder = SelfSignedCertificate.builder();
        assertThrows(IllegalArgumentException.class, () -> builder.validity(Duration.ofMillis(999)));
    }

    @Test
    void isForServersAndClientsAndNoAuthority() throws Exception {
        assertEquals(List.of("1.3.6.1.5.5.7.3.1", "1.3.6.1.5.5.7.3.2"), certificate.getExtendedKeyUsage());
        assertEquals(-1, certificate.getBasicConstraints());
    }

    @Test
    void isAnotherOneEachTime() {
        X509Certificate other =
                SelfSignedCertificate.builder().clock(CLOCK).build().certificate();
        assertNotEquals(certificate.getSerialNumber(), other.getSerialNumber());
        assertNotEquals(certificate.getPublicKey(), other.getPublicKey());
    }

    @Test
    void saysWhatItIsWithoutTheKey() {
        assertEquals(
                "SelfSignedCertificate[CN=localhost,O=Portcullis testkit, valid until 2027-02-20T12:00:00Z]",
                made.toString());
        assertFalse(made.toString().contains(made.key().toString()));
    }
}
