// SPDX-License-Identifier: Apache-2.0
package io.portcullis.proxy;

/** The reason why a PROXY header was refused. */
public enum ProxyFailure {
    /** The peer is not trusted to send headers on behalf of clients. */
    UNTRUSTED,
    /** The connection does not begin with a PROXY header. */
    MISSING,
    /** The network ended within the header. */
    TRUNCATED,
    /** The header exceeds the maximum length, or announces a length that does. */
    TOO_LONG,
    /** The header violates the grammar of its version, or contains an unassigned number. */
    MALFORMED,
    /** A type-length-value field (TLV) exceeds its container, or has an invalid value. */
    BAD_TLV,
    /** The header does not match its checksum (CRC32C). */
    BAD_CHECKSUM
}
