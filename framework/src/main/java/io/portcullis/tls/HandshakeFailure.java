// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Why TLS failed: one of a bounded set of reasons. The reason is the same on both sides of a connection, as far as it
 * can be derived from the other side's alert, and the same in the exception, the log line, the statistics and the
 * events of Flight Recorder.
 */
public enum HandshakeFailure {
    /** Plain HTTP arrived where TLS was expected. */
    PLAIN_HTTP,
    /** Something else that is not TLS arrived where TLS was expected; or a server responded with a ClientHello. */
    NOT_TLS,
    /** An SSLv2-format ClientHello, which is prohibited (RFC 6176). */
    SSL2_HELLO,
    /** A TLS record that is not a ClientHello opened the connection. */
    NO_CLIENT_HELLO,
    /** A record header that no TLS version allows, because of its type, version or length. */
    BAD_RECORD,
    /**
     * A ClientHello that could not be parsed, is larger than 64 KiB, or is a second one that differs in what must not
     * change.
     */
    BAD_CLIENT_HELLO,
    /** The client sent early data (0-RTT), and the engine cannot skip it (RFC 8446, 4.2.10). */
    EARLY_DATA,
    /** The client requested a server name that is not served. */
    UNKNOWN_SERVER_NAME,
    /** The client offers application protocols (ALPN, RFC 7301), but none of the server's. */
    NO_APPLICATION_PROTOCOL,
    /**
     * Client and server have no version of TLS in common, or the client has fallen back from a higher one (RFC 7507).
     */
    NO_COMMON_PROTOCOL,
    /**
     * Client and server have no cipher suite in common. In TLS 1.2 also: none that fits their groups and certificates;
     * in TLS 1.3 also: no signature algorithm that fits the server's certificates.
     */
    NO_COMMON_CIPHER_SUITE,
    /** Client and server have no key exchange group in common. */
    NO_COMMON_GROUP,
    /** The server requires a certificate of its client, which presented none. */
    CLIENT_CERTIFICATE_MISSING,
    /** The client's certificate has expired, or is not valid yet. */
    CLIENT_CERTIFICATE_EXPIRED,
    /**
     * The server does not trust the client's certificate. A client of the JDK's server gets this reason also if it
     * presented none.
     */
    CLIENT_CERTIFICATE_UNTRUSTED,
    /** The client refused the server's certificate: it has expired, is for another name, or of an unknown authority. */
    SERVER_CERTIFICATE_REJECTED,
    /** The peer ended the handshake with an unspecific alert; {@link TlsException#peerAlert()} is its number. */
    PEER_ALERT,
    /** The gate failed, or did not decide; there is no default. */
    UNDECIDED,
    /** The gate refused the connection. */
    REFUSED,
    /** The PROXY header was missing or bad, or came from a peer that is not trusted; the cause states which. */
    PROXY_REFUSED,
    /** The address to which the connection was to be relayed could not be reached; the cause states why. */
    RELAY_FAILED,
    /** Bytes that are not TLS followed the command that starts TLS; they are discarded. */
    UPGRADE_VIOLATION,
    /** Nothing was received before the handshake deadline. */
    TIMEOUT_SILENT,
    /**
     * Bytes were received before the deadline, but the gate could not decide by them, or a lookup of it did not
     * complete.
     */
    TIMEOUT_GATE,
    /** TLS had begun, but was not negotiated before the deadline. */
    TIMEOUT_NEGOTIATION,
    /**
     * Too many handshakes were in progress, and too many others were waiting for admission, or for a thread for tasks.
     */
    ADMISSION_REFUSED,
    /** Too many handshakes were in progress, and this one was not admitted in time. */
    ADMISSION_TIMEOUT,
    /** The network ended before the TLS stream did. */
    TRUNCATED,
    /**
     * The network failed during the handshake: reset by the peer, unreachable; the cause is the operating system's
     * error.
     */
    RESET,
    /** The peer tried to renegotiate (TLS 1.2), which is refused (CVE-2011-1473). */
    RENEGOTIATION,
    /**
     * Too many records without data (empty records, KeyUpdates, warnings) in relation to those with data; or too many
     * records for one handshake.
     */
    RECORD_FLOOD,
    /** A handshake message, or the peer's certificate chain, is longer than this side accepts. */
    MESSAGE_TOO_LONG,
    /** The TLS engine made no progress although it was called repeatedly: a defect of the engine. */
    ENGINE_STALLED,
    /** The TLS engine failed the connection for any other reason; the cause states which. */
    OTHER
}
