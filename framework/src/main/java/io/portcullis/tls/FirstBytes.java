// SPDX-License-Identifier: Apache-2.0
package io.portcullis.tls;

import io.portcullis.internal.records.RecordFormat;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** The kind of plaintext at the start of a connection: anything but a TLS handshake record. */
public enum FirstBytes {
    /** A request line of HTTP/1, or the preface of HTTP/2. */
    HTTP,
    /** A PROXY header, version 1 or 2, where none is expected. */
    PROXY_HEADER,
    /** An SSLv2-format ClientHello (RFC 6176). */
    SSL2_HELLO,
    /** A TLS record that is not a handshake message. */
    TLS_RECORD,
    /** Any other protocol. */
    OTHER;

    /** The number of bytes with which every kind is certain. */
    static final int LONGEST = 12;

    private static final byte[] PROXY_V2 = {13, 10, 13, 10, 0, 13, 10, 'Q', 'U', 'I', 'T', 10};
    private static final int SSL2_LENGTH = 5;

    private static final List<byte[]> HTTP_METHODS = Stream.of(
                    "GET ", "POST ", "PUT ", "HEAD ", "DELETE ", "OPTIONS ", "PATCH ", "TRACE ", "CONNECT ", "PRI ")
            .map(method -> method.getBytes(StandardCharsets.US_ASCII))
            .toList();
    private static final List<byte[]> PROXY_HEADERS = List.of("PROXY ".getBytes(StandardCharsets.US_ASCII), PROXY_V2);

    /**
     * Returns the kind of the first bytes, as soon as no further byte can change it.
     *
     * @param network at least one byte, not of a TLS handshake; not consumed
     * @param complete whether no further bytes are expected
     * @return the kind, or null if more bytes are needed
     */
    static @Nullable FirstBytes of(ByteBuffer network, boolean complete) {
        if (RecordHeader.isContentType(RecordHeader.type(network))) {
            return TLS_RECORD;
        }
        if (isSsl2Hello(network)) {
            return SSL2_HELLO;
        }
        if (has(HTTP_METHODS, network, complete)) {
            return HTTP;
        }
        if (has(PROXY_HEADERS, network, false)) {
            return PROXY_HEADER;
        }
        boolean undecided = !complete
                && (has(HTTP_METHODS, network, true) || has(PROXY_HEADERS, network, true) || maybeSsl2Hello(network));
        return undecided ? null : OTHER;
    }

    /**
     * Returns whether the bytes begin with one of these; or, if no more are expected, whether one of these begins with
     * them.
     */
    private static boolean has(List<byte[]> beginnings, ByteBuffer network, boolean complete) {
        return beginnings.stream().anyMatch(beginning -> {
            int length = Math.min(beginning.length, network.remaining());
            return (complete || length == beginning.length)
                    && ByteBuffer.wrap(beginning, 0, length).equals(network.slice(network.position(), length));
        });
    }

    /** RFC 5246, E.2: two bytes of length with the high bit set, the message type, then version 0.2 or 3.x. */
    private static boolean isSsl2Hello(ByteBuffer network) {
        return network.remaining() >= SSL2_LENGTH && maybeSsl2Hello(network);
    }

    private static boolean maybeSsl2Hello(ByteBuffer network) {
        byte[] bytes = new byte[SSL2_LENGTH];
        Arrays.fill(bytes, (byte) -1);
        int length = Math.min(SSL2_LENGTH, network.remaining());
        network.get(network.position(), bytes, 0, length);
        boolean version = length < 4
                || bytes[3] == RecordFormat.MAJOR_VERSION
                || (bytes[3] == 0 && (length < 5 || bytes[4] == 2));
        return (bytes[0] & 0x80) != 0 && (length < 3 || bytes[2] == 1) && version;
    }
}
