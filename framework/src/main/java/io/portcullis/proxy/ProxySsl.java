// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

import io.portcullis.internal.foreign.ForeignText;
import java.util.Optional;

/**
 * The properties of the TLS connection between the client and the proxy (section 2.2.6 of the protocol). They are the
 * proxy's claims, and only as reliable as the proxy is trusted.
 *
 * @param tls whether the client connected with TLS
 * @param certificateOnConnection whether the client presented a certificate on this connection
 * @param certificateInSession whether it presented one in the TLS session, possibly on an earlier connection
 * @param verified whether a certificate was presented and the proxy verified it successfully
 * @param version the protocol version, such as {@code TLSv1.3}
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

    /** Returns one line for logs; text from the proxy is escaped and truncated. */
    @Override
    public String toString() {
        return "ProxySsl[" + (tls ? "TLS" : "no TLS") + (verified ? ", verified" : "")
                + version.map(it -> ", " + ForeignText.name(it)).orElse("")
                + cipher.map(it -> ", " + ForeignText.name(it)).orElse("")
                + commonName.map(it -> ", common name " + ForeignText.name(it)).orElse("") + "]";
    }
}
