// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code SmtpStartTls}: mail is accepted over TLS only, and commands pipelined after STARTTLS are not executed. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class SmtpStartTlsIT {
    @SuppressWarnings("NullAway.Init")
    private SampleServer server;

    @BeforeEach
    void start() throws Exception {
        server = SampleServer.program("SmtpStartTls", "--port", "0");
    }

    @AfterEach
    void stop() {
        server.close();
    }

    @Test
    void pythonSendsMailOverTlsOnly() throws Exception {
        Command.assumeInstalled("python3");
        Command command =
                Command.run(List.of("python3", "src/test/python/smtp.py", String.valueOf(server.port("smtp"))));
        assertEquals(0, command.exit(), command.all());
        assertEquals(List.of("530", "False", "503"), command.out().lines().toList(), command.err());
        String mail = server.nextLine();
        assertTrue(
                mail.matches("mail from <me@example.org>.* to <you@example.org>,<they@example.org> of \\d+ bytes over"
                        + " TLSv1\\.3"),
                mail);
    }

    @Test
    void curlSendsMail() throws Exception {
        Command.assumeInstalled("curl");
        Command command = Command.run(
                List.of(
                        "curl",
                        "-sSk",
                        "-m",
                        "30",
                        "--ssl-reqd",
                        "--crlf",
                        "-T",
                        "-",
                        "--mail-from",
                        "me@example.org",
                        "--mail-rcpt",
                        "you@example.org",
                        "smtp://127.0.0.1:" + server.port("smtp")),
                "Subject: hello\n\nhello\n");
        assertEquals(0, command.exit(), command.all());
        assertEquals("mail from <me@example.org> to <you@example.org> of 25 bytes over TLSv1.3", server.nextLine());
    }

    @Test
    @DisplayName("R9 commands after STARTTLS in the same segment are not executed, and close the connection")
    void commandsAfterStartTlsCloseTheConnection() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(socket));
            socket.getOutputStream().write("EHLO a\r\nSTARTTLS\r\nNOOP\r\n".getBytes(US_ASCII));
            String responses = Fetch.rest(socket);
            assertFalse(responses.contains("250 ok"), responses);
        }
    }

    @Test
    void refusesInvalidCommands() throws Exception {
        try (Socket plain = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(plain));
            assertEquals("501 no parameters", exchange(plain, "STARTTLS now"));
            assertEquals("220 go ahead", exchange(plain, "STARTTLS"));
            try (Socket secure = Wire.upgraded(plain)) {
                assertEquals(
                        "501 control characters are not allowed", exchange(secure, "MAIL FROM:<a>\nmail from <b>"));
                assertEquals("250 ok", exchange(secure, "MAIL FROM:<me@example.org>"));
                assertEquals("250 localhost", exchange(secure, "EHLO again"));
                assertEquals("503 send MAIL, RCPT, DATA in this order", exchange(secure, "RCPT TO:<you@example.org>"));
            }
        }
    }

    @Test
    void aMessageAfterQuitIsNotAccepted() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(socket));
            assertEquals("220 go ahead", exchange(socket, "STARTTLS"));
            try (Socket secure = Wire.upgraded(socket)) {
                assertEquals("250 ok", exchange(secure, "MAIL FROM:<me@example.org>"));
                assertEquals("250 ok", exchange(secure, "RCPT TO:<you@example.org>"));
                assertEquals("221 goodbye", exchange(secure, "QUIT\r\nDATA\r\nSubject: late\r\n."));
                assertEquals("", Fetch.rest(secure));
            }
        }
        server.stop();
        assertEquals(List.of(), server.outputAfterReady());
    }

    /** Sends 20,000 commands, more than sockets and watermarks hold, before it reads the replies. */
    @Test
    void manyPipelinedCommandsAreAllAnswered() throws Exception {
        int commands = 20_000;
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(socket));
            Thread sender = new Thread(() -> send(socket, "MAIL\r\n".repeat(commands)));
            sender.start();
            BufferedReader responses = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            for (int i = 0; i < commands; i++) {
                assertEquals("530 STARTTLS first", responses.readLine());
            }
            sender.join();
        }
    }

    @Test
    void aLineWithoutEndEndsTheConnection() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            socket.getOutputStream().write("x".repeat(4_000).getBytes(US_ASCII));
            assertTrue(List.of("", "220 localhost ESMTP\r\n").contains(Fetch.rest(socket)));
        }
    }

    private static void send(Socket socket, String commands) {
        try {
            socket.getOutputStream().write(commands.getBytes(US_ASCII));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String exchange(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
        return Fetch.line(socket);
    }
}
