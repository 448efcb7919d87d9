// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.Der;
import java.security.GeneralSecurityException;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;

/** Makes certificate revocation lists (RFC 5280, 5.1), in DER. */
final class ForgedCrl {
    private static final byte[] VERSION_2 = Der.write(Der.INTEGER, new byte[] {1});

    private ForgedCrl() {}

    /** A list of an authority, valid for a day. */
    static byte[] of(TestCertificate authority, X509Certificate... revoked) {
        Instant now = Instant.now();
        return of(authority, now.minus(1, ChronoUnit.HOURS), now.plus(1, ChronoUnit.DAYS), revoked);
    }

    static byte[] of(TestCertificate authority, Instant made, Instant next, X509Certificate... revoked) {
        List<byte[]> parts = new ArrayList<>(List.of(
                VERSION_2,
                ForgedCertificate.ECDSA_WITH_SHA256,
                authority.certificate().getSubjectX500Principal().getEncoded(),
                ForgedCertificate.time(made),
                ForgedCertificate.time(next)));
        if (revoked.length > 0) {
            List<byte[]> entries = new ArrayList<>();
            for (X509Certificate certificate : revoked) {
                byte[] serial =
                        Der.write(Der.INTEGER, certificate.getSerialNumber().toByteArray());
                entries.add(Der.write(Der.SEQUENCE, serial, ForgedCertificate.time(made)));
            }
            parts.add(Der.write(Der.SEQUENCE, entries.toArray(byte[][]::new)));
        }
        byte[] body = Der.write(Der.SEQUENCE, parts.toArray(byte[][]::new));
        try {
            Signature signature = Signature.getInstance("SHA256withECDSA");
            signature.initSign(authority.key());
            signature.update(body);
            return Der.write(
                    Der.SEQUENCE,
                    body,
                    ForgedCertificate.ECDSA_WITH_SHA256,
                    Der.write(ForgedCertificate.BIT_STRING, new byte[1], signature.sign()));
        } catch (GeneralSecurityException e) {
            throw new IllegalStateException(e);
        }
    }
}
