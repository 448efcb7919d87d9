// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import java.security.cert.X509Certificate;

/** The authorities that a server names when it asks its clients for a certificate; for engines. */
public final class CertificateAuthorities {
    /**
     * How long the list may be. By the protocol that is 64 KiB, but there are clients, the JDK's among them, that take
     * no message of a handshake above 32 KiB.
     */
    private static final int LONGEST = 31 * 1024;

    private CertificateAuthorities() {}

    /**
     * Those to name. The list helps a client to choose, and may be empty (RFC 5246, 7.4.4; RFC 8446, 4.2.4): a client
     * then sends what it has. One that is too long would end every handshake.
     *
     * @param trusted all authorities whose clients are accepted
     * @return the same, or none if the list of their names would be too long
     */
    public static X509Certificate[] toName(X509Certificate[] trusted) {
        int length = 0;
        for (X509Certificate authority : trusted) {
            length += Short.BYTES + authority.getSubjectX500Principal().getEncoded().length;
        }
        return length > LONGEST ? new X509Certificate[0] : trusted;
    }
}
