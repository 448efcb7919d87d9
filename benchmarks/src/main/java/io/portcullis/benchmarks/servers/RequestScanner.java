// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Finds the ends of requests in the bytes from a client. There is one scanner per connection: it keeps its position, so
 * a request may arrive in any number of pieces and no bytes have to be kept. It allocates nothing, and is shared by all
 * servers without an HTTP stack.
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
    private CannedResponse response = CannedResponse.UNKNOWN;
    private boolean closes;

    /**
     * Reads up to the end of one request.
     *
     * @param data the received bytes; consumed completely if the request does not end in them
     * @return the response to it, or null if the request is incomplete
     */
    @Nullable
    CannedResponse next(ByteBuffer data) {
        int limit = data.limit();
        for (int i = data.position(); i < limit; i++) {
            if (ends(data.get(i))) {
                data.position(i + 1);
                return response;
            }
        }
        data.position(limit);
        return null;
    }

    /** Processes the next byte, and returns whether a request ends with it. */
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
        response = opening == SMALL
                ? CannedResponse.SMALL
                : opening == LARGE ? CannedResponse.LARGE : CannedResponse.UNKNOWN;
        closes = close;
        opening = 0;
        requestLine = true;
        close = false;
        return true;
    }

    /** Returns the response to the last complete request. */
    CannedResponse response() {
        return response;
    }

    /** Returns whether the last complete request asked for the connection to be closed after its response. */
    boolean closes() {
        return closes;
    }

    private static long opening(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII)).getLong();
    }
}
