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
 * @param kind what decides who can verify its signatures
 */
public record Credential(PrivateKey key, List<X509Certificate> chain, KeyKind kind) {

    public Credential(PrivateKey key, List<X509Certificate> chain) {
        this(key, chain, KeyKind.of(chain.get(0).getPublicKey()));
    }

    public X509Certificate certificate() {
        return chain.get(0);
    }

    /** The algorithm's name as the JDK's TLS asks for it: RSA, RSASSA-PSS, EC or EdDSA. */
    public String keyType() {
        return kind.type();
    }

    /** Whether the key's bytes are here; those of a hardware key are not, and signing with it may block. */
    public boolean inMemory() {
        return key.getEncoded() != null;
    }

    @Override
    public String toString() {
        return CertificateFacts.describe(certificate());
    }
}
