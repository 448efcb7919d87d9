// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/** Which direction of a connection has been idle for too long ({@link ConnectionHandler#onIdle}). */
public enum Idle {
    /** Nothing was received. */
    READ,
    /** Nothing was sent. */
    WRITE,
    /** Nothing was received, and nothing was sent. */
    BOTH
}
