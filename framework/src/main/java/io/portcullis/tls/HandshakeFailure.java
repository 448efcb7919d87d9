// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** Why TLS failed, as one word out of a bounded set. */
public enum HandshakeFailure {
    /** Plain HTTP arrived where TLS was expected. */
    PLAIN_HTTP,
    /** Something else that is not TLS arrived where TLS was expected. */
    NOT_TLS,
    /** An SSLv2-format ClientHello, which nobody should send any more (RFC 6176). */
    SSL2_HELLO,
    /** A TLS record that is not a ClientHello opened the connection. */
    NO_CLIENT_HELLO,
    /** A record header that no TLS version allows: its type, version or length. */
    BAD_RECORD,
    /** A ClientHello that could not be parsed, or is larger than 64 KiB. */
    BAD_CLIENT_HELLO,
    /** The client asked for a server name that is not served here. */
    UNKNOWN_SERVER_NAME,
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
    /** The network ended before the TLS stream did. */
    TRUNCATED,
    /** The peer tried to renegotiate (TLS 1.2), which is refused (CVE-2011-1473). */
    RENEGOTIATION,
    /** Too many records in a row that carry no data: empty ones, KeyUpdates, warnings. */
    RECORD_FLOOD,
    /** The TLS engine failed the connection: no common parameters, a bad certificate, the peer's alert; the cause says which. */
    ENGINE,
    /** The TLS engine asked for something again and again without getting on: a defect of the engine. */
    ENGINE_STALLED
}
