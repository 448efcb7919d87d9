// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

/** Whether a server asks its clients for a certificate. */
public enum ClientAuth {
    /** The client is not asked. */
    NONE,
    /** The client is asked and may answer with none; a certificate that is not trusted fails the handshake. */
    WANT,
    /** The client must present a certificate that is trusted, or the handshake fails. */
    NEED
}
