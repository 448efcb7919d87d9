// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;

/**
 * What the first bytes of a connection look like. Reads by index only: the buffer is left as it was.
 *
 * <p>As few bytes as possible are waited for: one is enough unless it could begin TLS. {@code 0x16 0x03} is a ClientHello;
 * another TLS content type in front of version 3 is a TLS record that cannot open a connection; {@code 0x80 len 0x01} with
 * a version of SSL or TLS is an SSLv2 ClientHello. All the rest is plaintext.
 */
enum Opening {
    UNDECIDED,
    TLS_HELLO,
    TLS_RECORD,
    SSL2_HELLO,
    HTTP,
    PLAINTEXT;

    private static final List<byte[]> HTTP_METHODS = List.of(
                    "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT ", "PRI ")
            .stream()
            .map(method -> method.getBytes(StandardCharsets.US_ASCII))
            .toList();

    /** Looks at the bytes from the buffer's position on. */
    static Opening of(ByteBuffer network) {
        if (!network.hasRemaining()) {
            return UNDECIDED;
        }
        int first = unsigned(network, 0);
        if (first == RecordHeader.HANDSHAKE) {
            return expect(network, 1, RecordHeader.MAJOR_VERSION, TLS_HELLO);
        }
        if (RecordHeader.isContentType(first)) {
            return expect(network, 1, RecordHeader.MAJOR_VERSION, TLS_RECORD);
        }
        if ((first & 0x80) != 0) {
            return ssl2(network);
        }
        return startsLikeHttp(network) ? HTTP : PLAINTEXT;
    }

    /** At most 16 bytes from the buffer's position on, for a message. */
    static String hex(ByteBuffer network) {
        byte[] bytes = new byte[Math.min(16, network.remaining())];
        network.get(network.position(), bytes);
        return HexFormat.ofDelimiter(" ").formatHex(bytes);
    }

    private static Opening expect(ByteBuffer network, int index, int value, Opening match) {
        if (network.remaining() <= index) {
            return UNDECIDED;
        }
        return unsigned(network, index) == value ? match : PLAINTEXT;
    }

    /** RFC 5246, E.2: two bytes of length with the high bit set, message type 1, then the version. */
    private static Opening ssl2(ByteBuffer network) {
        Opening type = expect(network, 2, 1, SSL2_HELLO);
        if (type != SSL2_HELLO || network.remaining() <= 3) {
            return type == SSL2_HELLO ? UNDECIDED : type;
        }
        int major = unsigned(network, 3);
        if (major == RecordHeader.MAJOR_VERSION) {
            return SSL2_HELLO;
        }
        return major == 0 ? expect(network, 4, 2, SSL2_HELLO) : PLAINTEXT;
    }

    private static boolean startsLikeHttp(ByteBuffer network) {
        for (byte[] method : HTTP_METHODS) {
            int length = Math.min(method.length, network.remaining());
            int same = 0;
            while (same < length && network.get(network.position() + same) == method[same]) {
                same++;
            }
            if (same == length) {
                return true;
            }
        }
        return false;
    }

    private static int unsigned(ByteBuffer network, int index) {
        return network.get(network.position() + index) & 0xff;
    }
}
