// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * What not every TLS engine can do. A profile that asks an engine for what it cannot do is refused when it is built.
 */
public enum TlsFeature {
    /** Makes sessions resumable by tickets that the client keeps (RFC 5077; RFC 8446, 4.6.1). */
    TICKETS,
    /** Takes the keys of its tickets from outside, so that several servers share them: {@code ticketKeys}. */
    SHARED_TICKET_KEYS,
    /** Lets a profile choose and order the groups of the key exchange (RFC 8446, 4.2.7): {@code groups}. */
    GROUP_CHOICE,
    /**
     * Lets a profile choose and order the cipher suites of TLS 1.3. Without it an engine offers all that it has, in an
     * order of its own, whenever TLS 1.3 is on offer.
     */
    TLS13_SUITE_CHOICE,
    /**
     * Refuses a client that offers only other application protocols (alert 120; RFC 7301, 3.2). For an engine that does
     * not, profiles read the ClientHello themselves.
     */
    ALPN_REFUSAL,
    /**
     * Chooses the type of a server's key also by the cipher suites that a TLS 1.2 client offers. For an engine that
     * does not, profiles read the ClientHello themselves.
     */
    KEY_TYPE_BY_SUITE,
    /**
     * Exports key material of a connection (RFC 5705; RFC 8446, 7.5), for channel bindings:
     * {@code exportChannelBinding}.
     */
    KEYING_MATERIAL_EXPORT,
    /** Keeps the other direction of a TLS 1.3 connection open after a close_notify (RFC 8446, 6.1). */
    HALF_CLOSE
}
