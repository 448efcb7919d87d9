// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** Who has asked is answered, and told that it was the last time (RFC 9112, 9.6). */
final class HttpDrainTest {
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler());

    @Test
    void closesAnIdleConnectionAtOnce() {
        connection.receive(HEALTH);
        connection.sent();
        connection.drain();
        assertTrue(connection.isClosed());
        assertEquals("", connection.sent());
    }

    @Test
    void answersTheRequestThatHasBegun() {
        connection.receive(HEALTH);
        connection.receive(HEALTH.substring(0, 20));
        connection.sent();
        connection.drain();
        assertFalse(connection.isClosed());
        connection.receive(HEALTH.substring(20));
        String answer = connection.sent();
        assertTrue(answer.contains("Connection: close\r\n") && answer.endsWith("ok\n"), answer);
        assertTrue(connection.isClosed());
    }

    @Test
    void waitsForTheFirstRequestOfAConnection() {
        connection.drain();
        assertFalse(connection.isClosed());
        connection.receive(HEALTH);
        assertTrue(connection.sent().contains("Connection: close\r\n"));
        assertTrue(connection.isClosed());
    }

    @Test
    void aStreamedAnswerIsSentToItsEnd() {
        connection.receive("GET /bytes/300000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        connection.drain();
        assertFalse(connection.isClosed());
        connection.completeWrites();
        assertTrue(connection.isClosed());
        assertTrue(connection.sent().length() > 300_000);
    }

    @Test
    void anEchoThatHasBegunIsFinished() {
        connection.receive("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab");
        connection.drain();
        assertFalse(connection.isClosed());
        connection.receive("cd");
        assertTrue(connection.sent().endsWith("abcd"));
        assertTrue(connection.isClosed());
    }
}
