// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.security.cert.X509Certificate;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lets connections with equal sessions share one object. Most sessions of a server without client certificates are
 * equal.
 */
final class SharedFacts {
    /** The session of the last peer without a certificate. */
    private static volatile @Nullable TlsSession usual;

    /** The chain that was presented last, shared by the sessions of different peers. */
    private static volatile List<X509Certificate> usualChain = List.of();

    private SharedFacts() {}

    static TlsSession of(TlsSession facts) {
        TlsSession before = usual;
        if (before != null && before.equals(facts)) {
            return before;
        }
        if (facts.peerCertificates().isEmpty() && facts.exportedBinding().isEmpty()) {
            usual = facts;
            return facts;
        }
        return facts.localCertificates().isEmpty() ? facts : withUsualChain(facts);
    }

    private static TlsSession withUsualChain(TlsSession facts) {
        List<X509Certificate> chain = usualChain;
        if (chain.equals(facts.localCertificates())) {
            return facts.presenting(chain);
        }
        usualChain = facts.localCertificates();
        return facts;
    }
}
