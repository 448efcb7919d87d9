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
 * Bounds the life of an authenticated session by the end of the peer's certificate (RFC 8446, 4.6.1), and by the
 * profile's rules for chains: another server with the same ticket keys may have other rules. Who resumes a session
 * presents no certificate, so that no engine judges one, and an engine may renew the session each time that it is
 * resumed.
 *
 * <p>Only the peer's own certificate counts. Those behind it may be there for others, as one that is signed across is,
 * and the way on which it was judged may have passed them by.
 */
final class ResumedPeer {
    private ResumedPeer() {}

    /**
     * Judges whose session was resumed.
     *
     * @param session just established
     * @param rules for the peer's chain
     * @param atServer whether the peer is a client
     * @return why it must not go on, or null if it may
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
                    "the peer resumed a session that was made with a certificate which has ended since ("
                            + certificate.getNotAfter().toInstant() + ")");
        } catch (CertificateException broken) {
            return new TlsException(
                    atServer
                            ? HandshakeFailure.CLIENT_CERTIFICATE_UNTRUSTED
                            : HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                    broken.getCause() instanceof CertPathValidatorException
                            ? Alert.CERTIFICATE_REVOKED
                            : Alert.CERTIFICATE_UNKNOWN,
                    "the peer resumed a session that is not permitted any more: " + broken.getMessage());
        }
    }
}
