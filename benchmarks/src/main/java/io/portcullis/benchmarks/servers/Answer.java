// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** The answers that all servers give, made once. Those that are no HTTP stack send the ready bytes. */
@SuppressWarnings("ImmutableEnumChecker") // Arrays, which nobody modifies
enum Answer {
    /** To {@code GET /}. */
    SMALL("200 OK", 128),
    /** To {@code GET /1m}. */
    LARGE("200 OK", 1024 * 1024),
    /** To anything else. */
    UNKNOWN("404 Not Found", 0);

    private final byte[] body;
    private final byte[] bytes;
    private final ByteBuffer direct;

    Answer(String status, int length) {
        body = new byte[length];
        for (int i = 0; i < length; i++) {
            body[i] = (byte) ('a' + (i ^ (i >>> 7)) % 26);
        }
        byte[] head = ("HTTP/1.1 " + status + "\r\nContent-Type: text/plain\r\nContent-Length: " + length + "\r\n\r\n")
                .getBytes(US_ASCII);
        bytes = new byte[head.length + length];
        System.arraycopy(head, 0, bytes, 0, head.length);
        System.arraycopy(body, 0, bytes, head.length, length);
        direct = ByteBuffer.allocateDirect(bytes.length).put(bytes).flip().asReadOnlyBuffer();
    }

    /** The body alone; not to be modified. */
    byte[] body() {
        return body;
    }

    /** Head and body; not to be modified. */
    byte[] bytes() {
        return bytes;
    }

    /** Head and body in a direct buffer with a position of its own. */
    ByteBuffer buffer() {
        return direct.duplicate();
    }
}
