// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.keys.EndPointHash;
import java.security.cert.X509Certificate;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * The properties of an established TLS session.
 *
 * @param protocol the version's standard name, such as {@code TLSv1.3}
 * @param cipherSuite the suite's standard name, such as {@code TLS_AES_128_GCM_SHA256}
 * @param group the key exchange group by its IANA name, such as {@code x25519} or {@code X25519MLKEM768}; empty if
 *     there was none (a resumed session of TLS 1.2), or it is not known
 * @param resumed whether an earlier session was resumed, without a new exchange of certificates
 * @param applicationProtocol the protocol negotiated by ALPN (RFC 7301), if any
 * @param serverName the name that the client requested (SNI, RFC 6066, 3), if any; on the server side in lower case,
 *     and the one by which the gate decided
 * @param peerCertificates the peer's chain, its own certificate first; empty if it presented none
 * @param localCertificates the chain that this side presented, its own certificate first; empty if it presented none.
 *     For a resumed session, the chain presented when the session was established; with the engines BoringSSL and
 *     Conscrypt, a server's current chain, which differs if the certificate was renewed in the meantime
 * @param server whether this side is the server
 * @param exportedBinding the data for {@link ChannelBinding#TLS_EXPORTER} in hexadecimal, if requested and available;
 *     {@link #channelBinding} returns the bytes
 */
public record TlsSession(
        String protocol,
        String cipherSuite,
        Optional<String> group,
        boolean resumed,
        Optional<String> applicationProtocol,
        Optional<String> serverName,
        List<X509Certificate> peerCertificates,
        List<X509Certificate> localCertificates,
        boolean server,
        Optional<String> exportedBinding) {

    /**
     * Creates the session of a client that has presented no certificate.
     *
     * @param protocol the version's standard name
     * @param cipherSuite the suite's standard name
     * @param group the key exchange group
     * @param resumed whether an earlier session was resumed
     * @param applicationProtocol the protocol negotiated by ALPN
     * @param serverName the name that the client requested
     * @param peerCertificates the server's chain
     */
    public TlsSession(
            String protocol,
            String cipherSuite,
            Optional<String> group,
            boolean resumed,
            Optional<String> applicationProtocol,
            Optional<String> serverName,
            List<X509Certificate> peerCertificates) {
        this(
                protocol,
                cipherSuite,
                group,
                resumed,
                applicationProtocol,
                serverName,
                peerCertificates,
                List.of(),
                false,
                Optional.empty());
    }

    /**
     * Returns the channel binding data of this session, for authentication protocols inside TLS such as
     * SCRAM-SHA-256-PLUS: see {@link ChannelBinding}. Both sides of the connection have the same data.
     *
     * @param type the type of channel binding
     * @return a new array with the data; empty if the server's certificate is unknown or its signature algorithm has no
     *     hash function; for {@code tls-exporter}, if the profile does not export it
     *     ({@link TlsProfileBuilder#exportChannelBinding}), or the session does not permit the export
     */
    public Optional<byte[]> channelBinding(ChannelBinding type) {
        return switch (type) {
            case TLS_SERVER_END_POINT ->
                (server ? localCertificates : peerCertificates)
                        .stream().findFirst().flatMap(EndPointHash::of);
            case TLS_EXPORTER -> exportedBinding.map(HexFormat.of()::parseHex);
        };
    }

    /** Returns this session with the properties that were observed on the network. */
    TlsSession seen(Optional<String> newGroup, boolean newResumed) {
        return new TlsSession(
                protocol,
                cipherSuite,
                newGroup,
                newResumed,
                applicationProtocol,
                serverName,
                peerCertificates,
                localCertificates,
                server,
                exportedBinding);
    }

    /** Returns this session with the name that the client requested. */
    TlsSession named(Optional<String> newServerName) {
        return new TlsSession(
                protocol,
                cipherSuite,
                group,
                resumed,
                applicationProtocol,
                newServerName,
                peerCertificates,
                localCertificates,
                server,
                exportedBinding);
    }

    /** Returns this session with an equal chain. */
    TlsSession presenting(List<X509Certificate> equalChain) {
        return new TlsSession(
                protocol,
                cipherSuite,
                group,
                resumed,
                applicationProtocol,
                serverName,
                peerCertificates,
                equalChain,
                server,
                exportedBinding);
    }

    /** Returns this session with the data of a channel binding. */
    TlsSession bound(Optional<String> newExportedBinding) {
        return new TlsSession(
                protocol,
                cipherSuite,
                group,
                resumed,
                applicationProtocol,
                serverName,
                peerCertificates,
                localCertificates,
                server,
                newExportedBinding);
    }

    /**
     * Returns one line for logs, with the subjects of the certificates; names are escaped and truncated to 64
     * characters.
     */
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
