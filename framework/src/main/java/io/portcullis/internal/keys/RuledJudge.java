// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.CertificateException;
import java.security.cert.X509Certificate;
import javax.net.ssl.X509ExtendedTrustManager;
import org.jspecify.annotations.Nullable;

/** Judges as another one does, and then by the rules of a profile. */
public final class RuledJudge extends DelegatingJudge {
    private final ChainRules rules;
    private final @Nullable CrlPath crls;

    /**
     * In front of another judge.
     *
     * @param judge asked first
     * @param rules for chains that it accepts
     * @param crls whether each authority has a current list; null if that does not matter
     */
    public RuledJudge(X509ExtendedTrustManager judge, ChainRules rules, @Nullable CrlPath crls) {
        super(judge);
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
