// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignText;
import java.security.GeneralSecurityException;
import java.security.cert.CertPathBuilder;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertStore;
import java.security.cert.CertificateException;
import java.security.cert.CollectionCertStoreParameters;
import java.security.cert.PKIXBuilderParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509CRL;
import java.security.cert.X509CertSelector;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Requires a current CRL, signed by the issuer, for each certificate of a chain (RFC 5280, 6.3). Uses the JDK's PKIX
 * algorithm with the CRLs of a profile and without network access. A certificate that is itself trusted needs no CRL.
 */
public final class CrlPath {
    /** The JDK's default is at most 5 intermediate certificates. */
    private static final int LONGEST = 10;

    private final Set<TrustAnchor> anchors;
    private final Set<X509Certificate> trusted;
    private final List<X509CRL> crls;

    /**
     * Creates a check.
     *
     * @param trusted the trusted authorities; not empty
     * @param crls the revocation lists
     */
    public CrlPath(X509Certificate[] trusted, List<X509CRL> crls) {
        this.trusted = Set.copyOf(Arrays.asList(trusted));
        this.anchors = this.trusted.stream()
                .map(authority -> new TrustAnchor(authority, null))
                .collect(Collectors.toUnmodifiableSet());
        this.crls = List.copyOf(crls);
    }

    void check(X509Certificate[] chain) throws CertificateException {
        if (trusted.contains(chain[0])) {
            return;
        }
        try {
            X509CertSelector target = new X509CertSelector();
            target.setCertificate(chain[0]);
            PKIXBuilderParameters parameters = new PKIXBuilderParameters(anchors, target);
            parameters.addCertStore(store(Arrays.asList(chain)));
            parameters.addCertStore(store(crls));
            parameters.setMaxPathLength(LONGEST);
            parameters.setRevocationEnabled(true);
            CertPathBuilder.getInstance("PKIX").build(parameters);
        } catch (CertPathBuilderException refused) {
            throw new CertificateException(
                    "the peer's chain does not pass the check against the CRLs ("
                            + ForeignText.of(refused.getMessage())
                            + "); each of its authorities needs a current list in crls()",
                    refused.getCause() != null ? refused.getCause() : refused);
        } catch (GeneralSecurityException impossible) {
            throw new CertificateException("this JDK cannot check CRLs", impossible);
        }
    }

    private static CertStore store(List<?> contents) throws GeneralSecurityException {
        return CertStore.getInstance("Collection", new CollectionCertStoreParameters(contents));
    }
}
