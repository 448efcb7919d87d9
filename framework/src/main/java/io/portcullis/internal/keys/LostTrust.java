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
 * Finds whom a profile trusts no more when its files were read again: a file that was cut between two certificates is
 * still a file, and whoever was signed by the authorities behind the cut is refused.
 */
public final class LostTrust {
    /** How many are named; a system's file has more than a hundred. */
    static final int MOST_NAMED = 5;

    private LostTrust() {}

    /** Whom a certificate stands for, however often it is renewed. */
    private record Authority(X500Principal subject, ByteBuffer key) {
        static Authority of(X509Certificate certificate) {
            byte[] key = certificate.getPublicKey().getEncoded();
            return new Authority(
                    certificate.getSubjectX500Principal(), ByteBuffer.wrap(key == null ? new byte[0] : key));
        }
    }

    /**
     * Compares by subject and key, so that a certificate that was renewed is not missed.
     *
     * @param before who was trusted
     * @param now who is trusted from now on
     * @return a sentence that names those who are missing; empty if nobody is
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
        return Optional.of(lost.size() + " of those who were trusted before are trusted no more: " + names + more
                + "; whoever is signed by them is refused from now on: put them back, unless that is meant");
    }
}
