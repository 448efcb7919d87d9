// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.util.Set;

/** A block of a PEM text (RFC 7468): the content between BEGIN and END. */
final class PemBlock {
    /** Labels that messages may repeat. An unknown label can be anything, including a part of a key. */
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

    /** Returns the decoded content: the block's own array, which the reader of a key overwrites. */
    byte[] bytes() {
        return bytes;
    }

    /** Returns whether it is encrypted in OpenSSL's format before PKCS#8. */
    boolean legacyEncrypted() {
        return legacyEncrypted;
    }

    /** Returns whether messages may repeat its label. */
    boolean known() {
        return KNOWN_LABELS.contains(label);
    }

    /** Returns its label if it is known, or else a general description. */
    String kind() {
        return kind(label);
    }

    /** Describes a block with that label in messages. */
    static String kind(String label) {
        return KNOWN_LABELS.contains(label) ? label : "a block of another kind";
    }
}
