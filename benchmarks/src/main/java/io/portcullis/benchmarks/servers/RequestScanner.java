// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ends of requests in what a client sends. One for each connection: it remembers where it is, so a request
 * may come in any number of pieces and none of its bytes need be kept. It allocates nothing, and is the same for every
 * server that is no HTTP stack itself.
 */
final class RequestScanner {
    private static final long SMALL = opening("GET / HT");
    private static final long LARGE = opening("GET /1m ");
    private static final byte[] CLOSE = "connection: close".getBytes(US_ASCII);
    private static final int TO_LOWER_CASE = 0x20;

    private long opening;
    private boolean requestLine = true;
    private int column;
    private int matched;
    private boolean close;
    private Answer answer = Answer.UNKNOWN;
    private boolean closes;

    /**
     * Reads up to the end of one request.
     *
     * @param data what has come; read to its end if that comes first
     * @return the answer to it, or null if the rest is still to come
     */
    @Nullable
    Answer next(ByteBuffer data) {
        int limit = data.limit();
        for (int i = data.position(); i < limit; i++) {
            if (ends(data.get(i))) {
                data.position(i + 1);
                return answer;
            }
        }
        data.position(limit);
        return null;
    }

    /** Takes the next byte, and tells whether a request ends with it. */
    boolean ends(byte b) {
        if (b == '\n') {
            return lineEnds();
        }
        if (b != '\r') {
            if (requestLine) {
                opening = column < Long.BYTES ? (opening << Byte.SIZE) | (b & 0xff) : opening;
            } else if (matched == column && column < CLOSE.length && (b | TO_LOWER_CASE) == CLOSE[column]) {
                matched++;
            }
            column++;
        }
        return false;
    }

    private boolean lineEnds() {
        boolean empty = column == 0;
        close |= matched == CLOSE.length && column == CLOSE.length;
        column = 0;
        matched = 0;
        if (!empty) {
            requestLine = false;
            return false;
        }
        if (requestLine) {
            return false;
        }
        answer = opening == SMALL ? Answer.SMALL : opening == LARGE ? Answer.LARGE : Answer.UNKNOWN;
        closes = close;
        opening = 0;
        requestLine = true;
        close = false;
        return true;
    }

    /** The answer to the request that has ended last. */
    Answer answer() {
        return answer;
    }

    /** Whether the request that has ended last asked for the connection to be closed behind its answer. */
    boolean closes() {
        return closes;
    }

    private static long opening(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII)).getLong();
    }
}
