// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/** Delegates the check of the peer's certificate to another trust manager; subclasses change one aspect of it. */
public abstract class DelegatingTrustManager extends X509ExtendedTrustManager {
    private final X509ExtendedTrustManager delegate;

    public DelegatingTrustManager(X509ExtendedTrustManager delegate) {
        this.delegate = delegate;
    }

    /** A call of the trust manager. */
    @FunctionalInterface
    public interface Validation {
        void run(X509ExtendedTrustManager delegate) throws CertificateException;
    }

    /** Calls the trust manager. */
    public void validate(Validation validation) throws CertificateException {
        validation.run(delegate);
    }

    /** Returns the type of the key or the key exchange that is passed to the trust manager. */
    public String typeOf(String type) {
        return type;
    }

    /** Called when the trust manager has accepted a chain, which has at least one certificate. */
    public void accepted(X509Certificate[] chain) throws CertificateException {}

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        validate(other -> other.checkClientTrusted(chain, typeOf(type)));
        accepted(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        validate(other -> other.checkClientTrusted(chain, typeOf(type), socket));
        accepted(chain);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        validate(other -> other.checkClientTrusted(chain, typeOf(type), engine));
        accepted(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        validate(other -> other.checkServerTrusted(chain, typeOf(type)));
        accepted(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, Socket socket) throws CertificateException {
        validate(other -> other.checkServerTrusted(chain, typeOf(type), socket));
        accepted(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, SSLEngine engine) throws CertificateException {
        validate(other -> other.checkServerTrusted(chain, typeOf(type), engine));
        accepted(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return delegate.getAcceptedIssuers();
    }
}
