// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.MessageHandler;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A Redis server in memory, plain and TLS on one port. The argument is the port.
 *
 * <p>Bytes are kept as text in ISO 8859-1, one character for each byte. As in Redis without {@code maxmemory}, the
 * number of values is not limited.
 *
 * @see <a href="https://redis.io/docs/latest/develop/reference/protocol-spec/">Redis serialization protocol</a>
 */
public final class RedisServer {
    private static final Map<String, String> VALUES = new ConcurrentHashMap<>();

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the port
     * @throws IOException if the port is not available
     * @throws InterruptedException if the thread is interrupted
     */
    public static void main(String... arguments) throws IOException, InterruptedException {
        TlsProfile tls = SelfSignedCertificate.create().serverProfile();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(Integer.parseInt(arguments[0])), Gate.detect(tls))
                        .handler(() -> MessageHandler.of(128 * 1024, RedisServer::decode, RedisServer::execute))
                        .start()) {
            System.out.println("listening redis " + server.addresses() + "\nready");
            server.awaitClosed();
        }
    }

    /** Returns the strings of an array or a line; null if it is incomplete, an empty list if it is malformed. */
    private static @Nullable List<String> decode(ByteBuffer data) {
        String line = next(data, 0);
        if (line == null || !line.startsWith("*")) {
            return line == null ? null : List.of(line.strip().split(" +"));
        }
        List<String> strings = new ArrayList<>();
        for (int missing = number(line); missing > 0; missing--) {
            String length = next(data, 0);
            String string = number(length) < 0 ? length : next(data, number(length));
            if (string == null || !("$" + string.length()).equals(length)) {
                return string == null ? null : List.of();
            }
            strings.add(string);
        }
        return strings;
    }

    /** Returns the bytes in front of the first CRLF behind the given number of bytes; null if it has not arrived. */
    private static @Nullable String next(ByteBuffer data, int least) {
        int begin = data.position();
        for (int end = begin + least; end + 1 < data.limit(); end++) {
            if (data.getShort(end) == 0x0d0a) {
                data.position(end + 2);
                return ISO_8859_1.decode(data.slice(begin, end - begin)).toString();
            }
        }
        return null;
    }

    /** Returns the number of strings in an array, or of bytes in a string; -1 if it is malformed. */
    private static int number(@Nullable String line) {
        return line == null || !line.matches("\\*\\d{1,3}|\\$\\d{1,5}") ? -1 : Integer.parseInt(line.substring(1));
    }

    private static void execute(Connection connection, List<String> command) {
        String name = command.isEmpty() ? "" : command.get(0).toUpperCase(Locale.ROOT);
        String key = command.size() > 1 ? command.get(1) : "";
        String reply = switch (Set.of("DEL", "EXISTS").contains(name) ? name : name + " " + command.size()) {
            case " 0" -> "-ERR Protocol error: expected a line, or an array of strings with their lengths\r\n";
            case " 1" -> ""; // an empty line
            case "PING 1" -> "+PONG\r\n";
            case "PING 2", "ECHO 2" -> bulk(key);
            case "GET 2" -> bulk(VALUES.get(key));
            case "SET 3" -> {
                VALUES.put(key, command.get(2));
                yield "+OK\r\n";
            }
            case "DEL" ->
                ":" + command.stream().skip(1).filter(VALUES.keySet()::remove).count() + "\r\n";
            case "EXISTS" ->
                ":" + command.stream().skip(1).filter(VALUES::containsKey).count() + "\r\n";
            case "INCR 2" -> increment(key);
            case "CONFIG 3" -> "*2\r\n" + bulk(command.get(2)) + bulk(""); // CONFIG GET
            case "COMMAND 1", "COMMAND 2" -> "*0\r\n";
            case "INFO 1", "INFO 2" -> bulk("# Keyspace\r\ndb0:keys=" + VALUES.size() + "\r\n");
            default -> "-ERR unknown command, or wrong number of arguments\r\n";
        };
        connection.write(reply, ISO_8859_1);
        if (command.isEmpty()) {
            connection.close();
        }
    }

    private static String increment(String key) {
        try {
            return ":" + VALUES.merge(key, "1", (old, one) -> "" + Math.incrementExact(Long.parseLong(old))) + "\r\n";
        } catch (ArithmeticException | NumberFormatException wrong) {
            return "-ERR value is not an integer or out of range\r\n";
        }
    }

    private static String bulk(@Nullable String value) {
        return value == null ? "$-1\r\n" : "$" + value.length() + "\r\n" + value + "\r\n";
    }
}
