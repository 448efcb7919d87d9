// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;

/**
 * Finds renewed chains that have lost the issuer's certificate. A file that was truncated between two certificates can
 * still be read, but only clients that have the issuer from elsewhere accept the chain.
 */
public final class LostIssuers {
    private LostIssuers() {}

    /**
     * Compares chains for the same names.
     *
     * @param before the chains presented so far
     * @param now the chains presented from now on
     * @return one sentence for each new chain that lacks the issuer's certificate although the one before had it
     */
    public static List<String> warnings(List<Credential> before, List<Credential> now) {
        List<String> warnings = new ArrayList<>();
        for (Credential credential : now) {
            if (!hasIssuer(credential) && before.stream().anyMatch(old -> hasIssuer(old) && isFor(old, credential))) {
                warnings.add("the new chain of " + credential
                        + " lacks the certificate of its issuer, which the previous chain had; clients that do not"
                        + " know the issuer refuse it: append the issuer's certificate, unless that is intended");
            }
        }
        return warnings;
    }

    /** A self-signed certificate needs no issuer. */
    private static boolean hasIssuer(Credential credential) {
        List<X509Certificate> chain = credential.chain();
        X509Certificate leaf = credential.certificate();
        return leaf.getIssuerX500Principal().equals(leaf.getSubjectX500Principal())
                ? chain.size() > 1
                : chain.stream()
                        .skip(1)
                        .anyMatch(next -> next.getSubjectX500Principal().equals(leaf.getIssuerX500Principal()));
    }

    private static boolean isFor(Credential old, Credential next) {
        return CertificateFacts.names(old.certificate()).equals(CertificateFacts.names(next.certificate()))
                && !next.certificate()
                        .getIssuerX500Principal()
                        .equals(next.certificate().getSubjectX500Principal());
    }
}
