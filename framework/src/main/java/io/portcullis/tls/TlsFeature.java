// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * An optional feature of TLS engines. A profile that requires a feature that its engine lacks is refused when it is
 * built.
 */
public enum TlsFeature {
    /** Resumption of sessions by tickets that the client keeps (RFC 5077; RFC 8446, 4.6.1). */
    TICKETS,
    /** Configurable ticket keys, so that several servers can share them: {@code ticketKeys}. */
    SHARED_TICKET_KEYS,
    /** Choice and order of the key exchange groups (RFC 8446, 4.2.7): {@code groups}. */
    GROUP_CHOICE,
    /**
     * Choice and order of the TLS 1.3 cipher suites. Without this feature, an engine offers all its suites in its own
     * order whenever TLS 1.3 is enabled.
     */
    TLS13_SUITE_CHOICE,
    /**
     * Refusal of clients that offer only other application protocols (alert 120; RFC 7301, 3.2). For engines without
     * this feature, profiles read the ClientHello themselves.
     */
    ALPN_REFUSAL,
    /**
     * Choice of a server's key type by the cipher suites that a TLS 1.2 client offers. For engines without this
     * feature, profiles read the ClientHello themselves.
     */
    KEY_TYPE_BY_SUITE,
    /** Export of key material (RFC 5705; RFC 8446, 7.5) for channel bindings: {@code exportChannelBinding}. */
    KEYING_MATERIAL_EXPORT,
    /** Half-close in TLS 1.3: the other direction stays open after a close_notify (RFC 8446, 6.1). */
    HALF_CLOSE
}
