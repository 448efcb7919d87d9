// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import java.util.stream.Stream;

/**
 * Names what arrived where TLS is expected, as far as the bytes at hand allow. It is asked when the connection is lost
 * already, so it never waits for more.
 */
final class NotTls {
    private static final int MOST_BYTES_SHOWN = 16;
    private static final int SSL2_LENGTH_MARK = 0x80;
    private static final byte SSL2_CLIENT_HELLO = 1;

    private static final List<byte[]> HTTP_METHODS = Stream.of(
                    "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT ", "PRI ")
            .map(method -> method.getBytes(StandardCharsets.US_ASCII))
            .toList();

    private NotTls() {}

    /**
     * The failure of a connection that opened with these bytes.
     *
     * @param network at least one byte; not consumed
     */
    static TlsException of(ByteBuffer network) {
        String bytes = "; first bytes " + hex(network);
        if (RecordHeader.isContentType(RecordHeader.type(network))) {
            return new TlsException(
                    HandshakeFailure.NO_CLIENT_HELLO,
                    Alert.UNEXPECTED_MESSAGE,
                    "a TLS record that is no ClientHello opened the connection" + bytes);
        }
        if (isSsl2Hello(network)) {
            return new TlsException(
                    HandshakeFailure.SSL2_HELLO,
                    Alert.PROTOCOL_VERSION,
                    "the client opened with an SSLv2 ClientHello, which RFC 6176 forbids" + bytes);
        }
        if (isHttp(network)) {
            return new TlsException(
                    HandshakeFailure.PLAIN_HTTP,
                    Alert.UNEXPECTED_MESSAGE,
                    "plain HTTP arrived where TLS is expected; use https, or a port that detects" + bytes);
        }
        return new TlsException(
                HandshakeFailure.NOT_TLS,
                Alert.UNEXPECTED_MESSAGE,
                "something that is not TLS arrived where TLS is expected" + bytes);
    }

    /** At most 16 bytes from the buffer's position on, for a message. */
    static String hex(ByteBuffer network) {
        byte[] bytes = new byte[Math.min(MOST_BYTES_SHOWN, network.remaining())];
        network.get(network.position(), bytes);
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    /** RFC 5246, E.2: two bytes of length with the high bit set, the message type, then version 0.2 or 3.x. */
    private static boolean isSsl2Hello(ByteBuffer network) {
        int position = network.position();
        if (network.remaining() < 5
                || (network.get(position) & SSL2_LENGTH_MARK) == 0
                || network.get(position + 2) != SSL2_CLIENT_HELLO) {
            return false;
        }
        byte major = network.get(position + 3);
        return major == RecordHeader.MAJOR_VERSION || (major == 0 && network.get(position + 4) == 2);
    }

    /** Whether the bytes at hand are the beginning of a request line, or it is theirs. */
    private static boolean isHttp(ByteBuffer network) {
        return HTTP_METHODS.stream().anyMatch(method -> {
            int length = Math.min(method.length, network.remaining());
            return ByteBuffer.wrap(method, 0, length).equals(network.slice(network.position(), length));
        });
    }
}
