// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls.spi;

import java.security.cert.X509Certificate;

/** The authorities that a server names when it requests a certificate from its clients; for engines. */
public final class CertificateAuthorities {
    /**
     * The maximum length of the list. The protocol allows 64 KiB, but some clients, the JDK's among them, accept no
     * handshake message above 32 KiB.
     */
    private static final int LONGEST = 31 * 1024;

    private CertificateAuthorities() {}

    /**
     * Returns the authorities to be named. The list helps a client to choose a certificate, and may be empty (RFC 5246,
     * 7.4.4; RFC 8446, 4.2.4); the client then sends any certificate it has. With a list that is too long, every
     * handshake would fail.
     *
     * @param trusted all authorities whose clients are accepted
     * @return the same array, or an empty one if the list of their names would be too long
     */
    public static X509Certificate[] toName(X509Certificate[] trusted) {
        int length = 0;
        for (X509Certificate authority : trusted) {
            length += Short.BYTES + authority.getSubjectX500Principal().getEncoded().length;
        }
        return length > LONGEST ? new X509Certificate[0] : trusted;
    }
}
