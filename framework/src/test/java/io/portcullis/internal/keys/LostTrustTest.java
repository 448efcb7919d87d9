// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.ForgedCertificate;
import io.portcullis.tls.TestCertificates;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LostTrustTest {
    private static final X509Certificate KEPT = TestCertificates.authority().certificate();
    private static final X509Certificate LOST =
            TestCertificates.strangeAuthority().certificate();

    private static X509Certificate named(String commonName) {
        Instant from = Instant.now().minus(Duration.ofDays(1));
        return ForgedCertificate.selfSigned(commonName, from, from.plus(Duration.ofDays(2)));
    }

    @Test
    void doesNotReportRenewedMovedOrAddedCertificates() {
        X509Certificate old = named("renewed");
        X509Certificate renewed = named("renewed");
        assertFalse(old.equals(renewed));
        assertEquals(Optional.empty(), LostTrust.warning(List.of(old, KEPT), List.of(KEPT, LOST, renewed)));
        assertEquals(Optional.empty(), LostTrust.warning(List.of(), List.of(KEPT)));
    }

    @Test
    void missesAnAuthorityThatHasAnotherKeyNow() {
        X509Certificate sameName = ForgedCertificate.selfSigned("Strange authority", Instant.EPOCH, Instant.EPOCH);
        assertEquals(sameName.getSubjectX500Principal(), LOST.getSubjectX500Principal());
        assertTrue(LostTrust.warning(List.of(LOST), List.of(sameName)).isPresent());
    }

    @Test
    void namesAreEscapedAndFewAndAnAuthorityCountsOnce() {
        List<X509Certificate> many = IntStream.range(0, 200)
                .mapToObj(number -> named("authority " + number + "\nWARN forged" + "x".repeat(500)))
                .toList();
        String warning = LostTrust.warning(many, List.of(KEPT)).orElseThrow();
        assertTrue(warning.startsWith("200 of "), warning);
        assertTrue(warning.contains("and 195 more"), warning);
        assertFalse(warning.chars().anyMatch(Character::isISOControl), warning);
        assertTrue(warning.length() < 2_000, () -> warning.length() + " characters");
        String twice = LostTrust.warning(List.of(named("a"), named("a")), List.of(KEPT))
                .orElseThrow();
        assertTrue(twice.startsWith("1 of "), twice);
    }
}
