// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

final class SelfSignedCertificateTest {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private final SelfSignedCertificate made = SelfSignedCertificate.create(Clock.fixed(NOW, ZoneOffset.UTC));
    private final X509Certificate certificate = made.certificate();

    @Test
    void isSignedWithItsOwnKeyByTheJdk() throws Exception {
        certificate.verify(certificate.getPublicKey());
        assertEquals("SHA256withECDSA", certificate.getSigAlgName());
        assertEquals(
                256,
                ((ECPublicKey) certificate.getPublicKey())
                        .getParams()
                        .getOrder()
                        .bitLength());
        assertNull(Security.getProvider("BC"));
    }

    @Test
    void namesTheLoopback() throws Exception {
        assertEquals(List.of("localhost", "127.0.0.1", "0:0:0:0:0:0:0:1"), alternatives(certificate));
        assertEquals(
                "CN=localhost,O=Portcullis samples",
                certificate.getSubjectX500Principal().getName());
    }

    @Test
    void namesOthersInPlaceOfTheLoopback() throws Exception {
        X509Certificate other = SelfSignedCertificate.create(Clock.systemUTC(), "one.example", "two.example")
                .certificate();
        assertEquals(List.of("one.example", "two.example"), alternatives(other));
        assertEquals(
                "CN=one.example,O=Portcullis samples",
                other.getSubjectX500Principal().getName());
    }

    private static List<Object> alternatives(X509Certificate certificate) throws Exception {
        List<Object> names = new ArrayList<>();
        certificate.getSubjectAlternativeNames().forEach(entry -> names.add(entry.get(1)));
        return names;
    }

    @Test
    void isValidFromAnHourAgoForNinetyDays() {
        Instant from = NOW.minus(Duration.ofHours(1));
        assertEquals(from, certificate.getNotBefore().toInstant());
        assertEquals(from.plus(Duration.ofDays(90)), certificate.getNotAfter().toInstant());
    }

    @Test
    void isNotACertificateAuthority() {
        assertEquals(-1, certificate.getBasicConstraints());
    }

    @Test
    void isDifferentEachTime() {
        SelfSignedCertificate other = SelfSignedCertificate.create(Clock.fixed(NOW, ZoneOffset.UTC));
        assertNotEquals(certificate.getSerialNumber(), other.certificate().getSerialNumber());
    }
}
