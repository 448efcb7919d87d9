// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import org.jspecify.annotations.Nullable;

/**
 * Lets connections with equal sessions share one object: most of those of a server without client certificates are
 * equal.
 */
final class SharedFacts {
    /** Of the last peer without a certificate. */
    private static volatile @Nullable TlsSession usual;

    private SharedFacts() {}

    static TlsSession of(TlsSession facts) {
        TlsSession before = usual;
        if (before != null && before.equals(facts)) {
            return before;
        }
        if (facts.peerCertificates().isEmpty() && facts.exportedBinding().isEmpty()) {
            usual = facts;
        }
        return facts;
    }
}
