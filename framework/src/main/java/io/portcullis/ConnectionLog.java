// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * What is logged of one connection besides its failures, on request: see {@code connectionLog} at the builders of
 * servers and clients. The lines are at info level, since somebody asked for them, and have the connection's id.
 *
 * <p><b>A wire log shows what is on the wire.</b> Under TLS that is ciphertext, certificates and session tickets; of a
 * plain connection, and before STARTTLS, it is everything that is said, passwords too.
 *
 * @param handshake whether to say how the gate decided and each step of the handshake: logger
 *     {@code io.portcullis.handshake}
 * @param wireBytes of how many bytes of each direction to show the contents, in hexadecimal: logger
 *     {@code io.portcullis.wire}; 0 for none
 */
public record ConnectionLog(boolean handshake, int wireBytes) {
    private static final ConnectionLog NONE = new ConnectionLog(false, 0);
    private static final ConnectionLog HANDSHAKE = new ConnectionLog(true, 0);

    /**
     * Nothing but failures.
     *
     * @return the default
     */
    public static ConnectionLog none() {
        return NONE;
    }

    /**
     * The steps of the handshake: what the client offers, which messages passed when, what was agreed on, why it
     * failed.
     *
     * @return what to log
     */
    public static ConnectionLog handshakes() {
        return HANDSHAKE;
    }

    /**
     * The steps of the handshake, and what is on the wire.
     *
     * @param bytes of each direction so many at most, more than 0; the rest is left out, which is said once
     * @return what to log
     */
    public static ConnectionLog wire(int bytes) {
        if (bytes <= 0) {
            throw new IllegalArgumentException(
                    "a wire log needs more than 0 bytes, not " + bytes + "; none() logs nothing");
        }
        return new ConnectionLog(true, bytes);
    }

    /**
     * Whether anything is to be logged.
     *
     * @return false for {@link #none()}
     */
    public boolean wanted() {
        return handshake || wireBytes > 0;
    }
}
