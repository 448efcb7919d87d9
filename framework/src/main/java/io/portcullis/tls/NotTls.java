// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.util.HexFormat;

/**
 * Names what arrived where TLS is expected, as far as the bytes at hand allow. It is asked when the connection is lost
 * already, so it never waits for more.
 */
final class NotTls {
    private static final int MOST_BYTES_SHOWN = 16;

    private NotTls() {}

    /**
     * The failure of a connection that opened with these bytes.
     *
     * @param network at least one byte; not consumed
     */
    static TlsException of(ByteBuffer network) {
        String bytes = "; first bytes " + hex(network);
        FirstBytes kind = FirstBytes.of(network, true);
        if (kind == FirstBytes.TLS_RECORD) {
            return new TlsException(
                    HandshakeFailure.NO_CLIENT_HELLO,
                    Alert.UNEXPECTED_MESSAGE,
                    "a TLS record that is no ClientHello opened the connection" + bytes);
        }
        if (kind == FirstBytes.SSL2_HELLO) {
            return new TlsException(
                    HandshakeFailure.SSL2_HELLO,
                    Alert.PROTOCOL_VERSION,
                    "the client opened with an SSLv2 ClientHello, which RFC 6176 forbids" + bytes);
        }
        if (kind == FirstBytes.HTTP) {
            return new TlsException(
                    HandshakeFailure.PLAIN_HTTP,
                    Alert.UNEXPECTED_MESSAGE,
                    "plain HTTP arrived where TLS is expected; use https, or a port that detects" + bytes);
        }
        String help = kind == FirstBytes.PROXY_HEADER
                ? "a PROXY header arrived where none is expected; let the gate expect it from a trusted peer"
                : "something that is not TLS arrived where TLS is expected";
        return new TlsException(HandshakeFailure.NOT_TLS, Alert.UNEXPECTED_MESSAGE, help + bytes);
    }

    /** At most 16 bytes from the buffer's position on, for a message. */
    static String hex(ByteBuffer network) {
        byte[] bytes = new byte[Math.min(MOST_BYTES_SHOWN, network.remaining())];
        network.get(network.position(), bytes);
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }
}
