// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.X509TrustManager;

/**
 * Trusts peers by the public key of their own certificate, regardless of its issuer. The handshake proves that the peer
 * has the private key; further certificates in the chain are irrelevant.
 */
public final class PinnedPeers implements X509TrustManager {
    private final ChainRules rules;

    public PinnedPeers(Pins pins) {
        rules = new ChainRules(Pins.NONE, pins, List.of(), new X509Certificate[0]);
    }

    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) throws CertificateException {
        rules.check(chain);
    }

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) throws CertificateException {
        rules.check(chain);
    }

    @Override
    public X509Certificate[] getAcceptedIssuers() {
        return new X509Certificate[0];
    }
}
