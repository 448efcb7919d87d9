// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Delegates to another trust manager, and then applies the rules of a profile. */
public final class RuledTrustManager extends DelegatingTrustManager {
    private final ChainRules rules;
    private final @Nullable CrlPath crls;

    /**
     * Wraps a trust manager.
     *
     * @param delegate called first
     * @param rules for chains that it accepts
     * @param crls requires a current list of each authority; null to require none
     */
    public RuledTrustManager(X509ExtendedTrustManager delegate, ChainRules rules, @Nullable CrlPath crls) {
        super(delegate);
        this.rules = rules;
        this.crls = crls;
    }

    @Override
    public void accepted(X509Certificate[] chain) throws CertificateException {
        rules.check(chain);
        if (crls != null) {
            crls.check(chain);
        }
    }
}
