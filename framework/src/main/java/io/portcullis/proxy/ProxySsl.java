// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import io.portcullis.internal.foreign.ForeignText;
import java.util.Optional;

/**
 * What a proxy knows of the TLS between the client and itself (section 2.2.6 of the protocol). It is the proxy's word:
 * as good as the proxy is trusted.
 *
 * @param tls whether the client came by TLS
 * @param certificateOnConnection whether the client presented a certificate on this connection
 * @param certificateInSession whether it presented one in the TLS session, which may be an earlier connection's
 * @param verified whether a certificate was presented, and the proxy found it good
 * @param version the protocol, such as {@code TLSv1.3}
 * @param cipher the cipher suite, by the proxy's name for it
 * @param commonName the common name (CN) of the client's certificate
 */
public record ProxySsl(
        boolean tls,
        boolean certificateOnConnection,
        boolean certificateInSession,
        boolean verified,
        Optional<String> version,
        Optional<String> cipher,
        Optional<String> commonName) {

    /** One line for logs: what the proxy quotes is escaped and cut. */
    @Override
    public String toString() {
        return "ProxySsl[" + (tls ? "TLS" : "no TLS") + (verified ? ", verified" : "")
                + version.map(it -> ", " + ForeignText.name(it)).orElse("")
                + cipher.map(it -> ", " + ForeignText.name(it)).orElse("")
                + commonName.map(it -> ", common name " + ForeignText.name(it)).orElse("") + "]";
    }
}
