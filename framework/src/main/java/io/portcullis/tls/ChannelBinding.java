// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * A type of channel binding (RFC 5056): data that both ends of a TLS connection share. An authentication protocol
 * inside TLS that includes the data fails if a man in the middle terminates TLS on both sides, even with a certificate
 * that the client trusts.
 *
 * <p>SCRAM-SHA-256-PLUS (RFC 5802, RFC 7677) uses the data as follows. The client names the type in the GS2 header of
 * its first message, such as {@code p=tls-exporter,,}. The attribute {@code c=} of its final message is the base64
 * encoding of that header followed by the bytes of {@link TlsSession#channelBinding}; the server compares it with its
 * own. A server offers the -PLUS mechanisms only on connections that have the data, and if it has offered them, it
 * rejects a client whose header begins with {@code y}: the offer was removed on the way. {@code tls-unique} is not
 * supported: it is not defined for TLS 1.3, and is insecure in TLS 1.2 without the extended master secret (RFC 7627).
 */
public enum ChannelBinding {
    /**
     * The hash of the server's certificate (RFC 5929, 4). Available with every engine and protocol version, except if
     * the certificate's signature algorithm has no separate hash function (Ed25519, Ed448): the RFC defines no value
     * for these. It binds to the server, not to the connection. If a session is resumed with a server of the engines
     * BoringSSL or Conscrypt whose certificate was renewed in the meantime, the two sides have different values and the
     * authentication fails.
     */
    TLS_SERVER_END_POINT("tls-server-end-point"),
    /**
     * Keying material exported from the connection (RFC 9266), unique to each connection. Available if the profile has
     * {@link TlsProfileBuilder#exportChannelBinding}, which requires an engine with
     * {@link TlsFeature#KEYING_MATERIAL_EXPORT}; with TLS 1.2 only if the connection uses the extended master secret,
     * as the RFC requires.
     */
    TLS_EXPORTER("tls-exporter");

    private final String registeredName;

    ChannelBinding(String registeredName) {
        this.registeredName = registeredName;
    }

    /**
     * The name in the IANA registry of channel binding types, which SASL and GSS-API use.
     *
     * @return such as {@code tls-exporter}
     */
    public String registeredName() {
        return registeredName;
    }
}
