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

/** {@code SmtpStartTls}: mail is taken under TLS only, and what is behind the command is obeyed by nobody. */
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
    void pythonSendsMailUnderTlsOnly() throws Exception {
        Command.assumeInstalled("python3");
        Command command =
                Command.run(List.of("python3", "src/test/python/smtp.py", String.valueOf(server.port("smtp"))));
        assertEquals(0, command.exit(), command.all());
        assertEquals(List.of("530", "False", "503"), command.out().lines().toList(), command.err());
        String mail = server.nextLine();
        assertTrue(
                mail.matches("mail from <me@example.org>.* to <you@example.org>,<they@example.org> of \\d+ bytes by"
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
        assertEquals("mail from <me@example.org> to <you@example.org> of 25 bytes by TLSv1.3", server.nextLine());
    }

    @Test
    @DisplayName("R9 commands behind STARTTLS in the same segment are obeyed by nobody, and end the connection")
    void commandsBehindStartTlsEndTheConnection() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(socket));
            socket.getOutputStream().write("EHLO a\r\nSTARTTLS\r\nNOOP\r\n".getBytes(US_ASCII));
            String answers = Fetch.rest(socket);
            assertFalse(answers.contains("250 ok"), answers);
        }
    }

    @Test
    void refusesWhatIsNoCommand() throws Exception {
        try (Socket plain = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(plain));
            assertEquals("501 no parameters", say(plain, "STARTTLS now"));
            assertEquals("220 go ahead", say(plain, "STARTTLS"));
            try (Socket secure = Wire.upgraded(plain)) {
                assertEquals("501 no control characters in a command", say(secure, "MAIL FROM:<a>\nmail from <b>"));
                assertEquals("250 ok", say(secure, "MAIL FROM:<me@example.org>"));
                assertEquals("250 localhost", say(secure, "EHLO again"));
                assertEquals("503 say MAIL, RCPT, DATA, in this order", say(secure, "RCPT TO:<you@example.org>"));
            }
        }
    }

    @Test
    void aLetterBehindQuitIsNotTaken() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(socket));
            assertEquals("220 go ahead", say(socket, "STARTTLS"));
            try (Socket secure = Wire.upgraded(socket)) {
                assertEquals("250 ok", say(secure, "MAIL FROM:<me@example.org>"));
                assertEquals("250 ok", say(secure, "RCPT TO:<you@example.org>"));
                assertEquals("221 goodbye", say(secure, "QUIT\r\nDATA\r\nSubject: late\r\n."));
                assertEquals("", Fetch.rest(secure));
            }
        }
        server.stop();
        assertEquals(List.of(), server.outputAfterReady());
    }

    /**
     * 20,000 commands, more than sockets and watermarks hold, from a client that reads their answers when all are sent.
     */
    @Test
    void manyPipelinedCommandsAreAllAnswered() throws Exception {
        int commands = 20_000;
        try (Socket socket = Wire.PLAIN.connect(server.address("smtp"))) {
            assertEquals("220 localhost ESMTP", Fetch.line(socket));
            Thread sender = new Thread(() -> send(socket, "MAIL\r\n".repeat(commands)));
            sender.start();
            BufferedReader answers = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            for (int i = 0; i < commands; i++) {
                assertEquals("530 say STARTTLS first", answers.readLine());
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

    private static String say(Socket socket, String command) throws IOException {
        socket.getOutputStream().write((command + "\r\n").getBytes(US_ASCII));
        return Fetch.line(socket);
    }
}
