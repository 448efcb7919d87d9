// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.Security;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.Locale;

/**
 * The names of key algorithms. Security providers have several for the same: Bouncy Castle has keys that are called ECDSA and Ed25519,
 * where the JDK's TLS asks for EC and EdDSA and takes nothing else.
 */
final class KeyAlgorithms {
    private KeyAlgorithms() {}

    /** The name that the JDK's TLS has for an algorithm; one that it does not have stays as it is. */
    static String standard(String name) {
        return switch (name.toUpperCase(Locale.ROOT)) {
            case "EC", "ECDSA", "ECDH", "ECDHC" -> KeyKind.EC;
            case "EDDSA", "ED25519", "ED448" -> KeyKind.EDDSA;
            case "RSA" -> KeyKind.RSA;
            case "RSASSA-PSS", "RSASSAPSS", "RSAANDMGF1" -> KeyKind.RSASSA_PSS;
            default -> name;
        };
    }

    /** The same key under its standard name, if it has an encoding; one that stays in hardware stays as it is. */
    static PrivateKey standard(PrivateKey key) {
        String name = standard(key.getAlgorithm());
        byte[] encoded = key.getEncoded();
        if (name.equals(key.getAlgorithm()) || encoded == null || !"PKCS#8".equals(key.getFormat())) {
            return key;
        }
        Provider[] able = Security.getProviders("KeyFactory." + name);
        for (Provider provider : able == null ? new Provider[0] : able) {
            try {
                PrivateKey same =
                        KeyFactory.getInstance(name, provider).generatePrivate(new PKCS8EncodedKeySpec(encoded));
                if (same.getAlgorithm().equals(name)) {
                    return same;
                }
            } catch (GeneralSecurityException | RuntimeException another) {
                // The next provider may read it.
            }
        }
        return key;
    }
}
