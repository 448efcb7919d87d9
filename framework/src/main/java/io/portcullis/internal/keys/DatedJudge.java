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
 * Judges the peer's certificate as another one does, and by its dates in any case: the JDK takes a certificate that is
 * itself among the trusted ones without a look at them.
 *
 * <p>The dates of an authority that is trusted stay without effect, as RFC 5280, 6.1.1 has it; see {@link #warnings}.
 */
public final class DatedJudge extends DelegatingJudge {
    private DatedJudge(X509ExtendedTrustManager judge) {
        super(judge);
    }

    /** In front of a judge of the JDK's kind; any other is left as it is. */
    public static TrustManager of(TrustManager manager) {
        return manager instanceof X509ExtendedTrustManager judge ? new DatedJudge(judge) : manager;
    }

    /**
     * What is to be said of those that are trusted and are not valid now.
     *
     * @param trusted whom a profile trusts
     * @param now the time
     * @return a sentence for each
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
                                ? "; who is signed by it is accepted all the same (RFC 5280, 6.1.1): take it out, or"
                                        + " renew it"
                                : "; whoever presents it is refused: renew it"));
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

    /** In the form in which engines look for the alert that fits. */
    private static CertificateException refused(CertificateException cause, BasicReason reason) {
        CertPathValidatorException path =
                new CertPathValidatorException("it is not valid now", cause, null, -1, reason);
        return new CertificateException("the peer's certificate is not valid now", path);
    }
}
