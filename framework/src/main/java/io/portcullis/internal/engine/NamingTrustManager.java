// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.keys.DelegatingTrustManager;
import io.portcullis.tls.spi.CertificateAuthorities;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Delegates to another trust manager, and limits the accepted issuers to what a handshake has room for
 * ({@link CertificateAuthorities}).
 */
final class NamingTrustManager extends DelegatingTrustManager {
    private NamingTrustManager(X509ExtendedTrustManager delegate) {
        super(delegate);
    }

    /** Wraps a trust manager that has too many accepted issuers; returns any other unchanged. */
    static TrustManager of(TrustManager manager) {
        return manager instanceof X509ExtendedTrustManager delegate && namesTooMany(delegate)
                ? new NamingTrustManager(delegate)
                : manager;
    }

    private static boolean namesTooMany(X509ExtendedTrustManager delegate) {
        X509Certificate[] trusted = delegate.getAcceptedIssuers();
        return CertificateAuthorities.toName(trusted).length != trusted.length;
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return CertificateAuthorities.toName(super.getAcceptedIssuers());
    }
}
