// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code RedisServer}, with Redis's own clients, plain and TLS on one port. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class RedisServerIT {
    private static final String MALFORMED =
            "-ERR Protocol error: expected a line, or an array of strings with their lengths\r\n";
    private static final Pattern MEASURED = Pattern.compile("^\\w+: [\\d.]+ requests per second", Pattern.MULTILINE);

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    @BeforeAll
    static void start() throws Exception {
        server = SampleServer.program("RedisServer", "0");
    }

    @AfterAll
    static void stop() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--tls --insecure"})
    @DisplayName("R1 redis-cli uses the same port with and without TLS")
    void redisCliExecutesCommands(String security) throws Exception {
        Command.assumeInstalled("redis-cli");
        Command command = Command.run(client("redis-cli", security), """
                ping
                echo "a b"
                set key "one\\r\\ntwo"
                get key
                del key
                del key
                get key
                config get save
                """);
        assertEquals(0, command.exit(), command.all());
        assertEquals("""
                PONG
                a b
                OK
                one\r
                two
                1
                0

                save

                """, command.out());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "--tls --insecure"})
    void redisBenchmarkPipelines(String security) throws Exception {
        Command.assumeInstalled("redis-benchmark");
        List<String> benchmark = client("redis-benchmark", security);
        benchmark.addAll(List.of("-t", "set,get,ping", "-n", "20000", "-P", "16", "-c", "20", "-q"));
        Command command = Command.run(benchmark);
        assertEquals(0, command.exit(), command.all());
        String out = command.out().replace('\r', '\n');
        assertEquals(4, MEASURED.matcher(out).results().count(), command.all()); // ping is measured twice
        assertFalse(command.all().contains("WARNING"), command.all());
        assertFalse(command.all().contains("rror"), command.all());
    }

    @ParameterizedTest
    @EnumSource
    void commandsMayBeLinesOrArraysOfAnyBytes(Wire wire) throws Exception {
        try (Socket socket = wire.connect(server.address("redis"))) {
            send(socket, "  PING \r\n\r\n  \r\n*3\r\n$3\r\nSet\r\n$5\r\n\r\n\0\u00ff*\r\n$4\r\n$1\r\n\r\n");
            send(socket, "*2\r\n$3\r\nget\r\n$5\r\n\r\n\0\u00ff*\r\n*1\r\n$4\r\nPING\r\nPING ");
            assertEquals("+PONG", Fetch.line(socket));
            assertEquals("+OK", Fetch.line(socket));
            assertEquals("$4", Fetch.line(socket));
            assertEquals("$1", Fetch.line(socket));
            assertEquals("", Fetch.line(socket));
            assertEquals("+PONG", Fetch.line(socket));
            send(socket, "again\r\n");
            assertEquals("$5", Fetch.line(socket));
            assertEquals("again", Fetch.line(socket));
        }
    }

    /** Sends more than sockets and watermarks hold before it reads a reply. */
    @Test
    void manyPipelinedCommandsAreAllAnswered() throws Exception {
        int commands = 100_000;
        try (Socket socket = Wire.PLAIN.connect(server.address("redis"))) {
            Thread sender = new Thread(() -> send(socket, "*2\r\n$4\r\nECHO\r\n$5\r\nhello\r\n".repeat(commands)));
            sender.start();
            byte[] replies = socket.getInputStream().readNBytes(commands * "$5\r\nhello\r\n".length());
            assertEquals("$5\r\nhello\r\n".repeat(commands), new String(replies, ISO_8859_1));
            sender.join();
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "*x\r\n",
                "*-1\r\n",
                "*1000\r\n",
                "*1\r\n:4\r\n",
                "*1\r\n$-1\r\n",
                "*1\r\n$04\r\nPING\r\n",
                "*1\r\n$100000\r\n"
            })
    void aMalformedCommandIsRefusedBehindTheRepliesToOtherOnes(String malformed) throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("redis"))) {
            send(socket, "PING\r\n" + malformed);
            assertEquals("+PONG\r\n" + MALFORMED, Fetch.rest(socket));
        }
    }

    @Test
    void anUnknownCommandIsRefused() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("redis"))) {
            send(socket, "GET\r\nGET a b\r\nSET a\r\nFLUSHALL\r\nPING\r\n");
            for (int i = 0; i < 4; i++) {
                assertEquals("-ERR unknown command, or wrong number of arguments", Fetch.line(socket));
            }
            assertEquals("+PONG", Fetch.line(socket));
        }
    }

    @Test
    void aCommandThatIsTooLongEndsTheConnection() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(server.address("redis"))) {
            send(socket, "*3\r\n$3\r\nSET\r\n$1\r\na\r\n$99999\r\n" + "x".repeat(99_999) + "\r\n");
            assertEquals("+OK", Fetch.line(socket));
            send(socket, "x".repeat(128 * 1024));
            assertEquals("", Fetch.rest(socket));
        }
    }

    private static List<String> client(String program, String security) {
        List<String> command = new ArrayList<>(List.of(program, "-p", String.valueOf(server.port("redis"))));
        if (!security.isEmpty()) {
            command.addAll(List.of(security.split(" ", -1)));
        }
        return command;
    }

    private static void send(Socket socket, String commands) {
        try {
            socket.getOutputStream().write(commands.getBytes(ISO_8859_1));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
