// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

final class HttpRefusalTest {
    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler());

    @ParameterizedTest
    @CsvSource({
        "GET, /nothing, 404",
        "GET, /healthy, 404",
        "OPTIONS, *, 404",
        "POST, /, 405",
        "PUT, /health, 405",
        "DELETE, /bytes/1, 405",
        "GET, /echo, 405",
        "GET, /bytes/, 400",
        "GET, /bytes/-1, 400",
        "GET, /bytes/1x, 400",
        "GET, /bytes/1073741825, 400",
        "GET, /bytes/99999999999999999999, 400",
    })
    void refusesAndGoesOn(String method, String target, String status) {
        connection.receive(method + " " + target + " HTTP/1.1\r\nHost: x\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
        connection.receive("GET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        assertTrue(connection.sent().endsWith("ok\n"));
    }

    @Test
    void saysWhichMethodsAreAllowed() {
        connection.receive("DELETE / HTTP/1.1\r\nHost: x\r\n\r\nGET /echo HTTP/1.1\r\nHost: x\r\n\r\n");
        String responses = connection.sent();
        assertTrue(responses.contains("Allow: GET, HEAD\r\n"), responses);
        assertTrue(responses.contains("Allow: POST\r\n"), responses);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\u0016\u0003\u0001\u0002\u0000\u0001",
                "hello\r\n\r\n",
                "GET / HTTP/1.1\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: many\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA : b\r\n\r\n",
                "GET / HTTP/1.1\r\nHost: x\r\nA: b\r\n folded\r\n\r\n",
            })
    void answersABadRequestWithAReasonAndCloses(String request) {
        connection.receive(request);
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 400 Bad Request\r\n"), response);
        assertTrue(response.contains("Connection: close\r\n"), response);
        assertTrue(response.indexOf("\r\n\r\n") + 4 < response.length() - 1, response);
        assertTrue(connection.isClosed());
        assertEquals(0, connection.unread());
    }

    @Test
    void refusesOtherVersions() {
        connection.receive("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 505 "), response);
        assertTrue(connection.isClosed());
    }

    /**
     * RFC 9112, 6.1: a coding that is not understood results in 501; 6.3: without chunked at the end there is no
     * length.
     */
    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "gzip, chunked|501",
                "GZIP , Chunked|501",
                "identity, chunked|501",
                "gzip;q=1, chunked|501",
                "gzip\\r\\nTransfer-Encoding: chunked|501",
                "gzip, deflate, , chunked|501",
                "chunked, chunked|400",
                "chunked\\r\\nTransfer-Encoding: chunked|400",
                "chunked, gzip|400",
                "chunked, gzip, chunked|400",
                "gzip|400",
                "identity|400",
                "chunked;a=b|400",
                "xchunked|400",
                "\"chunked\"|400",
                ",|400",
            })
    void refusesATransferCodingItDoesNotKnow(String codings, int status) {
        connection.receive("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + codings.replace("\\r\\n", "\r\n")
                + "\r\n\r\n3\r\nabc\r\n0\r\n\r\nGET /health HTTP/1.1\r\nHost: x\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 " + status + " "), response);
        assertTrue(response.contains("Connection: close\r\n"), response);
        assertEquals(1, response.split("HTTP/1.1 ", -1).length - 1, "the request that follows is answered");
        assertTrue(connection.isClosed());
    }

    @ParameterizedTest
    @ValueSource(strings = {"chunked", "Chunked", "CHUNKED", "chunked,", ", chunked", " ,\tchunked , "})
    void takesChunkedInEveryForm(String codings) {
        connection.receive(
                "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: " + codings + "\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 200 "), response);
        assertTrue(response.endsWith("\r\n3\r\nabc\r\n0\r\n\r\n"), response);
    }

    @Test
    void refusesUnknownExpectations() {
        connection.receive("GET / HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 417 "), response);
        assertTrue(connection.isClosed());
    }

    @Test
    void refusesAHeadThatIsTooLarge() {
        connection.receive("GET / HTTP/1.1\r\nHost: x\r\n");
        for (int i = 0; i < 20; i++) {
            connection.receive("X-Filler-" + i + ": " + "x".repeat(1_000) + "\r\n");
        }
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 431 "), response);
        assertTrue(connection.isClosed());
    }

    @Test
    void refusesATargetThatIsTooLong() {
        connection.receive("GET /" + "x".repeat(20_000) + " HTTP/1.1\r\nHost: x\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 414 "), response);
        assertTrue(connection.isClosed());
    }
}
