// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import java.util.List;
import java.util.Optional;

/**
 * The contents of a client's first message (RFC 8446, 4.1.2). Numbers are those of the IANA registries, in the client's
 * order.
 *
 * @param serverName the DNS name of the server that the client wants to reach (RFC 6066, 3), in lower case; empty if it
 *     sent none
 * @param applicationProtocols the protocols offered by ALPN (RFC 7301)
 * @param versions the protocol versions offered, such as 0x0304 for TLS 1.3
 * @param cipherSuites the cipher suites offered
 * @param groups the named groups offered (RFC 8446, 4.2.7)
 * @param signatureSchemes the signature schemes that the client can verify (RFC 8446, 4.2.3); empty if it sent none
 * @param earlyData whether the client sends early data (0-RTT; RFC 8446, 4.2.10)
 */
public record ClientHello(
        Optional<String> serverName,
        List<String> applicationProtocols,
        List<Integer> versions,
        List<Integer> cipherSuites,
        List<Integer> groups,
        List<Integer> signatureSchemes,
        boolean earlyData) {

    /** Returns one line for logs; names are escaped and truncated. */
    @Override
    public String toString() {
        return "ClientHello["
                + serverName.map(name -> "name " + ForeignText.name(name)).orElse("no name") + ", ALPN "
                + ForeignText.of(String.join(" ", applicationProtocols)) + ", " + versions.size() + " versions, "
                + cipherSuites.size() + " suites, " + groups.size() + " groups]";
    }
}
