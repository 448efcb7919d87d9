// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The facts of an established TLS session.
 *
 * @param protocol the version's standard name, such as {@code TLSv1.3}
 * @param cipherSuite the suite's standard name, such as {@code TLS_AES_128_GCM_SHA256}
 * @param group the group of the key exchange by its IANA name, such as {@code x25519} or {@code X25519MLKEM768}; empty
 *     if there was none (a session of TLS 1.2 that is resumed), or it is not known
 * @param resumed whether an earlier session goes on, without a certificate being shown anew
 * @param applicationProtocol what ALPN agreed on (RFC 7301), if anything
 * @param serverName the name that the client asked for (SNI, RFC 6066, 3), if any; at a server in lower case, and the
 *     one by which the gate decided
 * @param peerCertificates the peer's chain, its own certificate first; empty if it presented none
 */
public record TlsSession(
        String protocol,
        String cipherSuite,
        Optional<String> group,
        boolean resumed,
        Optional<String> applicationProtocol,
        Optional<String> serverName,
        List<X509Certificate> peerCertificates) {

    /** One line for logs: of certificates the subjects, and names escaped and cut at 64 characters. */
    @Override
    public String toString() {
        return "TlsSession[" + protocol + ", " + cipherSuite
                + group.map(name -> ", " + name).orElse("")
                + (resumed ? ", resumed" : "")
                + applicationProtocol
                        .map(name -> ", ALPN " + ForeignText.name(name))
                        .orElse("")
                + serverName.map(name -> ", name " + ForeignText.name(name)).orElse("")
                + peerCertificates.stream()
                        .limit(1)
                        .map(own -> ", peer "
                                + ForeignText.of(own.getSubjectX500Principal().getName()))
                        .collect(Collectors.joining())
                + "]";
    }
}
