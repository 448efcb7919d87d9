// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

/** Why a PROXY header was refused, as one word out of a bounded set. */
public enum ProxyFailure {
    /** The peer is none of those that may speak for others. */
    UNTRUSTED,
    /** Something else than a PROXY header opened the connection. */
    MISSING,
    /** The network ended within the header. */
    TRUNCATED,
    /** The header is longer than it may be, or says so. */
    TOO_LONG,
    /** The header breaks the grammar of its version, or names what is not assigned. */
    MALFORMED,
    /** A type-length-value field (TLV) does not fit into what surrounds it, or cannot have this value. */
    BAD_TLV,
    /** The header does not match its checksum (CRC32C). */
    BAD_CHECKSUM
}
