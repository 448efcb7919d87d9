// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Clients that waste the server's resources. */
final class HttpAttackTest {
    private static final String HEALTH = "GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n";

    private final AtomicLong now = new AtomicLong(Long.MAX_VALUE - 5);
    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler(Site.NONE, now::get));

    private static int responses(String sent) {
        return sent.split("HTTP/1.1 200 ", -1).length - 1;
    }

    @Test
    @DisplayName(
            "Back-pressure: requests of a client that reads no responses stay unread, and are answered as it reads")
    void requestsOfAClientThatDoesNotReadStayUnread() {
        connection.stopReading();
        connection.receive(HEALTH.repeat(1000));
        assertEquals(1, responses(connection.sent()));
        assertEquals(999 * HEALTH.length(), connection.unread());
        connection.readOn();
        assertEquals(999, responses(connection.sent()));
    }

    @Test
    @DisplayName("Slowloris: a request head that drips times out, however steadily it drips")
    void aHeadThatDripsTimesOut() {
        connection.receive(HEALTH.substring(0, 5));
        for (int i = 5; i < 20; i++) {
            now.addAndGet(TimeUnit.SECONDS.toNanos(2) - 1);
            connection.receive(HEALTH.substring(i, i + 1));
        }
        assertFalse(connection.isClosed());
        now.addAndGet(TimeUnit.SECONDS.toNanos(1));
        connection.receive(HEALTH.substring(20, 21));
        String response = connection.sent();
        assertTrue(response.startsWith("HTTP/1.1 408 Request Timeout\r\n"), response);
        assertTrue(connection.isClosed());
    }

    @Test
    void aConnectionThatIsKeptAndABodyThatTakesItsTimeAreNoSlowHeads() {
        connection.receive(HEALTH);
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        connection.receive("POST /echo HTTP/1.1\r\nHost: localhost\r\nContent-Length: 2\r\n\r\n");
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        connection.receive("a");
        now.addAndGet(TimeUnit.MINUTES.toNanos(1));
        connection.receive("b");
        assertEquals(2, responses(connection.sent()));
        assertFalse(connection.isClosed());
    }
}
