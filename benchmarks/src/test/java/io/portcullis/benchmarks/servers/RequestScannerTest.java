// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RequestScannerTest {
    private final RequestScanner scanner = new RequestScanner();

    @ParameterizedTest
    @CsvSource({
        "GET / HTTP/1.1,SMALL",
        "GET /1m HTTP/1.1,LARGE",
        "GET /1 HTTP/1.1,UNKNOWN",
        "GET /1mm HTTP/1.1,UNKNOWN",
        "HEAD / HTTP/1.1,UNKNOWN",
        "X,UNKNOWN"
    })
    void determinesTheResponseFromTheRequestLine(String line, CannedResponse response) {
        assertEquals(response, scanner.next(bytes(line + "\r\nHost: a\r\n\r\n")));
    }

    @Test
    void findsARequestWhereverItIsCut() {
        String request = TestClient.LARGE;
        for (int cut = 0; cut < request.length(); cut++) {
            assertNull(scanner.next(bytes(request.substring(0, cut))));
            assertEquals(CannedResponse.LARGE, scanner.next(bytes(request.substring(cut))));
        }
    }

    @Test
    void stopsAfterEachRequest() {
        ByteBuffer data = bytes(TestClient.SMALL + TestClient.LARGE + "GET");
        assertEquals(CannedResponse.SMALL, scanner.next(data));
        assertEquals(TestClient.SMALL.length(), data.position());
        assertEquals(CannedResponse.LARGE, scanner.next(data));
        assertNull(scanner.next(data));
        assertFalse(data.hasRemaining());
    }

    @Test
    void seesWhenTheConnectionIsToBeClosed() {
        scanner.next(bytes("GET / HTTP/1.1\r\ncOnnection: Close\r\n\r\n"));
        assertTrue(scanner.closes());
        scanner.next(bytes("GET / HTTP/1.1\r\nConnection: closed\r\nX-Connection: close\r\n\r\n"));
        assertFalse(scanner.closes());
    }

    private static ByteBuffer bytes(String text) {
        return ByteBuffer.wrap(text.getBytes(US_ASCII));
    }
}
