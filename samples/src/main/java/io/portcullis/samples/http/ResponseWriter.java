// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.portcullis.Connection;
import java.nio.ByteBuffer;

/**
 * Writes heads, short bodies and the framing of chunks. Each thread composes them in a buffer of its own, which can be
 * reused as soon as {@link Connection#write(ByteBuffer)} has returned.
 */
final class ResponseWriter {
    /** Passed to {@link #head} if the length of the body is not known yet. */
    static final long CHUNKED = -1;

    private static final int CAPACITY = 512;
    private static final int MAX_HEX_DIGITS = 8;
    private static final ThreadLocal<ByteBuffer> SCRATCH = ThreadLocal.withInitial(() -> ByteBuffer.allocate(CAPACITY));

    private static final byte[] TEXT = ascii("Content-Type: text/plain; charset=utf-8\r\n");
    private static final byte[] BINARY = ascii("Content-Type: application/octet-stream\r\n");
    private static final byte[] LENGTH = ascii("Content-Length: ");
    private static final byte[] CHUNKED_FIELD = ascii("Transfer-Encoding: chunked\r\n");
    private static final byte[] ALLOW = ascii("Allow: ");
    private static final byte[] END_OF_LINE = ascii("\r\n");
    private static final byte[] LAST_CHUNK = ascii("0\r\n\r\n");
    private static final byte[] CONTINUE = ascii("HTTP/1.1 100 Continue\r\n\r\n");

    private ResponseWriter() {}

    /** Writes a complete text response; for a HEAD request the body is announced, but not sent. */
    static void text(
            Connection connection, Status status, String allowed, byte[] body, boolean head, Persistence persistence) {
        ByteBuffer scratch = start(status, TEXT, persistence);
        if (!allowed.isEmpty()) {
            scratch.put(ALLOW).put(ascii(allowed)).put(END_OF_LINE);
        }
        putLength(scratch, body.length).put(END_OF_LINE);
        if (head) {
            connection.write(scratch.flip());
        } else if (body.length <= scratch.remaining()) {
            connection.write(scratch.put(body).flip());
        } else {
            connection.write(scratch.flip());
            connection.write(ByteBuffer.wrap(body));
        }
    }

    /** Writes a complete response of the site; for a HEAD request the body is announced, but not sent. */
    static void document(Connection connection, Resource.Document document, boolean head, Persistence persistence) {
        int length = document.body().length;
        connection.write(ByteBuffer.wrap(ascii(new String(document.status().line(), US_ASCII)
                + common(document.type(), document.fields(), persistence)
                + "Content-Length: " + length + "\r\n\r\n")));
        if (!head) {
            connection.write(ByteBuffer.wrap(document.body()));
        }
    }

    /** Writes the head of a response that ends with the connection. */
    static void head(Connection connection, Resource.Stream stream) {
        connection.write(ByteBuffer.wrap(ascii(new String(Status.OK.line(), US_ASCII)
                + common(stream.type(), stream.fields(), Persistence.CLOSE) + "\r\n")));
    }

    private static String common(String type, String fields, Persistence persistence) {
        return new String(HttpDate.field(), US_ASCII)
                + "Content-Type: " + type + "\r\n"
                + fields
                + new String(persistence.field(), US_ASCII);
    }

    /** Writes the head of a response whose body follows later, {@code length} bytes of it or {@link #CHUNKED}. */
    static void head(Connection connection, long length, Persistence persistence) {
        ByteBuffer scratch = start(Status.OK, BINARY, persistence);
        if (length == CHUNKED) {
            scratch.put(CHUNKED_FIELD);
        } else {
            putLength(scratch, length);
        }
        connection.write(scratch.put(END_OF_LINE).flip());
    }

    /** Writes one chunk (RFC 9112, 7.1). */
    static void chunk(Connection connection, ByteBuffer data) {
        ByteBuffer scratch = SCRATCH.get().clear();
        putHex(scratch, data.remaining());
        connection.write(scratch.put(END_OF_LINE).flip());
        connection.write(data);
        connection.write(ByteBuffer.wrap(END_OF_LINE));
    }

    /** Writes the end of a chunked body. */
    static void lastChunk(Connection connection) {
        connection.write(ByteBuffer.wrap(LAST_CHUNK));
    }

    /** Writes 100 Continue, which makes the client send the body that it holds back (RFC 9110, 15.2.1). */
    static void proceed(Connection connection) {
        connection.write(ByteBuffer.wrap(CONTINUE));
    }

    private static ByteBuffer start(Status status, byte[] contentType, Persistence persistence) {
        return SCRATCH.get()
                .clear()
                .put(status.line())
                .put(HttpDate.field())
                .put(contentType)
                .put(persistence.field());
    }

    private static ByteBuffer putLength(ByteBuffer scratch, long length) {
        return scratch.put(LENGTH).put(ascii(Long.toString(length))).put(END_OF_LINE);
    }

    private static void putHex(ByteBuffer scratch, int value) {
        boolean leading = true;
        for (int shift = (MAX_HEX_DIGITS - 1) * 4; shift >= 0; shift -= 4) {
            int digit = (value >>> shift) & 0xF;
            leading &= digit == 0 && shift > 0;
            if (!leading) {
                scratch.put((byte) Character.forDigit(digit, 16));
            }
        }
    }

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }
}
