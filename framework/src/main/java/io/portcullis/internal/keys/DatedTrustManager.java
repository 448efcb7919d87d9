// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Delegates to another trust manager, and always checks the validity period of the peer's own certificate: the JDK
 * accepts a certificate that is itself trusted without checking its dates.
 *
 * <p>As in RFC 5280, 6.1.1, the validity period of a trusted authority is not checked; see {@link #warnings}.
 */
public final class DatedTrustManager extends DelegatingTrustManager {
    private DatedTrustManager(X509ExtendedTrustManager delegate) {
        super(delegate);
    }

    /** Wraps an {@link X509ExtendedTrustManager}; returns any other trust manager unchanged. */
    public static TrustManager of(TrustManager manager) {
        return manager instanceof X509ExtendedTrustManager delegate ? new DatedTrustManager(delegate) : manager;
    }

    /**
     * Returns warnings about trusted certificates that are not valid now.
     *
     * @param trusted the certificates that a profile trusts
     * @param now the current time
     * @return one sentence for each such certificate
     */
    public static List<String> warnings(List<X509Certificate> trusted, Instant now) {
        List<String> warnings = new ArrayList<>();
        for (X509Certificate certificate : trusted) {
            boolean early = now.isBefore(certificate.getNotBefore().toInstant());
            if (early || now.isAfter(certificate.getNotAfter().toInstant())) {
                boolean authority = certificate.getBasicConstraints() >= 0;
                warnings.add("the trusted certificate "
                        + CertificateFacts.subject(certificate)
                        + (early ? " is not valid before " : " expired on ")
                        + CertificateFacts.date(early ? certificate.getNotBefore() : certificate.getNotAfter())
                        + (authority
                                ? "; the certificates that it signed are still accepted (RFC 5280, 6.1.1): remove it,"
                                        + " or renew it"
                                : "; a peer that presents it is refused: renew it"));
            }
        }
        return warnings;
    }

    @Override
    public void accepted(X509Certificate[] chain) throws CertificateException {
        try {
            chain[0].checkValidity();
        } catch (CertificateExpiredException expired) {
            throw refused(expired, BasicReason.EXPIRED);
        } catch (CertificateNotYetValidException early) {
            throw refused(early, BasicReason.NOT_YET_VALID);
        }
    }

    /** Returns the exception in the form from which engines derive the alert. */
    private static CertificateException refused(CertificateException cause, BasicReason reason) {
        CertPathValidatorException path =
                new CertPathValidatorException("it is not valid now", cause, null, -1, reason);
        return new CertificateException("the peer's certificate is not valid now", path);
    }
}
