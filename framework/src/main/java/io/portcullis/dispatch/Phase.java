// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/**
 * The life of a connection; it only ever goes forward, but for an upgrade, which comes back to OPEN.
 *
 * <pre>
 *            UPGRADING
 *               ^ |
 *               | v
 *   OPENING --> OPEN --> CLOSING --> LINGERING --> ENDED
 *      |         |          |                        ^
 *      +---------+----------+------------------------+
 * </pre>
 */
enum Phase {
    /** The gate decides, or the handshake runs. */
    OPENING,
    /** The handler has the connection. */
    OPEN,
    /** STARTTLS: the handshake runs; or its mirror: the peer's close_notify is awaited. */
    UPGRADING,
    /** The rest is being sent, close_notify last. */
    CLOSING,
    /** The end of the stream is sent; what the peer still sends is dropped until it ends its stream too. */
    LINGERING,
    /** The socket is closed; what was pending comes back. */
    ENDED
}
