// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.cert.CertPathValidatorException;
import java.security.cert.CertPathValidatorException.BasicReason;
import java.security.cert.CertificateException;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Combines a trust manager that checks revocation with one that does not, for soft failure. The JDK's own soft-fail
 * option covers network failures only, and refuses certificates that name neither an OCSP responder nor a CRL.
 */
public final class LenientTrustManager extends DelegatingTrustManager {
    private static final int DEEPEST_CAUSE = 16;

    private final X509ExtendedTrustManager otherwise;

    /**
     * Combines two trust managers.
     *
     * @param checking checks revocation; if it finds that a certificate was revoked, that is final
     * @param otherwise called if the first one refuses the chain for any other reason
     */
    public LenientTrustManager(X509ExtendedTrustManager checking, X509ExtendedTrustManager otherwise) {
        super(checking);
        this.otherwise = otherwise;
    }

    @Override
    public void validate(Validation validation) throws CertificateException {
        try {
            super.validate(validation);
        } catch (CertificateException refused) {
            if (reportsRevocation(refused)) {
                throw refused;
            }
            validation.run(otherwise);
        }
    }

    private static boolean reportsRevocation(Throwable refused) {
        Throwable cause = refused;
        for (int depth = 0; cause != null && depth < DEEPEST_CAUSE; depth++, cause = cause.getCause()) {
            if (cause instanceof CertPathValidatorException path && path.getReason() == BasicReason.REVOKED) {
                return true;
            }
        }
        return false;
    }
}
