// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

final class HttpHandlerTest {
    private static final String HOST = "Host: localhost\r\n";
    private static final String HEALTH = "GET /health HTTP/1.1\r\n" + HOST + "\r\n";
    private static final Pattern DATE = Pattern.compile("Date: ([^\r]+)\r\n");

    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler());

    @Test
    void answersWithLengthTypeAndDate() {
        connection.receive(HEALTH);
        String response = connection.sent();
        assertEquals(
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 3\r\n\r\nok\n",
                DATE.matcher(response).replaceFirst(""));
        Matcher date = DATE.matcher(response);
        assertTrue(date.find());
        Instant time = Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date.group(1)));
        assertTrue(Duration.between(time, Instant.now()).abs().toSeconds() < 10);
        assertFalse(connection.isClosed());
    }

    @Test
    void answersARequestThatComesByteByByte() {
        for (int i = 0; i < HEALTH.length(); i++) {
            connection.receive(HEALTH.substring(i, i + 1));
        }
        assertTrue(connection.sent().endsWith("\r\n\r\nok\n"));
    }

    @Test
    void answersPipelinedRequestsInOrder() {
        connection.receive(HEALTH + "GET /bytes/2 HTTP/1.1\r\n" + HOST + "\r\n" + HEALTH);
        List<String> responses = split(connection.sent());
        assertEquals(3, responses.size());
        assertTrue(responses.get(0).endsWith("\r\n\r\nok\n"));
        assertTrue(responses.get(1).endsWith("\r\n\r\n\0\1"));
        assertTrue(responses.get(2).endsWith("\r\n\r\nok\n"));
    }

    @Test
    void requestsAfterAStreamedResponseWaitForItsEnd() {
        int count = 5 * ByteStream.BLOCK + 7;
        connection.receive("GET /bytes/" + count + " HTTP/1.1\r\n" + HOST + "\r\n" + HEALTH);
        assertEquals(2, connection.writesUnderWay());
        assertEquals(HEALTH.length(), connection.unread());
        connection.receive(HEALTH);
        assertEquals(2 * HEALTH.length(), connection.unread());

        connection.completeWrites();
        assertEquals(0, connection.unread());
        String all = connection.sent();
        int body = all.indexOf("\r\n\r\n") + 4;
        assertTrue(all.substring(0, body).contains("Content-Length: " + count + "\r\n"));
        for (int i = 0; i < count; i++) {
            if (all.charAt(body + i) != i % 251) {
                assertEquals(i % 251, all.charAt(body + i), "byte " + i);
            }
        }
        assertEquals(2, split(all.substring(body + count)).size());
        assertFalse(connection.isClosed());
    }

    @Test
    void aStreamedResponseThatClosesIsSentCompletelyFirst() {
        connection.receive("GET /bytes/300000 HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n");
        connection.receiveEnd();
        assertFalse(connection.isClosed());
        connection.completeOneWrite();
        assertFalse(connection.isClosed());
        connection.completeWrites();
        assertTrue(connection.isClosed());
        assertTrue(connection.sent().length() > 300_000);
    }

    @Test
    void aStreamedResponseIsSentCompletelyAlthoughTheInputEnds() {
        connection.receive("GET /bytes/300000 HTTP/1.1\r\n" + HOST + "\r\n");
        connection.receiveEnd();
        assertFalse(connection.isClosed());
        connection.completeWrites();
        assertTrue(connection.isClosed());
    }

    @Test
    void closesWhenTheInputEnds() {
        connection.receive(HEALTH);
        connection.receiveEnd();
        assertTrue(connection.isClosed());
    }

    @Test
    void headHasTheHeadersOfGetAndNoBody() {
        connection.receive("HEAD /bytes/1000000 HTTP/1.1\r\n" + HOST + "\r\n" + "HEAD / HTTP/1.1\r\n" + HOST + "\r\n"
                + "HEAD /nothing HTTP/1.1\r\n" + HOST + "\r\n");
        List<String> responses = split(connection.sent());
        assertEquals(3, responses.size());
        assertTrue(responses.get(0).contains("Content-Length: 1000000\r\n"));
        assertTrue(responses.get(2).startsWith("HTTP/1.1 404 "));
        responses.forEach(response -> assertTrue(response.endsWith("\r\n\r\n"), response));
    }

    @Test
    void closesWhenAskedToAndReadsNoFurther() {
        connection.receive("GET /health HTTP/1.1\r\n" + HOST + "Connection: close\r\n\r\n" + HEALTH);
        List<String> responses = split(connection.sent());
        assertEquals(1, responses.size());
        assertTrue(responses.get(0).contains("Connection: close\r\n"));
        assertTrue(connection.isClosed());
        assertEquals(0, connection.unread());
    }

    @Test
    void http10ClosesUnlessItAsksToBeKept() {
        connection.receive("GET /health HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
        assertTrue(connection.sent().contains("Connection: keep-alive\r\n"));
        assertFalse(connection.isClosed());
        connection.receive("GET /health HTTP/1.0\r\n\r\n");
        assertTrue(connection.sent().contains("Connection: close\r\n"));
        assertTrue(connection.isClosed());
    }

    @Test
    void pageShowsThatTheConnectionIsPlain() {
        connection.receive("GET /?a=b HTTP/1.1\r\n" + HOST + "Content-Length: 5\r\n\r\nhello" + HEALTH);
        List<String> responses = split(connection.sent());
        assertEquals(2, responses.size());
        String page = responses.get(0);
        assertTrue(page.contains("security:    plain\n"), page);
        assertTrue(page.contains("connection:  5f3a\n"), page);
        assertTrue(page.contains("from:        127.0.0.1:50000\n"), page);
        assertTrue(page.contains("to:          127.0.0.1:9000\n"), page);
        assertTrue(page.contains("body:        5 bytes"), page);
    }

    @Test
    void pageShowsThePropertiesOfTheTlsSession() {
        ScriptedConnection secured = ScriptedConnection.secured(
                new HttpHandler(),
                new TlsSession(
                        "TLSv1.3",
                        "TLS_AES_128_GCM_SHA256",
                        Optional.of("x25519"),
                        false,
                        Optional.of("http/1.1"),
                        Optional.of("example.org"),
                        List.of()));
        secured.receive("GET http://example.org HTTP/1.1\r\n" + HOST + "\r\n");
        String page = secured.sent();
        assertTrue(page.contains("security:    TLSv1.3\n"), page);
        assertTrue(page.contains("suite:       TLS_AES_128_GCM_SHA256\n"), page);
        assertTrue(page.contains("ALPN:        http/1.1\n"), page);
        assertTrue(page.contains("server name: example.org\n"), page);
    }

    /** Splits a byte stream into responses, at the next status line. */
    private static List<String> split(String stream) {
        return List.of(stream.split("(?=HTTP/1\\.1 \\d{3} )"));
    }
}
