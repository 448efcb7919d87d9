// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.GeneralSecurityException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Finds the path from the peer's own certificate upwards by verifying signatures. The chain that a peer sends may
 * contain unrelated certificates, for example one with a pinned key that the peer does not have.
 */
final class SignedPath {
    /** Longer than any accepted chain. */
    private static final int LONGEST = 16;

    private final X509Certificate[] presented;
    private final X509Certificate[] anchors;

    SignedPath(X509Certificate[] presented, X509Certificate[] anchors) {
        this.presented = presented;
        this.anchors = anchors;
    }

    /**
     * Returns the path from the peer's own certificate to the trusted authority, as far as the issuers are known.
     *
     * @return at least the peer's own certificate
     */
    List<X509Certificate> find() {
        List<X509Certificate> path = new ArrayList<>();
        X509Certificate next = presented[0];
        while (next != null && path.size() < LONGEST) {
            path.add(next);
            next = issuer(next, path);
        }
        return path;
    }

    private @Nullable X509Certificate issuer(X509Certificate certificate, List<X509Certificate> path) {
        if (certificate.getIssuerX500Principal().equals(certificate.getSubjectX500Principal())) {
            return null;
        }
        for (X509Certificate anchor : anchors) {
            if (hasSigned(anchor, certificate) && !path.contains(anchor)) {
                return anchor;
            }
        }
        for (X509Certificate candidate : presented) {
            boolean authority = candidate.getBasicConstraints() >= 0;
            if (authority && hasSigned(candidate, certificate) && !path.contains(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    private static boolean hasSigned(X509Certificate issuer, X509Certificate certificate) {
        if (!issuer.getSubjectX500Principal().equals(certificate.getIssuerX500Principal())) {
            return false;
        }
        try {
            certificate.verify(issuer.getPublicKey());
            return true;
        } catch (GeneralSecurityException anotherKey) {
            return false;
        }
    }
}
