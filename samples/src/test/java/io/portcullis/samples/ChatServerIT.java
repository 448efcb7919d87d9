// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.IOException;
import java.net.Socket;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code ChatServer}: members over plain TCP and over TLS on one port receive each other's lines. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class ChatServerIT {

    @Test
    void membersOfBothKindsTalkOnOnePort() throws Exception {
        try (SampleServer server = SampleServer.program("ChatServer", "0");
                Socket ada = Wire.PLAIN.connect(server.address("chat"));
                Socket grace = Wire.TLS_1_3.connect(server.address("chat"))) {
            send(ada, " ");
            assertEquals("* your name, please", Fetch.line(ada));
            send(ada, "Ada");
            assertEquals("* Ada has joined over plain TCP", Fetch.line(ada));
            send(grace, "Grace");
            assertEquals("* Grace has joined over TLSv1.3", Fetch.line(grace));
            assertEquals("* Grace has joined over TLSv1.3", Fetch.line(ada));

            send(ada, "hello");
            assertEquals("Ada: hello", Fetch.line(grace));
            send(grace, "good morning");
            assertEquals("Grace: good morning", Fetch.line(ada));

            send(grace, "/quit");
            assertEquals(-1, grace.getInputStream().read());
            grace.shutdownOutput();
            assertEquals("* Grace has left", Fetch.line(ada));
        }
    }

    @Test
    void aResetMemberLeaves() throws Exception {
        try (SampleServer server = SampleServer.program("ChatServer", "0");
                Socket ada = Wire.PLAIN.connect(server.address("chat"))) {
            send(ada, "Ada");
            assertEquals("* Ada has joined over plain TCP", Fetch.line(ada));
            try (Socket grace = Wire.PLAIN.connect(server.address("chat"))) {
                send(grace, "Grace");
                assertEquals("* Grace has joined over plain TCP", Fetch.line(grace));
                grace.setSoLinger(true, 0);
            }
            assertEquals("* Grace has joined over plain TCP", Fetch.line(ada));
            assertEquals("* Grace has left", Fetch.line(ada));
        }
    }

    private static void send(Socket socket, String line) throws IOException {
        socket.getOutputStream().write((line + "\n").getBytes(UTF_8));
    }
}
