// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the end of consecutive HTTP/1.1 responses: a head, and as many bytes as its Content-Length specifies. It does
 * no more than that, because the load shares the machine with the measured server.
 */
final class ResponseReader {
    private static final int LONGEST_HEAD = 8192;
    private static final byte[] GOOD = "HTTP/1.1 200".getBytes(StandardCharsets.US_ASCII);
    private static final Pattern LENGTH = Pattern.compile("\r\ncontent-length: *([0-9]{1,12}) *\r\n");

    private final byte[] head = new byte[LONGEST_HEAD];
    private int headLength;
    private long bodyLeft = -1;
    private long bodyLength;

    /**
     * Consumes the available bytes of the current response, and no more.
     *
     * @param data the received bytes
     * @return true if the response is complete, and the next byte starts another one
     * @throws IOException if the response is malformed or has an unexpected status
     */
    boolean read(ByteBuf data) throws IOException {
        while (bodyLeft < 0 && data.isReadable()) {
            readHead(data.readByte());
        }
        if (bodyLeft < 0) {
            return false;
        }
        int here = (int) Math.min(bodyLeft, data.readableBytes());
        data.skipBytes(here);
        bodyLeft -= here;
        if (bodyLeft > 0) {
            return false;
        }
        bodyLeft = -1;
        headLength = 0;
        return true;
    }

    /**
     * Returns the length of the body of the last complete response.
     *
     * @return the length in bytes
     */
    long bodyLength() {
        return bodyLength;
    }

    private void readHead(byte next) throws IOException {
        if (headLength == LONGEST_HEAD) {
            throw new IOException("the head of the response is longer than " + LONGEST_HEAD + " bytes");
        }
        head[headLength++] = next;
        if (next == '\n' && endsWithEmptyLine()) {
            bodyLength = contentLength();
            bodyLeft = bodyLength;
        }
    }

    private boolean endsWithEmptyLine() {
        return headLength >= 4
                && head[headLength - 2] == '\r'
                && head[headLength - 3] == '\n'
                && head[headLength - 4] == '\r';
    }

    private long contentLength() throws IOException {
        String text = new String(head, 0, headLength, StandardCharsets.US_ASCII);
        for (int i = 0; i < GOOD.length; i++) {
            if (head[i] != GOOD[i]) {
                throw new IOException(
                        "the response is not 200: " + text.lines().findFirst().orElse(""));
            }
        }
        Matcher matcher = LENGTH.matcher(text.toLowerCase(Locale.ROOT));
        if (!matcher.find()) {
            throw new IOException("the response has no Content-Length");
        }
        return Long.parseLong(matcher.group(1));
    }
}
