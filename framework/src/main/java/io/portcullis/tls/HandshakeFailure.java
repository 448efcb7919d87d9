// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Why TLS failed, as one word out of a bounded set. The word is the same on both sides of a connection wherever the
 * other side's alert says enough, and the same in the exception, the log line, the statistics and the events of the
 * recorder.
 */
public enum HandshakeFailure {
    /** Plain HTTP arrived where TLS was expected. */
    PLAIN_HTTP,
    /** Something else that is not TLS arrived where TLS was expected; or a server gave a ClientHello for an answer. */
    NOT_TLS,
    /** An SSLv2-format ClientHello, which nobody should send any more (RFC 6176). */
    SSL2_HELLO,
    /** A TLS record that is not a ClientHello opened the connection. */
    NO_CLIENT_HELLO,
    /** A record header that no TLS version allows: its type, version or length. */
    BAD_RECORD,
    /**
     * A ClientHello that could not be parsed, is larger than 64 KiB, or asks for something else than the one before it.
     */
    BAD_CLIENT_HELLO,
    /**
     * The client sent data without waiting for an answer (0-RTT), and the engine cannot pass over it (RFC 8446,
     * 4.2.10).
     */
    EARLY_DATA,
    /** The client asked for a server name that is not served here. */
    UNKNOWN_SERVER_NAME,
    /** The client offers application protocols (ALPN, RFC 7301), but none of the server's. */
    NO_APPLICATION_PROTOCOL,
    /**
     * Client and server have no version of TLS in common, or the client has fallen back from a better one (RFC 7507).
     */
    NO_COMMON_PROTOCOL,
    /**
     * Client and server have no cipher suite in common; in TLS 1.2 also: none that fits their groups and certificates;
     * in TLS 1.3 also: no signature algorithm that fits the server's certificates.
     */
    NO_COMMON_CIPHER_SUITE,
    /** Client and server have no group of the key exchange in common. */
    NO_COMMON_GROUP,
    /** The server wants a certificate of its client, and got none. */
    CLIENT_CERTIFICATE_MISSING,
    /** The client's certificate has expired, or is not valid yet. */
    CLIENT_CERTIFICATE_EXPIRED,
    /**
     * The server does not trust the client's certificate; to a client the JDK's server says the same of a missing one.
     */
    CLIENT_CERTIFICATE_UNTRUSTED,
    /** The client refused the server's certificate: it has expired, is for another name, or of an unknown authority. */
    SERVER_CERTIFICATE_REJECTED,
    /** The peer ended the handshake by an alert that says no more: {@link TlsException#peerAlert()} is its number. */
    PEER_ALERT,
    /** The gate failed, or decided nothing; there is no default to fall back to. */
    UNDECIDED,
    /** The gate refused the connection. */
    REFUSED,
    /** The PROXY header was missing or bad, or came from a peer that is not trusted; the cause says which. */
    PROXY_REFUSED,
    /** The address that the connection was to be passed on to could not be reached; the cause says why. */
    RELAY_FAILED,
    /** Bytes that are not TLS's came behind the command that starts TLS; they are interpreted by nobody. */
    UPGRADE_VIOLATION,
    /** Nothing came from the peer before the handshake deadline. */
    TIMEOUT_SILENT,
    /** Something came before the deadline, but the gate could not decide by it; or what it asked did not answer. */
    TIMEOUT_GATE,
    /** TLS had begun, and was not negotiated before the deadline. */
    TIMEOUT_NEGOTIATION,
    /** Too many handshakes ran already, and too many others waited for their turn, or for a thread for their tasks. */
    ADMISSION_REFUSED,
    /** Too many handshakes ran already, and it was not this one's turn in time. */
    ADMISSION_TIMEOUT,
    /** The network ended before the TLS stream did. */
    TRUNCATED,
    /**
     * The network failed during the handshake: reset by the peer, unreachable; the cause is the operating system's
     * word.
     */
    RESET,
    /** The peer tried to renegotiate (TLS 1.2), which is refused (CVE-2011-1473). */
    RENEGOTIATION,
    /**
     * Too many records that carry no data, and too little with them that does: empty ones, KeyUpdates, warnings; or too
     * many for one handshake.
     */
    RECORD_FLOOD,
    /** A message of the handshake, or the peer's chain of certificates, is longer than this side takes. */
    MESSAGE_TOO_LONG,
    /** The TLS engine asked for something again and again without getting on: a defect of the engine. */
    ENGINE_STALLED,
    /** The TLS engine failed the connection for a reason that has no word of its own; the cause says which. */
    OTHER
}
