// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import java.util.List;
import java.util.Optional;

/**
 * What a client asked for in its first message (RFC 8446, 4.1.2), parsed to its end. Numbers are those of the IANA
 * registries, in the client's order.
 *
 * @param serverName the DNS name the client wants to reach (RFC 6066, 3), in lower case; empty if it named none
 * @param applicationProtocols the protocols offered by ALPN (RFC 7301)
 * @param versions the protocol versions offered, such as 0x0304 for TLS 1.3
 * @param cipherSuites the cipher suites offered
 * @param groups the named groups offered (RFC 8446, 4.2.7)
 * @param signatureSchemes the signatures that the client verifies (RFC 8446, 4.2.3); empty if it does not say
 * @param earlyData whether the client sends data without waiting for an answer (RFC 8446, 4.2.10)
 */
public record ClientHello(
        Optional<String> serverName,
        List<String> applicationProtocols,
        List<Integer> versions,
        List<Integer> cipherSuites,
        List<Integer> groups,
        List<Integer> signatureSchemes,
        boolean earlyData) {

    /** One line for logs: names escaped and cut. */
    @Override
    public String toString() {
        return "ClientHello["
                + serverName.map(name -> "name " + ForeignText.name(name)).orElse("no name") + ", ALPN "
                + ForeignText.of(String.join(" ", applicationProtocols)) + ", " + versions.size() + " versions, "
                + cipherSuites.size() + " suites, " + groups.size() + " groups]";
    }
}
