// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.keys.ChainRules;
import io.portcullis.internal.records.Alert;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.X509Certificate;
import org.jspecify.annotations.Nullable;

/**
 * Limits a resumed session with an authenticated peer by the validity of the peer's certificate (RFC 8446, 4.6.1) and
 * by the profile's rules for chains: another server with the same ticket keys may have other rules. A peer that resumes
 * a session presents no certificate, so that the engine checks none, and an engine may renew the session each time it
 * is resumed.
 *
 * <p>Only the validity of the peer's own certificate is checked. Other certificates in the chain may be unrelated to
 * the path by which it was verified, such as cross-signed ones.
 */
final class ResumedPeer {
    private ResumedPeer() {}

    /**
     * Checks the peer of a session.
     *
     * @param session just established
     * @param rules for the peer's chain
     * @param atServer whether the peer is a client
     * @return why the connection must not continue, or null if it may
     */
    static @Nullable TlsException refusal(TlsSession session, ChainRules rules, boolean atServer) {
        if (!session.resumed() || session.peerCertificates().isEmpty()) {
            return null;
        }
        X509Certificate certificate = session.peerCertificates().get(0);
        try {
            certificate.checkValidity();
            rules.check(session.peerCertificates().toArray(X509Certificate[]::new));
            return null;
        } catch (CertificateExpiredException | CertificateNotYetValidException ended) {
            return new TlsException(
                    atServer
                            ? HandshakeFailure.CLIENT_CERTIFICATE_EXPIRED
                            : HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                    Alert.CERTIFICATE_EXPIRED,
                    "the peer resumed a session that was established with a certificate which has expired since ("
                            + certificate.getNotAfter().toInstant() + ")");
        } catch (CertificateException broken) {
            return new TlsException(
                    atServer
                            ? HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED
                            : HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                    broken.getCause() instanceof CertPathValidatorException
                            ? Alert.CERTIFICATE_REVOKED
                            : Alert.CERTIFICATE_UNKNOWN,
                    "the peer resumed a session that is no longer permitted: " + broken.getMessage());
        }
    }
}
