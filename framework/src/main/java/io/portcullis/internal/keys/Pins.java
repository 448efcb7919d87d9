// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import io.portcullis.internal.foreign.ForeignText;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.X509Certificate;
import java.util.Base64;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Public keys that are expected in a peer's chain, each by the SHA-256 of its SubjectPublicKeyInfo (RFC 7469, 2.4): a
 * renewed certificate for the same key has the same pin.
 *
 * @param values each {@code sha256/} and base64
 */
public record Pins(Set<String> values) {
    public static final Pins NONE = new Pins(Set.of());

    private static final String PREFIX = "sha256/";
    private static final int DIGEST = 32;

    /** The length of a digest in base64. */
    private static final int ENCODED = 44;

    /** The number of certificates of a chain that a message names. */
    private static final int MOST_NAMED = 5;

    public Pins(Set<String> values) {
        this.values = Set.copyOf(values);
    }

    /**
     * Parses pins in the formats of OkHttp and curl, {@code sha256/...} and {@code sha256//...}.
     *
     * @throws IllegalArgumentException if one of them is not a pin
     */
    public static Pins of(List<String> texts) {
        Set<String> values = new LinkedHashSet<>();
        for (String text : texts) {
            values.add(parse(text));
        }
        return new Pins(values);
    }

    private static String parse(String text) {
        try {
            if (text.startsWith(PREFIX)) {
                String base64 = text.substring(PREFIX.length());
                boolean ofCurl = base64.length() == ENCODED + 1 && base64.startsWith("/");
                byte[] digest = Base64.getDecoder().decode(ofCurl ? base64.substring(1) : base64);
                if (digest.length == DIGEST) {
                    return write(digest);
                }
            }
        } catch (IllegalArgumentException notBase64) {
            // refused below
        }
        throw Refusal.of("'" + ForeignText.name(text) + "' is not a pin; a pin is sha256/ and the base64 of the SHA-256"
                + " of a public key (SubjectPublicKeyInfo), 44 characters: 'openssl x509 -in cert.pem -pubkey -noout |"
                + " openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64' prints it");
    }

    private static String write(byte[] digest) {
        return PREFIX + Base64.getEncoder().encodeToString(digest);
    }

    /** Returns the pin of a certificate's key. */
    public static String pin(X509Certificate certificate) {
        try {
            return write(MessageDigest.getInstance("SHA-256")
                    .digest(certificate.getPublicKey().getEncoded()));
        } catch (NoSuchAlgorithmException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    public boolean isEmpty() {
        return values.isEmpty();
    }

    /** Returns whether the certificate's key is one of them. */
    public boolean match(X509Certificate certificate) {
        return values.contains(pin(certificate));
    }

    /** Describes the pins of a chain in a message. */
    static String describe(List<X509Certificate> chain) {
        return chain.stream()
                .limit(MOST_NAMED)
                .map(certificate -> pin(certificate) + " (" + CertificateFacts.subject(certificate) + ")")
                .collect(Collectors.joining(", "));
    }
}
