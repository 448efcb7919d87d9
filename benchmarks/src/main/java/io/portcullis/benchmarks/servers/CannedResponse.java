// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;

/** The responses of all servers, created once. Servers without an HTTP stack send the prepared bytes. */
@SuppressWarnings("ImmutableEnumChecker") // arrays that are never modified
enum CannedResponse {
    /** The response to {@code GET /}. */
    SMALL("200 OK", 128),
    /** The response to {@code GET /1m}. */
    LARGE("200 OK", 1024 * 1024),
    /** The response to any other request. */
    UNKNOWN("404 Not Found", 0);

    private final byte[] body;
    private final byte[] bytes;
    private final ByteBuffer direct;

    CannedResponse(String status, int length) {
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

    /** Returns the body alone; must not be modified. */
    byte[] body() {
        return body;
    }

    /** Returns head and body; must not be modified. */
    byte[] bytes() {
        return bytes;
    }

    /** Returns head and body in a direct buffer with its own position. */
    ByteBuffer buffer() {
        return direct.duplicate();
    }
}
