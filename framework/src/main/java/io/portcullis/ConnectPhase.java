// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/** How far a client's connect has come; it only ever goes forward. */
public enum ConnectPhase {
    /** It waits until the client may begin with it, because enough others are on their way. */
    ADMISSION,
    /** The name is being resolved. */
    RESOLUTION,
    /** The addresses are being tried. */
    CONNECTION,
    /** The TCP connection is there; the TLS handshake runs, if there is one. */
    HANDSHAKE,
    /** The connection is ready for data. */
    OPEN
}
