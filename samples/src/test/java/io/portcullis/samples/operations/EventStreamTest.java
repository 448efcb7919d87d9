// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.samples.http.HttpHandler;
import io.portcullis.samples.http.ScriptedConnection;
import org.junit.jupiter.api.Test;

/** A viewer receives as many events as it reads. */
final class EventStreamTest {
    private final ScriptedConnection connection = ScriptedConnection.plain(new HttpHandler());
    private final EventStream stream = new EventStream(connection);

    @Test
    void anEventIsALineOfDataAndAnEmptyOne() {
        stream.offer("{\"n\":1}");
        assertEquals("data: {\"n\":1}\n\n", connection.sent());
    }

    @Test
    void onlyTheNewestWaitsWhileOneIsBeingSent() {
        stream.offer("1");
        stream.offer("2");
        stream.offer("3");
        assertEquals(1, connection.writesUnderWay());
        assertEquals("data: 1\n\n", connection.sent());
        connection.completeOneWrite();
        assertEquals("data: 3\n\n", connection.sent());
        connection.completeOneWrite();
        assertEquals(0, connection.writesUnderWay());
        assertEquals("", connection.sent());
    }

    @Test
    void resumesWhenEverythingHasBeenSent() {
        stream.offer("1");
        connection.completeOneWrite();
        stream.offer("2");
        assertEquals("data: 1\n\ndata: 2\n\n", connection.sent());
    }
}
