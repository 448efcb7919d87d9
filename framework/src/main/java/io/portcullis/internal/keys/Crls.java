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

/** Reads lists of revoked certificates (RFC 5280, 5), in PEM or in DER. */
public final class Crls {
    private Crls() {}

    /** All lists in a file; at least one. */
    public static List<X509CRL> read(Path file) {
        byte[] bytes = Pem.readBytes(file);
        if (bytes.length > 0 && (bytes[0] & 0xff) == Der.SEQUENCE) {
            return List.of(parse(bytes, file.toString()));
        }
        List<X509CRL> crls = new ArrayList<>();
        Pem pem = Pem.read(file);
        for (byte[] block : pem.crls()) {
            crls.add(parse(block, "list number " + (crls.size() + 1) + " in " + pem.name()));
        }
        return List.copyOf(crls);
    }

    private static X509CRL parse(byte[] der, String name) {
        try {
            Der.read(der); // a factory would leave unread what stands behind the list
            return (X509CRL) CertificateFactory.getInstance("X.509").generateCRL(new ByteArrayInputStream(der));
        } catch (CRLException | CertificateException | IllegalArgumentException e) {
            throw Refusal.of(name + " is damaged, or no list of revoked certificates (CRL); fetch it again", e);
        }
    }

    /** What is to be said of lists that are not current: nobody who needs them is accepted. */
    public static List<String> warnings(List<X509CRL> crls, Instant now) {
        List<String> warnings = new ArrayList<>();
        for (X509CRL crl : crls) {
            if (crl.getNextUpdate() != null && now.isAfter(crl.getNextUpdate().toInstant())) {
                warnings.add("the list of revoked certificates of "
                        + ForeignText.of(crl.getIssuerX500Principal().getName()) + " should have been renewed on "
                        + CertificateFacts.date(crl.getNextUpdate())
                        + "; whoever presents a certificate of that authority is refused: fetch a new list");
            }
        }
        return warnings;
    }
}
