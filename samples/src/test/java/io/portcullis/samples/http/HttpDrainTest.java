// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** While a server stops, a connection is closed after a response that announces it (RFC 9112, 9.6), and not before. */
final class HttpDrainTest {
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";
    private static final String CLOSE = "\r\nConnection: close\r\n";

    private final AtomicBoolean stopping = new AtomicBoolean();
    private final Site site = new Site() {
        @Override
        public @Nullable Resource find(String host, String path, Connection connection) {
            return null;
        }

        @Override
        public boolean stopping() {
            return stopping.get();
        }
    };

    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler(site));

    private void assertAnsweredForTheLastTime(String body) {
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 200 OK\r\n") && response.contains(CLOSE), response);
        assertTrue(response.endsWith(body), response);
        assertTrue(connection.isClosed());
    }

    @Test
    @DisplayName("R44 a request in flight on an idle connection gets a response that is marked as the last")
    void answersOnceMoreOnAnIdleConnection() {
        connection.receive(HEALTH);
        connection.sent();
        connection.drain();
        assertFalse(connection.isClosed());
        connection.receive(HEALTH);
        assertAnsweredForTheLastTime("ok\n");
    }

    @Test
    @DisplayName("R44 from the beginning of the notice, before the drain, every response is the last of its connection")
    void announcesTheCloseFromTheNoticeOn() {
        connection.receive(HEALTH);
        assertFalse(connection.sent().contains(CLOSE));
        stopping.set(true);
        assertFalse(connection.isClosed());
        connection.receive(HEALTH);
        assertAnsweredForTheLastTime("ok\n");
    }

    @Test
    void answersTheRequestThatHasBegun() {
        connection.receive(HEALTH);
        connection.receive(HEALTH.substring(0, 20));
        connection.sent();
        connection.drain();
        assertFalse(connection.isClosed());
        connection.receive(HEALTH.substring(20));
        assertAnsweredForTheLastTime("ok\n");
    }

    @Test
    void waitsForTheFirstRequestOfAConnection() {
        connection.drain();
        assertFalse(connection.isClosed());
        connection.receive(HEALTH);
        assertAnsweredForTheLastTime("ok\n");
    }

    @Test
    @DisplayName("R44 a response whose head has already announced keep-alive is not the last: the next one is")
    void aStreamedResponseWithKeepAliveIsFollowedByTheLast() {
        connection.receive("GET /bytes/300000 HTTP/1.1\r\nHost: localhost\r\n\r\n");
        connection.drain();
        connection.completeWrites();
        assertFalse(connection.isClosed());
        String streamed = connection.sent();
        assertTrue(streamed.length() > 300_000);
        assertFalse(streamed.contains(CLOSE));
        connection.receive(HEALTH);
        assertAnsweredForTheLastTime("ok\n");
    }

    @Test
    @DisplayName("R44 an echo that has begun is finished, and followed by one more response")
    void anEchoThatPromisedMoreIsFollowedByTheLast() {
        connection.receive("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nab");
        connection.drain();
        connection.receive("cd");
        assertTrue(connection.sent().endsWith("abcd"));
        assertFalse(connection.isClosed());
        connection.receive("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 4\r\n\r\nefgh");
        assertAnsweredForTheLastTime("efgh");
    }

    @Test
    void requestsAfterTheLastResponseAreNotAnswered() {
        connection.drain();
        connection.receive(HEALTH + HEALTH);
        String responses = connection.sent();
        assertEquals(responses.indexOf("HTTP/1.1 "), responses.lastIndexOf("HTTP/1.1 "), responses);
        assertTrue(connection.isClosed());
        assertEquals(0, connection.unread());
    }
}
