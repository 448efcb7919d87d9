// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.keys;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A private key with its certificate chain, checked to belong together.
 *
 * @param key the private key
 * @param chain its own certificate first
 * @param kind determines which peers can verify its signatures
 */
public record Credential(PrivateKey key, List<X509Certificate> chain, KeyKind kind) {

    public Credential(PrivateKey key, List<X509Certificate> chain) {
        this(key, chain, KeyKind.of(chain.get(0).getPublicKey()));
    }

    public X509Certificate certificate() {
        return chain.get(0);
    }

    /** Returns the name of the algorithm in the JDK's TLS: RSA, RSASSA-PSS, EC or EdDSA. */
    public String keyType() {
        return kind.type();
    }

    /**
     * Returns whether the key's bytes are in memory. Those of a hardware key are not, and signing with it may block.
     */
    public boolean inMemory() {
        return key.getEncoded() != null;
    }

    @Override
    public String toString() {
        return CertificateFacts.describe(certificate());
    }
}
