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

/** {@code Pop3Greeting}: the server speaks first, on one port in three ways. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class Pop3GreetingIT {
    private static final String GREETING = "+OK this side speaks first";

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("Pop3Greeting", "--port", "0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @Test
    @DisplayName(
            "R1 R8 on one port: the greeting without a byte of the client's, under TLS at once, and STLS behind it")
    void speaksFirstInAllThreeWaysOnOnePort() throws Exception {
        try (Socket silent = Wire.PLAIN.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(silent));
            assertEquals("-ERR say USER and PASS first", say(silent, "STAT"));
            assertEquals("+OK goodbye", say(silent, "QUIT"));
            assertEquals(-1, silent.getInputStream().read());
        }
        try (Socket secure = Wire.TLS_1_3.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(secure));
            assertEquals("-ERR say USER and PASS first", say(secure, "STLS"));
            assertEquals("This letter came by TLSv1.3.", letter(secure));
        }
        try (Socket plain = Wire.PLAIN.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(plain));
            assertEquals("This letter came by plaintext.", letter(plain));
            assertEquals("+OK begin TLS", say(plain, "STLS"));
            try (Socket secure = Wire.upgraded(plain)) {
                assertEquals(
                        "-ERR say USER and PASS first", say(secure, "STAT"), "what was said before counts no more");
                assertEquals("This letter came by TLSv1.3.", letter(secure));
            }
        }
    }

    @Test
    @DisplayName("R9 a command behind STLS in the same segment is obeyed by nobody, and ends the connection")
    void aCommandBehindStlsEndsTheConnection() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("pop3"))) {
            assertEquals(GREETING, Fetch.line(socket));
            send(socket, "STLS\r\nNOOP");
            assertTrue(List.of("", "+OK begin TLS\r\n").contains(Fetch.rest(socket)));
        }
    }

    @ParameterizedTest
    @CsvSource({"plain, True, plaintext", "stls, False, TLSv1.3", "tls, False, TLSv1.3"})
    void pythonReadsTheLetter(String way, String offersStls, String protocol) throws Exception {
        Command.assumeInstalled("python3");
        Command command =
                Command.run(List.of("python3", "src/test/python/pop3.py", String.valueOf(server.port("pop3")), way));
        assertEquals(0, command.exit(), command.all());
        assertEquals(
                List.of(GREETING, offersStls, "1 True", "This letter came by " + protocol + "."),
                command.out().lines().toList(),
                command.err());
    }

    @ParameterizedTest
    @CsvSource({"pop3, plaintext", "pop3 --ssl-reqd, TLSv1.3", "pop3s, TLSv1.3"})
    void curlReadsTheLetter(String way, String protocol) throws Exception {
        Command.assumeInstalled("curl");
        String[] words = way.split(" ", -1);
        List<String> command = new ArrayList<>(List.of("curl", "-sSk", "-m", "30"));
        command.addAll(List.of(words).subList(1, words.length));
        command.add(words[0] + "://user:password@127.0.0.1:" + server.port("pop3") + "/1");
        Command run = Command.run(command);
        assertEquals(0, run.exit(), run.all());
        assertEquals("Subject: hello\r\n\r\nThis letter came by " + protocol + ".\r\n", run.out());
    }

    /** Reads the letter: its last line. */
    private static String letter(Socket socket) throws IOException {
        assertEquals("+OK", say(socket, "USER user"));
        assertEquals("+OK one letter", say(socket, "PASS password"));
        assertEquals("+OK", say(socket, "RETR 1"));
        List<String> lines = new ArrayList<>();
        for (String line = Fetch.line(socket); !line.equals("."); line = Fetch.line(socket)) {
            lines.add(line);
        }
        return lines.get(lines.size() - 1);
    }

    private static String say(Socket socket, String command) throws IOException {
        send(socket, command);
        return Fetch.line(socket);
    }

    private static void send(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
    }
}
