// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.engine;

import io.portcullis.internal.foreign.ForeignFailure;
import io.portcullis.internal.foreign.ForeignText;
import java.net.Socket;
import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509ExtendedTrustManager;
import javax.net.ssl.X509TrustManager;
import org.jspecify.annotations.Nullable;

/**
 * Delegates to an application's trust manager, and verifies the server's name in any case: a plain
 * {@link X509TrustManager} does not receive it, and many extended ones ignore it. Every exception refuses the peer.
 */
final class GuardedTrustManager extends X509ExtendedTrustManager {
    private final X509TrustManager own;

    GuardedTrustManager(X509TrustManager own) {
        this.own = own;
    }

    @FunctionalInterface
    private interface Check {
        void run() throws CertificateException;
    }

    private static void check(X509Certificate @Nullable [] chain, Check check) throws CertificateException {
        if (chain == null || chain.length == 0) {
            throw new CertificateException("the peer has presented no certificate");
        }
        try {
            check.run();
        } catch (CertificateException verdict) {
            throw verdict;
        } catch (Exception failure) { // other languages throw checked ones, too
            throw new CertificateException(
                    "the trust manager failed: " + ForeignText.of(failure), ForeignFailure.of(failure));
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, () -> own.checkClientTrusted(chain, type));
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        if (own instanceof X509ExtendedTrustManager extended) {
            check(chain, () -> extended.checkClientTrusted(chain, type, socket));
        } else {
            checkClientTrusted(chain, type);
        }
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        if (own instanceof X509ExtendedTrustManager extended) {
            check(chain, () -> extended.checkClientTrusted(chain, type, engine));
        } else {
            checkClientTrusted(chain, type);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        check(chain, () -> own.checkServerTrusted(chain, type));
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable Socket socket)
            throws CertificateException {
        if (own instanceof X509ExtendedTrustManager extended) {
            check(chain, () -> extended.checkServerTrusted(chain, type, socket));
        } else {
            checkServerTrusted(chain, type);
        }
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type, @Nullable SSLEngine engine)
            throws CertificateException {
        if (own instanceof X509ExtendedTrustManager extended) {
            check(chain, () -> extended.checkServerTrusted(chain, type, engine));
        } else {
            checkServerTrusted(chain, type);
        }
        if (engine != null) {
            verifyName(chain[0], type, engine);
        }
    }

    /**
     * Lets the JDK verify the name, if the engine is configured to. The JDK's trust manager does so after the
     * validation of the chain, which a trust manager for exactly this certificate always accepts.
     */
    private static void verifyName(X509Certificate certificate, String type, SSLEngine engine)
            throws CertificateException {
        String algorithm = engine.getSSLParameters().getEndpointIdentificationAlgorithm();
        if (algorithm == null || algorithm.isEmpty()) {
            return;
        }
        for (TrustManager manager : TlsContexts.trusting(List.of(certificate))) {
            if (manager instanceof X509ExtendedTrustManager delegate) {
                delegate.checkServerTrusted(new X509Certificate[] {certificate}, type, engine);
                return;
            }
        }
        throw new CertificateException("this JDK cannot verify the name of a server");
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        X509Certificate @Nullable [] issuers = own.getAcceptedIssuers();
        return issuers == null
                ? new X509Certificate[0]
                : Arrays.stream(issuers).filter(Objects::nonNull).toArray(X509Certificate[]::new);
    }
}
