// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.spi.TlsEngineConfig;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/**
 * Determines which sessions a server resumes. Servers that share ticket keys resume each other's sessions only if they
 * require the same of their clients: otherwise a session established without a certificate would give access to a
 * server that requires one.
 */
final class SessionScope {
    private SessionScope() {}

    /** At most 32 bytes, equal for servers with the same requirements for clients. */
    static byte[] of(TlsEngineConfig config) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(config.clientAuth().name().getBytes(StandardCharsets.US_ASCII));
            if (config.clientAuth() != ClientAuth.NONE) {
                for (TrustManager manager : config.trustManagers()) {
                    if (manager instanceof X509TrustManager trustManager) {
                        for (X509Certificate authority : trustManager.getAcceptedIssuers()) {
                            digest.update(authority.getEncoded());
                        }
                    }
                }
            }
            return digest.digest();
        } catch (NoSuchAlgorithmException | CertificateEncodingException impossible) {
            throw new IllegalStateException(impossible);
        }
    }
}
