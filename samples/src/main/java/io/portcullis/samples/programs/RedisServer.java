// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.ProtocolViolationException;
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

    /** Returns the strings of an array, or of a line. */
    static List<String> decode(ByteBuffer data) {
        String line = MessageHandler.line(data, ISO_8859_1);
        if (!line.startsWith("*")) {
            return List.of(line.strip().split(" +"));
        }
        List<String> strings = new ArrayList<>();
        for (int missing = number(line, "\\*\\d{1,3}"); missing > 0; missing--) {
            byte[] string = new byte[number(MessageHandler.line(data, ISO_8859_1), "\\$(0|[1-9]\\d{0,4})")];
            data.get(string);
            data.getShort(); // CR LF, which Redis does not check either
            strings.add(new String(string, ISO_8859_1));
        }
        return strings;
    }

    private static int number(String line, String pattern) {
        if (!line.matches(pattern)) {
            String error = "-ERR Protocol error: expected a line, or an array of strings with their lengths\r\n";
            throw new ProtocolViolationException(error.strip(), error.getBytes(ISO_8859_1));
        }
        return Integer.parseInt(line.substring(1));
    }

    static void execute(Connection connection, List<String> command) {
        String key = command.size() < 2 ? "" : command.get(1);
        String value = command.size() < 3 ? "" : command.get(2);
        String reply = switch (command.isEmpty() ? "" : command.get(0).toUpperCase(Locale.ROOT) + command.size()) {
            case "", "1" -> ""; // nothing to do
            case "PING1" -> "+PONG\r\n";
            case "PING2", "ECHO2" -> bulk(key);
            case "GET2" -> bulk(VALUES.get(key));
            case "SET3" -> VALUES.compute(key, (same, old) -> value).equals(value) ? "+OK\r\n" : "";
            case "DEL2" -> VALUES.remove(key) == null ? ":0\r\n" : ":1\r\n";
            case "CONFIG3" -> "*2\r\n" + bulk(value) + bulk(""); // CONFIG GET
            case "COMMAND1", "COMMAND2" -> "*0\r\n";
            case "POST3", "HOST:2" -> throw new ProtocolViolationException("HTTP, perhaps from a page in a browser");
            default -> "-ERR unknown command, or wrong number of arguments\r\n";
        };
        connection.write(reply, ISO_8859_1);
    }

    private static String bulk(@Nullable String value) {
        return value == null ? "$-1\r\n" : "$" + value.length() + "\r\n" + value + "\r\n";
    }
}
