// SPDX-License-Identifier: Apache-2.0
package io.portcullis.engines.boringssl;

import io.netty.handler.ssl.ReferenceCountedOpenSslEngine;
import io.netty.internal.tcnative.SSL;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import javax.net.ssl.SSLEngine;

/**
 * Keeps large client certificate chains out of tickets. BoringSSL puts the whole chain into each of the two tickets
 * that it sends with TLS 1.3, and closes the connection if both do not fit into 64 KiB. Without a ticket, the client's
 * next handshake is a full one.
 *
 * <p>With TLS 1.2 it is too late when the chain arrives: the server has promised the ticket in its ServerHello.
 */
final class LargeTickets {
    /**
     * The longest chain in a ticket, in bytes. Many clients reject longer messages, and two such tickets cost more than
     * they save.
     */
    static final int LONGEST_CHAIN = 1 << 14;

    private LargeTickets() {}

    /**
     * Sends no ticket to a client whose chain is too long for one.
     *
     * @param engine the server's engine, which has just accepted the chain
     * @param chain the client's chain
     */
    static void withhold(SSLEngine engine, X509Certificate[] chain) {
        if (engine instanceof ReferenceCountedOpenSslEngine boringSsl && length(chain) > LONGEST_CHAIN) {
            SSL.setOptions(boringSsl.sslPointer(), SSL.SSL_OP_NO_TICKET);
        }
    }

    private static int length(X509Certificate[] chain) {
        int length = 0;
        for (X509Certificate certificate : chain) {
            try {
                length += certificate.getEncoded().length;
            } catch (CertificateEncodingException impossible) {
                throw new IllegalStateException(impossible);
            }
        }
        return length;
    }
}
