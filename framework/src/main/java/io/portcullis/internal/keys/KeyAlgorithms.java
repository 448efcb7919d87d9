// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.PublicKey;
import java.security.Security;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.util.Locale;

/**
 * The names of key algorithms. Security providers use different names for the same algorithm: keys of Bouncy Castle are
 * called ECDSA and Ed25519, whereas the JDK's TLS accepts only EC and EdDSA.
 */
final class KeyAlgorithms {
    private KeyAlgorithms() {}

    /** Returns the JDK's name of an algorithm, or the given name if the JDK has none. */
    static String standard(String name) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "EC", "ECDSA", "ECDH", "ECDHC", "1.2.840.10045.2.1" -> KeyKind.EC;
            case "EDDSA", "ED25519", "ED448", "1.3.101.112", "1.3.101.113" -> KeyKind.EDDSA;
            case "RSA", "1.2.840.113549.1.1.1" -> KeyKind.RSA;
            case "RSASSA-PSS", "RSASSAPSS", "RSAANDMGF1", "1.2.840.113549.1.1.10" -> KeyKind.RSASSA_PSS;
            default -> name;
        };
    }

    /**
     * Returns the same key under its standard name. A key without an encoding, as in hardware, is returned unchanged.
     */
    static PrivateKey standard(PrivateKey key) {
        byte[] encoded = key.getEncoded();
        if (encoded == null || !"PKCS#8".equals(key.getFormat())) {
            return key;
        }
        return renamed(key, factory -> factory.generatePrivate(new PKCS8EncodedKeySpec(encoded)));
    }

    /** Returns the same certificate; its key has the standard name. */
    static X509Certificate standard(X509Certificate certificate) {
        PublicKey key = certificate.getPublicKey();
        byte[] encoded = key.getEncoded();
        if (encoded == null) {
            return certificate;
        }
        PublicKey same = renamed(key, factory -> factory.generatePublic(new X509EncodedKeySpec(encoded)));
        return same.getAlgorithm().equals(key.getAlgorithm()) ? certificate : new RenamedCertificate(certificate, same);
    }

    @FunctionalInterface
    private interface Reading<K> {
        K read(KeyFactory factory) throws GeneralSecurityException;
    }

    /**
     * Returns the key as read by the first provider that uses the standard name; the key itself if it already has that
     * name, or if there is no such provider.
     */
    private static <K extends Key> K renamed(K key, Reading<K> reading) {
        String name = standard(key.getAlgorithm());
        if (name.equals(key.getAlgorithm())) {
            return key;
        }
        Provider[] able = Security.getProviders("KeyFactory." + name);
        for (Provider provider : able == null ? new Provider[0] : able) {
            try {
                K same = reading.read(KeyFactory.getInstance(name, provider));
                if (same.getAlgorithm().equals(name)) {
                    return same;
                }
            } catch (GeneralSecurityException | RuntimeException another) {
                // the next provider may be able to read it
            }
        }
        return key;
    }
}
