// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** Whether a server requests a certificate from its clients. */
public enum ClientAuth {
    /** No certificate is requested. */
    NONE,
    /**
     * A certificate is requested, but the client may send none; a certificate that is not trusted fails the handshake.
     */
    WANT,
    /** A certificate is required: the handshake fails unless the client presents one that is trusted. */
    NEED
}
