// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ResponseReaderTest {
    private static final String GOOD = "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nX: y\r\n\r\nhello";

    private final ResponseReader reader = new ResponseReader();

    @Test
    void findsTheEndOfAResponseWhereverItIsCut() throws IOException {
        for (int cut = 1; cut < GOOD.length(); cut++) {
            assertFalse(reader.read(bytes(GOOD.substring(0, cut))));
            assertTrue(reader.read(bytes(GOOD.substring(cut))));
            assertEquals(5, reader.bodyLength());
        }
    }

    @Test
    void leavesTheBytesOfTheNextResponse() throws IOException {
        ByteBuf two = bytes(GOOD + GOOD);

        assertTrue(reader.read(two));
        assertEquals(GOOD.length(), two.readableBytes());
        assertTrue(reader.read(two));
        assertFalse(two.isReadable());
    }

    @Test
    void aResponseMayHaveNoBody() throws IOException {
        assertTrue(reader.read(bytes("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")));
        assertEquals(0, reader.bodyLength());
    }

    @Test
    void rejectsResponsesWithAnUnexpectedStatus() {
        assertThrows(IOException.class, () -> reader.read(bytes("HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n")));
    }

    @Test
    void rejectsResponsesWithoutALength() {
        assertThrows(IOException.class, () -> reader.read(bytes("HTTP/1.1 200 OK\r\nX: y\r\n\r\n")));
    }

    @Test
    void rejectsAHeadWithoutEnd() {
        assertThrows(IOException.class, () -> reader.read(bytes("HTTP/1.1 200 OK\r\nX: " + "y".repeat(9_000))));
    }

    private static ByteBuf bytes(String text) {
        return Unpooled.copiedBuffer(text, StandardCharsets.US_ASCII);
    }
}
