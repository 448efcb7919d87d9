// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/**
 * Whether a profile checks in each handshake, online, that the certificates of the peer's chain were not revoked: by
 * the server's stapled OCSP response, the OCSP responder (RFC 6960), or the CRL distribution point (RFC 5280,
 * 4.2.1.13).
 *
 * <p>The check sends HTTP requests to the addresses in the certificates and blocks the handshake's task until the
 * response arrives, by default for up to 15 seconds each (system properties {@code com.sun.security.ocsp.timeout} and
 * {@code com.sun.security.crl.timeout}). Such tasks run on threads that may block, never on a dispatcher thread.
 * Resumed sessions are not checked again: {@link TlsProfileBuilder#sessionCache} limits their lifetime.
 */
public enum Revocation {
    /** No online check. */
    OFF,
    /** Refuses revoked certificates, and accepts those whose status cannot be determined. */
    SOFT_FAIL,
    /** Refuses revoked certificates, and those whose status cannot be determined. */
    HARD_FAIL
}
