// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.foreign.ForeignText;
import io.portcullis.internal.records.Alert;
import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;

/**
 * Describes what arrived where TLS is expected, as far as the available bytes permit. The connection fails whatever
 * follows, so nothing waits for more.
 */
final class NotTls {
    private NotTls() {}

    /**
     * Checks the very first bytes of a peer, which show which protocol it speaks if it is not TLS.
     *
     * @param network bytes from the network; not consumed
     * @param response whether they respond to a ClientHello, so that an alert is as valid as a handshake message
     * @throws TlsException if the peer does not speak TLS, or begins with a record other than a handshake message
     */
    static void check(ByteBuffer network, boolean response) throws TlsException {
        if (!network.hasRemaining()) {
            return;
        }
        int type = RecordHeader.type(network);
        boolean otherRecord = type != RecordFormat.HANDSHAKE
                && network.remaining() > 1
                && network.get(network.position() + 1) == RecordFormat.MAJOR_VERSION;
        if (!RecordHeader.isContentType(type) || (!response && otherRecord)) {
            throw of(network);
        }
    }

    /**
     * Returns the failure of a connection that began with these bytes.
     *
     * @param network at least one byte; not consumed
     */
    static TlsException of(ByteBuffer network) {
        String bytes = "; first bytes " + ForeignText.hex(network);
        FirstBytes kind = FirstBytes.of(network, true);
        if (kind == FirstBytes.TLS_RECORD) {
            return new TlsException(
                    HandshakeFailure.NO_CLIENT_HELLO,
                    Alert.UNEXPECTED_MESSAGE,
                    "the connection began with a TLS record that is not a ClientHello" + bytes);
        }
        if (kind == FirstBytes.SSL2_HELLO) {
            return new TlsException(
                    HandshakeFailure.SSL2_HELLO,
                    Alert.PROTOCOL_VERSION,
                    "the client began with an SSLv2 ClientHello, which RFC 6176 forbids" + bytes);
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
}
