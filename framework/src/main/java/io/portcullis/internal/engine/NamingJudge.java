// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.DelegatingJudge;
import io.portcullis.tls.spi.CertificateAuthorities;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Delegates to another trust manager, and limits the accepted issuers to what a handshake has room for
 * ({@link CertificateAuthorities}).
 */
final class NamingJudge extends DelegatingJudge {
    private NamingJudge(X509ExtendedTrustManager judge) {
        super(judge);
    }

    /** Wraps a trust manager that has too many accepted issuers; returns any other unchanged. */
    static TrustManager of(TrustManager manager) {
        return manager instanceof X509ExtendedTrustManager judge && namesTooMany(judge)
                ? new NamingJudge(judge)
                : manager;
    }

    private static boolean namesTooMany(X509ExtendedTrustManager judge) {
        X509Certificate[] trusted = judge.getAcceptedIssuers();
        return CertificateAuthorities.toName(trusted).length != trusted.length;
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return CertificateAuthorities.toName(super.getAcceptedIssuers());
    }
}
