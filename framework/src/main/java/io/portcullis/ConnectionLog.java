// SPDX-License-Identifier: Apache-2.0
package io.portcullis;

/**
 * What is logged of a connection in addition to its failures: see {@code connectionLog} of the builders of servers and
 * clients. Since it is enabled explicitly, it is logged at info level; the lines contain the connection's id.
 *
 * <p><b>A wire log shows the bytes on the wire.</b> Under TLS these are ciphertext, certificates and session tickets;
 * on a plain connection, and before STARTTLS, they are everything that is sent, including passwords.
 *
 * @param handshake whether to log the gate's decision and each step of the handshake: logger
 *     {@code io.portcullis.handshake}
 * @param wireBytes how many bytes of each direction to log in hexadecimal: logger {@code io.portcullis.wire}; 0 for
 *     none
 */
public record ConnectionLog(boolean handshake, int wireBytes) {
    private static final ConnectionLog NONE = new ConnectionLog(false, 0);
    private static final ConnectionLog HANDSHAKE = new ConnectionLog(true, 0);

    /**
     * Returns a setting that logs nothing but failures.
     *
     * @return the default
     */
    public static ConnectionLog none() {
        return NONE;
    }

    /**
     * Returns a setting that logs the steps of the handshake: what the client offers, which messages passed and when,
     * what was negotiated, and why it failed.
     *
     * @return what to log
     */
    public static ConnectionLog handshakes() {
        return HANDSHAKE;
    }

    /**
     * Returns a setting that logs the steps of the handshake and the bytes on the wire.
     *
     * @param bytes the maximum for each direction, more than 0; the rest is omitted, which is logged once
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
     * Returns whether anything is logged.
     *
     * @return false for {@link #none()}
     */
    public boolean wanted() {
        return handshake || wireBytes > 0;
    }
}
