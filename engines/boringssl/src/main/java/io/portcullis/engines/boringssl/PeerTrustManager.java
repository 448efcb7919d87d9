// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.OpenSslCertificateException;
import io.netty.internal.tcnative.CertificateVerifier;
import io.portcullis.tls.spi.CertificateAuthorities;
import java.net.Socket;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Delegates the verification of the peer's certificate, and makes a failure known to the peer: for a certificate whose
 * chain leads to no trusted authority, Netty's engine would send an alert about its own failure (internal_error)
 * instead of one about the certificate (unknown_ca; RFC 8446, 6.2). Lists no more authorities than fit into a
 * handshake.
 */
final class PeerTrustManager extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager delegate;

    private PeerTrustManager(X509ExtendedTrustManager delegate) {
        this.delegate = delegate;
    }

    /** Wraps a trust manager of the JDK's kind; returns any other unchanged. */
    static TrustManager of(TrustManager manager) {
        return manager instanceof X509ExtendedTrustManager delegate ? new PeerTrustManager(delegate) : manager;
    }

    @FunctionalInterface
    private interface Check {
        void run() throws CertificateException;
    }

    private static void check(Check check) throws CertificateException {
        try {
            check.run();
        } catch (CertificateException refused) {
            throw leadsNowhere(refused)
                    ? new OpenSslCertificateException(
                            refused.getMessage(),
                            refused,
                            CertificateVerifier.X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY)
                    : refused;
        }
    }

    private static boolean leadsNowhere(Throwable refused) {
        Throwable cause = refused.getCause();
        return refused instanceof CertPathBuilderException || (cause != null && leadsNowhere(cause));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(() -> delegate.checkClientTrusted(chain, type));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(() -> delegate.checkClientTrusted(chain, type, socket));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(() -> delegate.checkClientTrusted(chain, type, engine));
        LargeTickets.withhold(engine, chain);
        SessionLife.bound(engine, chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(() -> delegate.checkServerTrusted(chain, type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        check(() -> delegate.checkServerTrusted(chain, type, socket));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        check(() -> delegate.checkServerTrusted(chain, type, engine));
        SessionLife.bound(engine, chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return CertificateAuthorities.toName(delegate.getAcceptedIssuers());
    }
}
