// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignText;
import java.io.ByteArrayInputStream;
import java.nio.file.Path;
import java.security.cert.CRLException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509CRL;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Reads certificate revocation lists (CRLs; RFC 5280, 5), in PEM or DER. */
public final class Crls {
    private Crls() {}

    /** Returns all CRLs of a file, which has at least one. */
    public static List<X509CRL> read(Path file) {
        byte[] bytes = Pem.readBytes(file);
        if (bytes.length > 0 && (bytes[0] & 0xff) == Der.SEQUENCE) {
            return List.of(parse(bytes, file.toString()));
        }
        List<X509CRL> crls = new ArrayList<>();
        Pem pem = Pem.read(file);
        for (byte[] block : pem.crls()) {
            crls.add(parse(block, "CRL number " + (crls.size() + 1) + " in " + pem.name()));
        }
        return List.copyOf(crls);
    }

    private static X509CRL parse(byte[] der, String name) {
        try {
            Der.read(der); // the factory would ignore trailing bytes
            return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
        } catch (CRLException | CertificateException | IllegalArgumentException e) {
            throw Refusal.of(name + " is damaged, or not a certificate revocation list (CRL); fetch it again", e);
        }
    }

    /** Returns a warning for each CRL that is out of date. */
    public static List<String> warnings(List<X509CRL> crls, Instant now) {
        List<String> warnings = new ArrayList<>();
        for (X509CRL crl : crls) {
            if (crl.getNextUpdate() != null && now.isAfter(crl.getNextUpdate().toInstant())) {
                warnings.add("the CRL of "
                        + ForeignText.of(crl.getIssuerX500Principal().getName()) + " expired on "
                        + CertificateFacts.date(crl.getNextUpdate())
                        + "; certificates of that authority are refused: fetch a new CRL");
            }
        }
        return warnings;
    }
}
