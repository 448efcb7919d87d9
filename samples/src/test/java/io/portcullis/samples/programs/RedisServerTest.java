// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.MessageHandler;
import io.portcullis.samples.http.ScriptedConnection;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class RedisServerTest {

    /** As in Redis: a page in a browser could otherwise send commands in the body. */
    @ParameterizedTest
    @ValueSource(strings = {"POST / HTTP/1.1\r\n", "GET / HTTP/1.1\r\nHost: localhost:6379\r\n", "host: a\r\n"})
    void aRequestOfHttpEndsTheConnection(String request) {
        ScriptedConnection connection =
                ScriptedConnection.plain(MessageHandler.of(1024, RedisServer::decode, RedisServer::execute));
        connection.receive("PING\r\n");
        assertEquals("+PONG\r\n", connection.sent());
        assertThrows(ProtocolViolationException.class, () -> connection.receive(request + "\r\nSET a b\r\n"));
    }
}
