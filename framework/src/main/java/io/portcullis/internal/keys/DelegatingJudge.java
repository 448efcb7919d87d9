// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Judges the peer's certificate as another trust manager does; a subclass changes one thing about it. */
public abstract class DelegatingJudge extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager judge;

    public DelegatingJudge(X509ExtendedTrustManager judge) {
        this.judge = judge;
    }

    /** A question to a judge. */
    @FunctionalInterface
    public interface Question {
        void to(X509ExtendedTrustManager judge) throws CertificateException;
    }

    /** Asks the other judge. */
    public void judge(Question question) throws CertificateException {
        question.to(judge);
    }

    /** What the other judge is told of the type of the key or of the key exchange. */
    public String typeOf(String type) {
        return type;
    }

    /** Runs when the other judge has nothing against a chain, which has at least one certificate. */
    public void accepted(X509Certificate[] chain) throws CertificateException {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        judge(other -> other.checkClientTrusted(chain, typeOf(type)));
        accepted(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        judge(other -> other.checkClientTrusted(chain, typeOf(type), socket));
        accepted(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        judge(other -> other.checkClientTrusted(chain, typeOf(type), engine));
        accepted(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        judge(other -> other.checkServerTrusted(chain, typeOf(type)));
        accepted(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        judge(other -> other.checkServerTrusted(chain, typeOf(type), socket));
        accepted(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        judge(other -> other.checkServerTrusted(chain, typeOf(type), engine));
        accepted(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return judge.getAcceptedIssuers();
    }
}
