// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.Signature;
import java.security.SignatureException;
import java.security.cert.X509Certificate;
import java.security.interfaces.RSAKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.MGF1ParameterSpec;
import java.security.spec.PSSParameterSpec;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/** Checks that a private key and a certificate chain belong together and can be used now. */
public final class CredentialCheck {
    private static final Set<String> KEY_TYPES = Set.of("RSA", "RSASSA-PSS", "EC", "EdDSA");
    private static final byte[] CHALLENGE =
            "io.portcullis.tls: do these keys match?".getBytes(StandardCharsets.US_ASCII);

    private CredentialCheck() {}

    /**
     * Checks a key and its chain.
     *
     * @param given the private key
     * @param keyName the key's origin, for messages
     * @param chain the certificates, the key's own first
     * @param chainName their origin, for messages
     * @throws IllegalArgumentException if the two do not belong together, or cannot be used now
     */
    public static Credential check(PrivateKey given, String keyName, List<X509Certificate> chain, String chainName) {
        PrivateKey key = KeyAlgorithms.standard(given);
        X509Certificate certificate = KeyAlgorithms.standard(chain.get(0));
        if (!KEY_TYPES.contains(key.getAlgorithm())) {
            throw Refusal.of("the key in " + keyName + " is a " + key.getAlgorithm()
                    + " key, which TLS cannot sign with; use one of RSA, RSASSA-PSS, EC, EdDSA (Ed25519)");
        }
        if (!matches(key, certificate.getPublicKey(), keyName)) {
            throw mismatch(key, keyName, chain, chainName);
        }
        checkDates(certificate, chainName, Instant.now());
        List<X509Certificate> standard = new ArrayList<>(chain);
        standard.set(0, certificate);
        return new Credential(key, List.copyOf(standard));
    }

    private static void checkDates(X509Certificate certificate, String chainName, Instant now) {
        if (now.isAfter(certificate.getNotAfter().toInstant())) {
            throw Refusal.of("the certificate in " + chainName + " expired on "
                    + CertificateFacts.date(certificate.getNotAfter()) + "; it is for "
                    + CertificateFacts.subject(certificate) + "; renew it");
        }
        if (now.isBefore(certificate.getNotBefore().toInstant())) {
            throw Refusal.of("the certificate in " + chainName + " is not valid before "
                    + CertificateFacts.date(certificate.getNotBefore()) + "; it is for "
                    + CertificateFacts.subject(certificate)
                    + "; wait, or check this machine's clock");
        }
    }

    private static IllegalArgumentException mismatch(
            PrivateKey key, String keyName, List<X509Certificate> chain, String chainName) {
        for (int i = 1; i < chain.size(); i++) {
            if (matches(key, chain.get(i).getPublicKey(), keyName)) {
                return Refusal.of(keyName + " matches certificate number " + (i + 1) + " in " + chainName
                        + ", not the first; put the server's own certificate first, followed by"
                        + " the authorities that signed it");
            }
        }
        PublicKey certified = chain.get(0).getPublicKey();
        String reason = key.getAlgorithm().equals(KeyAlgorithms.standard(certified.getAlgorithm()))
                ? "public keys differ"
                : "the key is " + key.getAlgorithm() + ", the certificate's is " + certified.getAlgorithm();
        return Refusal.of(keyName + " does not match the certificate in " + chainName + " (" + reason
                + "); the certificate is for " + CertificateFacts.describe(chain.get(0)));
    }

    private static boolean matches(PrivateKey key, PublicKey certified, String keyName) {
        if (!key.getAlgorithm().equals(KeyAlgorithms.standard(certified.getAlgorithm()))) {
            return false;
        }
        if (key instanceof RSAKey mine && certified instanceof RSAKey theirs) {
            return mine.getModulus().equals(theirs.getModulus());
        }
        byte[] signed;
        try {
            signed = sign(key);
        } catch (GeneralSecurityException e) {
            throw Refusal.of("the key in " + keyName + " cannot sign; check the provider that it comes from", e);
        }
        try {
            Signature signature = signature(key);
            signature.initVerify(certified);
            signature.update(CHALLENGE);
            return signature.verify(signed);
        } catch (InvalidKeyException | SignatureException e) {
            return false;
        } catch (GeneralSecurityException e) {
            throw Refusal.of("this JDK cannot verify " + certified.getAlgorithm() + " signatures", e);
        }
    }

    private static byte[] sign(PrivateKey key) throws GeneralSecurityException {
        Signature signature = signature(key);
        signature.initSign(key);
        signature.update(CHALLENGE);
        return signature.sign();
    }

    private static Signature signature(PrivateKey key) throws GeneralSecurityException {
        return switch (key.getAlgorithm()) {
            case "RSA" -> Signature.getInstance("SHA256withRSA");
            case "EC" -> Signature.getInstance("SHA256withECDSA");
            case "RSASSA-PSS" -> pss(key);
            default -> Signature.getInstance("EdDSA");
        };
    }

    private static Signature pss(PrivateKey key) throws GeneralSecurityException {
        AlgorithmParameterSpec restricted = key instanceof RSAKey rsa ? rsa.getParams() : null;
        Signature signature = Signature.getInstance("RSASSA-PSS");
        signature.setParameter(
                restricted != null
                        ? restricted
                        : new PSSParameterSpec("SHA-256", "MGF1", MGF1ParameterSpec.SHA256, 32, 1));
        return signature;
    }
}
