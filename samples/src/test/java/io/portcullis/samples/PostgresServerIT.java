// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.testkit.SelfSignedCertificate;
import java.io.IOException;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code PostgresServer}, with PostgreSQL's own client: plain, and TLS after an SSLRequest. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class PostgresServerIT {
    private static final String SSL_REQUEST = "\0\0\0\10\4\322\26\57";
    private static final String GSSENC_REQUEST = "\0\0\0\10\4\322\26\60";
    private static final String STARTUP = "\0\0\0\21\0\3\0\0user\0me\0\0";
    private static final String TERMINATE = "X\0\0\0\4";
    private static final String STARTED = "R\0\0\0\10\0\0\0\0S\0\0\0\31client_encoding\0UTF8\0Z\0\0\0\5I";
    private static final String PROTOCOL_VIOLATION = "SFATAL\0VFATAL\0C08P01\0M";

    @TempDir
    @SuppressWarnings("NullAway.Init")
    private static Path directory;

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @SuppressWarnings("NullAway.Init")
    private static Path certificate;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("PostgresServer", "0");
        StringBuilder pem = new StringBuilder();
        while (!pem.toString().contains("-----END CERTIFICATE-----")) {
            pem.append(server.nextLine()).append('\n');
        }
        certificate = Files.writeString(directory.resolve("server.pem"), pem);
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @CsvSource({"disable, false", "prefer, true", "require, true", "verify-ca, true", "verify-full, true"})
    void psqlGetsItsQueriesBackInEachMode(String mode, boolean secure) throws Exception {
        Command command =
                psql(mode, certificate, "-A", "-t", "-c", "SELECT 1", "-c", "\\conninfo", "-c", "-- \u00fc\n|");
        assertEquals(0, command.exit(), command.all());
        assertTrue(command.out().startsWith("SELECT 1\n"), command.all());
        assertTrue(command.out().endsWith("\n-- \u00fc\n|\n"), command.all());
        assertEquals(secure, command.out().contains("protocol: TLSv1.3"), command.all());
        assertEquals("", command.err());
    }

    @Test
    void psqlVerifiesTheCertificate() throws Exception {
        Path other = Files.writeString(
                directory.resolve("other.pem"), SelfSignedCertificate.create().certificatePem());
        Command command = psql("verify-full", other, "-c", "SELECT 1");
        assertEquals(2, command.exit(), command.all());
        assertTrue(command.err().contains("certificate verify failed"), command.all());
    }

    @Test
    void psqlReadsQueriesFromAFile() throws Exception {
        assumePsql();
        Path queries = Files.writeString(directory.resolve("queries.sql"), "select 1;\n".repeat(200));
        Command command = psql("verify-full", certificate, "-A", "-t", "-f", queries.toString());
        assertEquals(0, command.exit(), command.all());
        assertEquals("select 1;\n".repeat(200), command.out());
    }

    @Test
    @DisplayName(
            "R9 bytes behind an SSLRequest in the same segment are not interpreted (CVE-2021-23214, CVE-2021-23222)")
    void bytesInFrontOfTheHandshakeAreRefused() throws Exception {
        try (Socket socket = connect()) {
            send(socket, SSL_REQUEST + STARTUP + query("injected"));
            assertTrue(List.of("", "S").contains(Fetch.rest(socket)));
        }
        try (Socket socket = connect()) {
            send(socket, SSL_REQUEST);
            assertEquals("S", read(socket, 1));
            send(socket, STARTUP + query("injected"));
            String rest = Fetch.rest(socket);
            assertFalse(rest.contains("client_encoding") || rest.contains("injected"), rest);
        }
    }

    @Test
    void encryptionByGssIsRefusedAndTlsCanFollow() throws Exception {
        try (Socket plain = connect()) {
            send(plain, GSSENC_REQUEST);
            assertEquals("N", read(plain, 1));
            send(plain, SSL_REQUEST);
            assertEquals("S", read(plain, 1));
            try (Socket secure = Wire.upgraded(plain)) {
                send(secure, SSL_REQUEST);
                assertEquals("N", read(secure, 1));
                send(secure, STARTUP + query("over TLS") + TERMINATE);
                assertEquals(STARTED + reply("over TLS"), Fetch.rest(secure));
            }
        }
    }

    @Test
    void pipelinedQueriesAreAnsweredInOrder() throws Exception {
        try (Socket socket = connect()) {
            send(socket, STARTUP + query("one") + query("") + query("three") + TERMINATE + query("late"));
            assertEquals(STARTED + reply("one") + reply("") + reply("three"), Fetch.rest(socket));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "P\0\0\0\10\0\0\0\0", // Parse
                "Q\0\0\0\4",
                "Q\0\0\0\7abc",
                "Q\0\0\0\10a\0b\0",
                "\0\0\0\0\4"
            })
    void anInvalidMessageIsRefused(String message) throws Exception {
        try (Socket socket = connect()) {
            send(socket, STARTUP + query("good") + message + query("late"));
            String replies = Fetch.rest(socket);
            assertTrue(replies.startsWith(STARTED + reply("good") + "E\0\0\0"), replies);
            assertTrue(replies.contains(PROTOCOL_VIOLATION + "expected a simple query"), replies);
            assertFalse(replies.contains("late"), replies);
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\0\0\0\4",
                "\0\0\0\11\0\2\0\0\0", // protocol 2.0
                "\0\0\0\11\0\3\0\1\0", // protocol 3.1
                "\0\0\0\20\4\322\26\56\0\0\0\0\0\0\0\0" // CancelRequest
            })
    void anInvalidStartIsRefused(String packet) throws Exception {
        try (Socket socket = connect()) {
            send(socket, packet);
            String reply = Fetch.rest(socket);
            assertTrue(reply.contains(PROTOCOL_VIOLATION + "unsupported request or protocol version"), reply);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"\0\0\0\3", "\0\0\100\0", "GET / HTTP/1.1\r\n\r\n", "\26\3\1\2\0\1\0\1\374\3\3"})
    void aStartOfInvalidLengthEndsTheConnection(String packet) throws Exception {
        try (Socket socket = connect()) {
            send(socket, packet);
            assertEquals("", Fetch.rest(socket));
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"Q\0\0\0\3", "Q\0\4\0\5", "Q\377\377\377\377"})
    void aMessageOfInvalidLengthEndsTheConnection(String message) throws Exception {
        try (Socket socket = connect()) {
            send(socket, STARTUP);
            assertEquals(STARTED, read(socket, STARTED.length()));
            send(socket, message);
            assertEquals("", Fetch.rest(socket));
        }
    }

    @Test
    void aLongQueryIsReturned() throws Exception {
        String text = "x".repeat(256 * 1024 - 1);
        try (Socket socket = connect()) {
            send(socket, STARTUP + query(text) + TERMINATE);
            String expected = STARTED + reply(text);
            assertEquals(expected, read(socket, expected.length()));
        }
    }

    private static void assumePsql() {
        Command.assumeInstalled("psql");
    }

    private static Command psql(String mode, Path trusted, String... options) throws Exception {
        assumePsql();
        List<String> command = new ArrayList<>(List.of(
                "psql",
                "-X",
                "-d",
                "host=localhost hostaddr=127.0.0.1 port=" + server.port("postgres")
                        + " user=me dbname=any connect_timeout=30 sslmode=" + mode + " sslrootcert=" + trusted));
        command.addAll(List.of(options));
        return Command.run(command);
    }

    private static Socket connect() throws IOException {
        return Wire.PLAIN.connect(server.address("postgres"));
    }

    private static String query(String text) {
        return "Q" + number(text.length() + 5) + text + "\0";
    }

    private static String reply(String text) {
        return "T\0\0\0\35\0\1text\0\0\0\0\0\0\0\0\0\0\31\377\377\377\377\377\377\0\0"
                + "D" + number(text.length() + 10) + "\0\1" + number(text.length()) + text
                + "C\0\0\0\15SELECT 1\0Z\0\0\0\5I";
    }

    private static String number(int value) {
        return "" + (char) (value >> 24) + (char) (value >> 16 & 0xff) + (char) (value >> 8 & 0xff)
                + (char) (value & 0xff);
    }

    private static void send(Socket socket, String bytes) throws IOException {
        socket.getOutputStream().write(bytes.getBytes(ISO_8859_1));
    }

    private static String read(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), ISO_8859_1);
    }
}
