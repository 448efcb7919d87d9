// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code Pop3Greeting}: the server speaks first, in three ways on one port. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class Pop3GreetingIT {
    private static final String GREETING = "+OK POP3 server ready";

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("Pop3Greeting", "--port", "0", "--silence", "1s");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    @DisplayName("R1 R8 on one port: the greeting to a silent client, immediate TLS, and STLS")
    void speaksFirstInAllThreeWaysOnOnePort() throws Exception {
        try (Socket silent = Wire.PLAIN.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(silent));
            assertEquals("-ERR send USER and PASS first", exchange(silent, "STAT"));
            assertEquals("+OK goodbye", exchange(silent, "QUIT"));
            assertEquals(-1, silent.getInputStream().read());
        }
        try (Socket secure = Wire.TLS_1_3.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(secure));
            assertEquals("-ERR send USER and PASS first", exchange(secure, "STLS"));
            assertEquals("This message arrived over TLSv1.3.", message(secure));
        }
        try (Socket plain = Wire.PLAIN.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(plain));
            assertEquals("This message arrived over plaintext.", message(plain));
            assertEquals("+OK begin TLS", exchange(plain, "STLS"));
            try (Socket secure = Wire.upgraded(plain)) {
                assertEquals(
                        "-ERR send USER and PASS first", exchange(secure, "STAT"), "discards what was received before");
                assertEquals("This message arrived over TLSv1.3.", message(secure));
            }
        }
    }

    @Test
    @DisplayName("R9 a command after STLS in the same segment is not executed, and closes the connection")
    void aCommandAfterStlsClosesTheConnection() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(socket));
            send(socket, "STLS\r\nNOOP");
            assertTrue(List.of("", "+OK begin TLS\r\n").contains(Fetch.rest(socket)));
        }
    }

    @ParameterizedTest
    @CsvSource({"plain, True, plaintext", "stls, False, TLSv1.3", "tls, False, TLSv1.3"})
    void pythonReadsTheMessage(String way, String offersStls, String protocol) throws Exception {
        Command.assumeInstalled("python3");
        Command command =
                Command.run(List.of("python3", "src/test/python/pop3.py", String.valueOf(server.port("pop3")), way));
        assertEquals(0, command.exit(), command.all());
        assertEquals(
                List.of(GREETING, offersStls, "1 True", "This message arrived over " + protocol + "."),
                command.out().lines().toList(),
                command.err());
    }

    @ParameterizedTest
    @CsvSource({"pop3, plaintext", "pop3 --ssl-reqd, TLSv1.3", "pop3s, TLSv1.3"})
    void curlReadsTheMessage(String way, String protocol) throws Exception {
        Command.assumeInstalled("curl");
        String[] options = way.split(" ", -1);
        List<String> command = new ArrayList<>(List.of("curl", "-sSk", "-m", "30"));
        command.addAll(List.of(options).subList(1, options.length));
        command.add(options[0] + "://user:password@127.0.0.1:" + server.port("pop3") + "/1");
        Command run = Command.run(command);
        assertEquals(0, run.exit(), run.all());
        assertEquals("Subject: hello\r\n\r\nThis message arrived over " + protocol + ".\r\n", run.out());
    }

    /** Reads the message, and returns its last line. */
    private static String message(Socket socket) throws IOException {
        assertEquals("+OK", exchange(socket, "USER user"));
        assertEquals("+OK one message", exchange(socket, "PASS password"));
        assertEquals("+OK", exchange(socket, "RETR 1"));
        List<String> lines = new ArrayList<>();
        for (String line = Fetch.line(socket); !line.equals("."); line = Fetch.line(socket)) {
            lines.add(line);
        }
        return lines.get(lines.size() - 1);
    }

    private static String exchange(Socket socket, String command) throws IOException {
        send(socket, command);
        return Fetch.line(socket);
    }

    private static void send(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
    }
}
