// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Whether a profile asks, in each handshake, if the peer's certificate was revoked: a server's stapled OCSP response if
 * there is one, the authority's OCSP responder (RFC 6960), or else the list at its CRL distribution point (RFC 5280,
 * 4.2.1.13).
 *
 * <p>Asking is a request over HTTP to the addresses in the certificates, and the handshake's task waits for the reply,
 * for up to 15 s (system properties {@code com.sun.security.ocsp.timeout}, {@code com.sun.security.crl.timeout}): such
 * tasks run on threads that may block, never on a dispatcher's. Sessions that are resumed are not asked about again:
 * {@link TlsProfileBuilder#sessionCache} bounds how long they live.
 */
public enum Revocation {
    /** Nobody is asked. */
    OFF,
    /** A certificate that was revoked is refused; one about which there is no reply is accepted. */
    SOFT_FAIL,
    /** A certificate is refused unless there is a reply that it was not revoked. */
    HARD_FAIL
}
