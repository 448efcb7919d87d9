// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.nio.ByteBuffer;
import java.security.cert.X509Certificate;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import javax.security.auth.x500.X500Principal;

/**
 * Finds authorities that a profile has ceased to trust after its files were read again. A file that was truncated
 * between two certificates can still be read, but peers whose issuers were cut off are refused.
 */
public final class LostTrust {
    /** The number of names in a message; a system's trust store has more than a hundred certificates. */
    static final int MOST_NAMED = 5;

    private LostTrust() {}

    /** The identity of an authority, which a renewed certificate keeps. */
    private record Authority(X500Principal subject, ByteBuffer key) {
        static Authority of(X509Certificate certificate) {
            byte[] key = certificate.getPublicKey().getEncoded();
            return new Authority(
                    certificate.getSubjectX500Principal(), ByteBuffer.wrap(key == null ? new byte[0] : key));
        }
    }

    /**
     * Compares trusted certificates by subject and key, so that a renewed one is not reported.
     *
     * @param before the certificates trusted so far
     * @param now the certificates trusted from now on
     * @return a sentence with the names of the missing ones; empty if there are none
     */
    public static Optional<String> warning(List<X509Certificate> before, List<X509Certificate> now) {
        Set<Authority> known = now.stream().map(Authority::of).collect(Collectors.toCollection(HashSet::new));
        List<X509Certificate> lost =
                before.stream().filter(old -> known.add(Authority.of(old))).toList();
        if (lost.isEmpty()) {
            return Optional.empty();
        }
        String names =
                lost.stream().limit(MOST_NAMED).map(CertificateFacts::subject).collect(Collectors.joining("; "));
        String more = lost.size() > MOST_NAMED ? "; and " + (lost.size() - MOST_NAMED) + " more" : "";
        return Optional.of(
                lost.size() + " of the certificates that were trusted before are no longer trusted: " + names + more
                        + "; peers whose certificates they signed are refused from now on: add them"
                        + " again, unless that is intended");
    }
}
