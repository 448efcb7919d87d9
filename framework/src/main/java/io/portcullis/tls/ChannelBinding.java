// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * A kind of channel binding (RFC 5056): data that both ends of one TLS connection know and no one in between can bring
 * about. An authentication inside TLS that includes them fails if a man in the middle has ended TLS in two halves, even
 * if he has a certificate that the client trusts.
 *
 * <p>SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677) needs two things of them. The client names the kind in its first message,
 * {@code p=tls-exporter}, and both sides put {@link TlsSession#channelBinding} behind that header into the value
 * {@code c=} of the client's last message, in base64. A server offers the -PLUS mechanisms only on connections on which
 * it has the data, and refuses a client that says {@code y} (it could, but believes that the server cannot) if it has
 * offered them. {@code tls-unique} is not offered: it does not exist in TLS 1.3, and is broken in TLS 1.2 without
 * extended master secret (RFC 7627).
 */
public enum ChannelBinding {
    /**
     * The hash of the server's certificate (RFC 5929, 4). There is one on every connection whose server's certificate
     * is known, with every engine and version of TLS, unless the certificate is signed by an algorithm that has no hash
     * of its own (Ed25519, Ed448), for which the RFC defines none. It binds to the server, not to the connection. If a
     * session is resumed with a server of the engines BoringSSL or Conscrypt whose certificate was renewed since, the
     * two sides do not have the same, and the authentication fails.
     */
    TLS_SERVER_END_POINT("tls-server-end-point"),
    /**
     * Key material that is exported from the connection (RFC 9266), different for each one. Computed if the profile
     * says so ({@link TlsProfileBuilder#exportChannelBinding}), by engines that have
     * {@link TlsFeature#KEYING_MATERIAL_EXPORT}; with TLS 1.2 only if the connection has an extended master secret, as
     * the RFC demands.
     */
    TLS_EXPORTER("tls-exporter");

    private final String registeredName;

    ChannelBinding(String registeredName) {
        this.registeredName = registeredName;
    }

    /**
     * The name in IANA's registry, as SASL and GSS-API use it.
     *
     * @return such as {@code tls-exporter}
     */
    public String registeredName() {
        return registeredName;
    }
}
