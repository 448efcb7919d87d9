// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.io.IOException;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * The channel binding {@code tls-server-end-point} (RFC 5929, 4.1): the server's certificate, hashed with the hash
 * function of its signature.
 */
public final class EndPointHash {
    /** Matches SHA256withECDSA, SHA3-256withRSA, SHA512/256withRSA and the like. */
    private static final Pattern HASH_OF_SIGNATURE =
            Pattern.compile("(MD5|SHA-?1|SHA3-\\d+|SHA-?(\\d+(?:/\\d+)?))with.*", Pattern.CASE_INSENSITIVE);

    private static final String PSS = "RSASSA-PSS";

    private EndPointHash() {}

    /**
     * Hashes a server's certificate.
     *
     * @return empty if the signature uses no hash function or several, for which the RFC defines no binding
     */
    public static Optional<byte[]> of(X509Certificate certificate) {
        return hashOf(certificate).flatMap(hash -> digest(hash, certificate));
    }

    private static Optional<String> hashOf(X509Certificate certificate) {
        String signature = certificate.getSigAlgName();
        if (signature.equalsIgnoreCase(PSS)) {
            return hashOfPss(certificate.getSigAlgParams());
        }
        Matcher matcher = HASH_OF_SIGNATURE.matcher(signature);
        if (!matcher.matches()) {
            return Optional.empty();
        }
        String bits = matcher.group(2);
        return Optional.of(strong(bits == null ? matcher.group(1) : "SHA-" + bits));
    }

    private static Optional<String> hashOfPss(byte[] parameters) {
        try {
            AlgorithmParameters decoded = AlgorithmParameters.getInstance(PSS);
            decoded.init(parameters);
            PSSParameterSpec pss = decoded.getParameterSpec(PSSParameterSpec.class);
            boolean one = pss.getMGFParameters() instanceof MGF1ParameterSpec mask
                    && mask.getDigestAlgorithm().equals(pss.getDigestAlgorithm());
            return one ? Optional.of(strong(pss.getDigestAlgorithm())) : Optional.empty();
        } catch (GeneralSecurityException | IOException unknown) {
            return Optional.empty();
        }
    }

    /** RFC 5929, 4.1: SHA-256 replaces MD5 and SHA-1. */
    private static String strong(String hash) {
        return switch (hash) {
            case "MD5", "SHA1", "SHA-1" -> "SHA-256";
            default -> hash;
        };
    }

    private static Optional<byte[]> digest(String hash, X509Certificate certificate) {
        try {
            return Optional.of(MessageDigest.getInstance(hash).digest(certificate.getEncoded()));
        } catch (GeneralSecurityException unknown) {
            return Optional.empty();
        }
    }
}
