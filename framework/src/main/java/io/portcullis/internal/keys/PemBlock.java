// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.util.Set;

/** One block of a PEM text (RFC 7468): what stands between BEGIN and END. */
final class PemBlock {
    /** What messages may call by its name: a label that is none of these may be anything, a part of a key included. */
    private static final Set<String> KNOWN_LABELS = Set.of(
            "CERTIFICATE",
            "X509 CERTIFICATE",
            "TRUSTED CERTIFICATE",
            "CERTIFICATE REQUEST",
            "NEW CERTIFICATE REQUEST",
            "X509 CRL",
            "PKCS7",
            "CMS",
            "PRIVATE KEY",
            "ENCRYPTED PRIVATE KEY",
            "RSA PRIVATE KEY",
            "EC PRIVATE KEY",
            "DSA PRIVATE KEY",
            "OPENSSH PRIVATE KEY",
            "PUBLIC KEY",
            "RSA PUBLIC KEY",
            "EC PARAMETERS",
            "DH PARAMETERS",
            "DSA PARAMETERS");

    private final String label;
    private final byte[] bytes;
    private final boolean legacyEncrypted;

    PemBlock(String label, byte[] bytes, boolean legacyEncrypted) {
        this.label = label;
        this.bytes = bytes;
        this.legacyEncrypted = legacyEncrypted;
    }

    String label() {
        return label;
    }

    /** What is encoded: the block's own array, which whoever reads a key overwrites. */
    byte[] bytes() {
        return bytes;
    }

    /** Whether it is encrypted as OpenSSL did it before PKCS#8. */
    boolean legacyEncrypted() {
        return legacyEncrypted;
    }

    /** Whether its label is one of those that messages may repeat. */
    boolean known() {
        return KNOWN_LABELS.contains(label);
    }

    /** What messages call it: its label, if that is one of those that are known. */
    String kind() {
        return kind(label);
    }

    /** How messages call a block of that label. */
    static String kind(String label) {
        return KNOWN_LABELS.contains(label) ? label : "a block of another kind";
    }
}
