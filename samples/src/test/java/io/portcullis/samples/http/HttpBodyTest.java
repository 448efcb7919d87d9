// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

final class HttpBodyTest {
    private static final String ECHO = "POST /echo HTTP/1.1\r\nHost: localhost\r\n";
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String CONTINUE = "HTTP/1.1 100 Continue\r\n\r\n";

    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler());

    @Test
    void echoesABodyOfKnownLengthAsItComes() {
        connection.receive(ECHO + "Content-Length: 10\r\n\r\nhello");
        String head = connection.sent();
        assertTrue(head.contains("Content-Length: 10\r\n"), head);
        assertTrue(head.endsWith("\r\n\r\nhello"), head);
        connection.receive("world" + HEALTH);
        String rest = connection.sent();
        assertTrue(rest.startsWith("worldHTTP/1.1 200 OK\r\n"), rest);
    }

    @Test
    void echoesAChunkedBodyInChunks() {
        connection.receive(ECHO + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n");
        String head = connection.sent();
        assertTrue(head.contains("Transfer-Encoding: chunked\r\n"), head);
        assertTrue(head.endsWith("\r\n\r\n5\r\nhello\r\n"), head);
        connection.receive("10;x=y\r\n0123456789abcdef\r\n0\r\nTrailer: t\r\n\r\n");
        assertEquals("10\r\n0123456789abcdef\r\n0\r\n\r\n", connection.sent());
        assertFalse(connection.isClosed());
    }

    @Test
    void echoesAnEmptyBody() {
        connection.receive(ECHO + "\r\n" + HEALTH);
        String responses = connection.sent();
        assertTrue(responses.contains("Content-Length: 0\r\n"), responses);
        assertTrue(responses.endsWith("ok\n"), responses);
    }

    @Test
    void sends100ContinueToAWaitingClient() {
        connection.receive(ECHO + "Expect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        assertTrue(connection.sent().startsWith(CONTINUE + "HTTP/1.1 200 OK\r\n"));
        connection.receive("hi");
        assertEquals("hi", connection.sent());
    }

    @Test
    void refusesAWaitingClientBeforeItSends() {
        connection.receive("POST /nothing HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 404 "), response);
        assertTrue(response.contains("Connection: close\r\n"), response);
        assertTrue(connection.isClosed());
    }

    @Test
    void bodyOfARefusedRequestIsReadAndTheConnectionGoesOn() {
        connection.receive("POST /nothing HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhel");
        assertEquals("", connection.sent());
        connection.receive("lo" + HEALTH);
        String responses = connection.sent();
        assertTrue(responses.startsWith("HTTP/1.1 404 "), responses);
        assertTrue(responses.endsWith("ok\n"), responses);
    }

    @Test
    void echoWithABrokenChunkEndsWithoutItsLastChunk() {
        connection.receive(ECHO + "Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\nwrong\r\n");
        assertTrue(connection.sent().endsWith("5\r\nhello\r\n"));
        assertTrue(connection.isClosed());
    }

    @Test
    void brokenChunkOfAnotherRequestIsABadRequest() {
        connection.receive("GET /health HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nwrong\r\n");
        assertTrue(connection.sent().startsWith("HTTP/1.1 400 "));
        assertTrue(connection.isClosed());
        assertEquals(0, connection.unread());
    }

    @Test
    void http10HasNoChunkedBodies() {
        connection.receive("POST /echo HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n");
        assertTrue(connection.sent().startsWith("HTTP/1.1 400 "));
        assertTrue(connection.isClosed());
    }
}
