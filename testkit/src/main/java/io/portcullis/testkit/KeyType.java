// SPDX-License-Identifier: Apache-2.0
package io.portcullis.testkit;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.RSAKeyGenParameterSpec;
import org.bouncycastle.asn1.x509.KeyUsage;

/** The type of the key of a {@link SelfSignedCertificate}. */
@SuppressWarnings("ImmutableEnumChecker") // The specifications of keys are immutable, without saying so
public enum KeyType {
    /** An elliptic-curve key on P-256 (secp256r1), signed with SHA256withECDSA. */
    EC_P256("EC", new ECGenParameterSpec("secp256r1"), "SHA256withECDSA", KeyUsage.digitalSignature),

    /** An RSA key of 2,048 bits, signed with SHA256withRSA. */
    RSA_2048(
            "RSA",
            new RSAKeyGenParameterSpec(2048, RSAKeyGenParameterSpec.F4),
            "SHA256withRSA",
            KeyUsage.digitalSignature | KeyUsage.keyEncipherment);

    private final String algorithm;
    private final AlgorithmParameterSpec parameters;
    private final String signature;
    private final int usage;

    KeyType(String algorithm, AlgorithmParameterSpec parameters, String signature, int usage) {
        this.algorithm = algorithm;
        this.parameters = parameters;
        this.signature = signature;
        this.usage = usage;
    }

    KeyPair generate() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance(algorithm);
        generator.initialize(parameters);
        return generator.generateKeyPair();
    }

    String signature() {
        return signature;
    }

    /** Returns the allowed uses of the key, as encoded by {@link KeyUsage}. */
    int usage() {
        return usage;
    }
}
