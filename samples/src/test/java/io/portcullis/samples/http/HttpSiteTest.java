// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** Pages and streams that a server has in addition to the built-in paths. */
final class HttpSiteTest {
    private final List<Connection> viewers = new ArrayList<>();
    private final List<Long> times = new ArrayList<>();
    private final List<String> hosts = new ArrayList<>();

    private final Site site = new Site() {
        @Override
        public @Nullable Resource find(String host, String path, Connection connection) {
            hosts.add(host);
            return switch (path) {
                case "/page" ->
                    new Resource.Document(Status.OK, "text/css", "Cache-Control: no-store\r\n", ascii("a page\n"));
                case "/ready" ->
                    new Resource.Document(Status.SERVICE_UNAVAILABLE, "text/plain", "", ascii("stopping\n"));
                case "/events" -> new Resource.Stream("text/event-stream", "X-Field: 1\r\n", viewers::add);
                default -> null;
            };
        }

        @Override
        public void answered(long nanos) {
            times.add(nanos);
        }
    };

    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler(site));

    private static byte[] ascii(String text) {
        return text.getBytes(US_ASCII);
    }

    private String ask(String method, String path) {
        connection.receive(method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n");
        return connection.sent();
    }

    @Test
    void aPageIsAnsweredWithItsTypeAndFields() {
        String response = ask("GET", "/page");
        assertTrue(response.startsWith("HTTP/1.1 200 OK\r\nDate: "), response);
        assertTrue(response.contains("\r\nContent-Type: text/css\r\nCache-Control: no-store\r\n"), response);
        assertTrue(response.endsWith("\r\nContent-Length: 7\r\n\r\na page\n"), response);
        assertFalse(connection.isClosed());
    }

    @Test
    void headAnnouncesAPageWithoutIt() {
        String response = ask("HEAD", "/page");
        assertTrue(response.endsWith("\r\nContent-Length: 7\r\n\r\n"), response);
    }

    @Test
    void aPageHasItsStatus() {
        String response = ask("GET", "/ready");
        assertTrue(
                response.startsWith("HTTP/1.1 503 Service Unavailable\r\n") && response.endsWith("stopping\n"),
                response);
    }

    @Test
    void otherPathsAndMethodsAreUnaffected() {
        assertTrue(ask("GET", "/nothing").startsWith("HTTP/1.1 404 "));
        String refusal = ask("POST", "/page");
        assertTrue(refusal.startsWith("HTTP/1.1 405 ") && refusal.contains("\r\nAllow: GET, HEAD\r\n"), refusal);
        assertTrue(ask("GET", "/health").endsWith("ok\n"));
        assertEquals(3, times.size(), "each response is reported");
        assertTrue(times.stream().allMatch(nanos -> nanos >= 0), times::toString);
    }

    @Test
    void aStreamIsLeftToItsWriterAndIsTheLastResponse() {
        String head = ask("GET", "/events");
        assertTrue(head.startsWith("HTTP/1.1 200 OK\r\n") && head.endsWith("\r\n\r\n"), head);
        assertTrue(head.contains("\r\nContent-Type: text/event-stream\r\nX-Field: 1\r\nConnection: close\r\n"), head);
        assertFalse(head.contains("Content-Length"), head);
        assertEquals(List.of(connection), viewers);
        connection.write(ByteBuffer.wrap(ascii("event")));
        assertEquals("event", connection.sent());
        assertEquals("", ask("GET", "/health"), "no request after it is answered");
        assertEquals(0, connection.unread(), "and nothing is kept");
        assertFalse(connection.isClosed());
    }

    @Test
    void headOfAStreamIsAllOfIt() {
        assertTrue(ask("HEAD", "/events").startsWith("HTTP/1.1 200 OK\r\n"));
        assertEquals(List.of(), viewers);
        assertTrue(connection.isClosed());
    }

    @Test
    void aStreamEndsWhenItsViewerGoes() {
        ask("GET", "/events");
        connection.receiveEnd();
        assertTrue(connection.isClosed());
    }

    @Test
    void aStreamDoesNotHoldUpADrain() {
        ask("GET", "/events");
        connection.drain();
        assertTrue(connection.isClosed());
    }

    @Test
    void theAuthorityIsThatOfTheTargetIfItHasOneAndElseOfTheField() {
        connection.receive("GET /page HTTP/1.1\r\nHost: a.example:8080\r\n\r\n");
        connection.receive("GET http://b.example:80/page HTTP/1.1\r\nHost: a.example\r\n\r\n");
        connection.receive("GET http://[::1]?/page HTTP/1.1\r\nHost: a.example\r\n\r\n");
        connection.receive("GET /page?http://c.example HTTP/1.1\r\nhost:  d.example \r\n\r\n");
        connection.receive("GET /page HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertEquals(List.of("a.example:8080", "b.example:80", "d.example", ""), hosts);
    }

    @Test
    void twoHostsAreNone() {
        connection.receive("GET /page HTTP/1.1\r\nHost: localhost\r\nHost: a.example\r\n\r\n");
        assertTrue(connection.sent().startsWith("HTTP/1.1 400 "));
        assertEquals(List.of(), hosts);
    }
}
