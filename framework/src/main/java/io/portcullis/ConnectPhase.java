// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/** The phase of a client's connect; phases only advance. */
public enum ConnectPhase {
    /** The connect is queued because the client has enough others in progress. */
    ADMISSION,
    /** The name is being resolved. */
    RESOLUTION,
    /** The addresses are being tried. */
    CONNECTION,
    /** The TCP connection is established; the TLS handshake runs, if there is one. */
    HANDSHAKE,
    /** The connection is ready for data. */
    OPEN
}
