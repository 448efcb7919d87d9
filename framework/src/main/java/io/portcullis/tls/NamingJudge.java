// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;

/** Judges as another one does, and names no more authorities than a handshake has room for ({@link CertificateAuthorities}). */
final class NamingJudge extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager judge;

    private NamingJudge(X509ExtendedTrustManager judge) {
        this.judge = judge;
    }

    /** In front of a judge that names too many; any other is left as it is. */
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
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        judge.checkClientTrusted(chain, type);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        judge.checkClientTrusted(chain, type, socket);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        judge.checkClientTrusted(chain, type, engine);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        judge.checkServerTrusted(chain, type);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        judge.checkServerTrusted(chain, type, socket);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        judge.checkServerTrusted(chain, type, engine);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return CertificateAuthorities.toName(judge.getAcceptedIssuers());
    }
}
