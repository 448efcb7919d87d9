// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static io.portcullis.ProtocolViolationException.require;
import static java.nio.charset.StandardCharsets.UTF_8;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.ProtocolViolationException;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.group.ConnectionGroup;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * An MQTT 3.1.1 broker. Messages of QoS 1 are acknowledged, and all are delivered with QoS 0. There are no retained
 * messages and no sessions that outlive a connection; a client that wants a will or QoS 2 is disconnected.
 */
@Command(name = "MqttBroker", mixinStandardHelpOptions = true, description = "An MQTT 3.1.1 broker, plain and TLS.")
public final class MqttBroker implements Callable<Integer> {
    static final LengthField LENGTH = LengthField.varint(4).offset(1).withHeader();
    private static final int LARGEST_PACKET = 128 * 1024;
    private static final int LONGEST_TEXT = 1024;
    private static final int MOST_FILTERS = 100; // of a client
    private static final int UNSUBSCRIBE = 0xA2;

    // A wildcard fills its level, and # ends the filter (4.7.1)
    private static final Pattern INVALID = Pattern.compile("\\A\\z|[^/][+#]|[+#][^/]|#/");

    private final ConnectionGroup clients = ConnectionGroup.create(); // closes clients that do not read
    private final Map<String, Connection> names = new ConcurrentHashMap<>();
    private final Map<Connection, Map<String, Predicate<String>>> filters = new ConcurrentHashMap<>();

    @Option(names = "--port", paramLabel = "PORT", description = "Default: 1883.")
    private int port = 1883;

    /**
     * Serves until the process is stopped.
     *
     * @param arguments the command line
     */
    public static void main(String... arguments) {
        Programs.run(new MqttBroker(), arguments);
    }

    @Override
    public Integer call() throws IOException, InterruptedException {
        TlsProfile tls = Programs.selfSigned().build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(Programs.loopback(port), Gate.detect(tls))
                        .handler(() -> FrameHandler.of(LENGTH, LARGEST_PACKET, this::onPacket))
                        .start()) {
            return Programs.serve(server, "mqtt");
        }
    }

    void onPacket(Connection client, ByteBuffer packet) {
        int type = packet.get() & 0xFF; // with its flags
        while (packet.get() < 0) {} // the length
        require(clients.contains(client) != (type == 0x10), "CONNECT must be the first packet, and no other");
        switch (type) {
            case 0x10 -> connect(client, packet);
            case 0x30, 0x31, 0x32, 0x33, 0x3A, 0x3B -> publish(client, packet, type); // not QoS 2
            case 0x82, UNSUBSCRIBE -> subscribe(client, packet, type);
            case 0xC0 -> client.write(new byte[] {(byte) 0xD0, 0}); // PINGREQ
            case 0xE0 -> client.close(); // DISCONNECT
            default -> throw new ProtocolViolationException("a packet of type " + type);
        }
    }

    private void connect(Connection client, ByteBuffer packet) {
        long protocol = packet.getLong(); // "MQTT", the level 4, and flags (3.1.2)
        int seconds = Short.toUnsignedInt(packet.getShort());
        boolean known = protocol >>> 8 == 0x0004_4D51_5454_04L;
        String identifier = known ? text(packet) : "";
        if (identifier.isEmpty() && (!known || (protocol & 0b10) == 0)) { // 3.1.3.1
            byte[] reply = {0x20, 2, 0, (byte) (known ? 2 : 1)}; // CONNACK
            throw new ProtocolViolationException("an unknown protocol or client", reply);
        }
        require((protocol & 0b11_1101) == 0 && (protocol & 0xC0) != 0x40, "a will, or invalid flags");
        String name = identifier.isEmpty() ? "\0" + client.id() : identifier;
        Optional.ofNullable(names.put(name, client)).ifPresent(Connection::close); // 3.1.4
        var unused = client.closed().thenRun(() -> names.remove(name, client)).thenRun(() -> filters.remove(client));
        Duration silence = Duration.ofMillis(1500L * (seconds == 0 ? 0xFFFF : seconds)); // 3.1.2.10
        client.idleTimeout(silence);
        client.readIdleTimeout(silence);
        clients.add(client);
        client.write(new byte[] {0x20, 2, 0, 0}); // CONNACK
    }

    private void publish(Connection client, ByteBuffer packet, int type) {
        ByteBuffer message = ByteBuffer.allocate(1 + packet.remaining()).put((byte) 0x30);
        String topic = text(packet);
        require(topic.matches("[^$+#][^+#]*"), "a message to a wildcard, or to a topic of the broker");
        if ((type & 0b110) != 0) { // QoS 1
            client.write(new byte[] {0x40, 2, packet.get(), packet.get()}); // PUBACK
        }
        message.put(LengthField.ofBytes(2).frame(UTF_8.encode(topic))).put(packet);
        clients.writeTo(member -> wants(member, topic), LENGTH.frame(message.flip()));
    }

    private boolean wants(Connection client, String topic) {
        return filters.getOrDefault(client, Map.of()).values().stream().anyMatch(filter -> filter.test(topic));
    }

    private void subscribe(Connection client, ByteBuffer packet, int type) {
        Map<String, Predicate<String>> own = filters.computeIfAbsent(client, none -> new ConcurrentHashMap<>());
        ByteBuffer reply = ByteBuffer.allocate(3 + packet.remaining()).put((byte) (type + 0x0E));
        reply.putShort(packet.getShort());
        do {
            String filter = text(packet);
            if (type == UNSUBSCRIBE) {
                own.remove(filter);
            } else {
                boolean valid = !INVALID.matcher(filter).find() && (packet.get() & 0xFF) <= 2;
                require(valid && own.size() < MOST_FILTERS, "an invalid filter or QoS, or too many filters");
                own.put(filter, matching(filter));
                reply.put((byte) 0); // granted: QoS 0
            }
        } while (packet.hasRemaining());
        client.write(LENGTH.frame(reply.flip())); // SUBACK or UNSUBACK
    }

    /** The wildcard # also stands for the level above it (4.7.1.2). */
    static Predicate<String> matching(String filter) {
        String regex = Pattern.quote(filter).replace("/#", "\\E(/.*)?\\Q").replace("#", "\\E.*\\Q");
        return Pattern.compile("(?s)" + regex.replace("+", "\\E[^/]*\\Q")).asMatchPredicate();
    }

    private static String text(ByteBuffer packet) {
        byte[] bytes = new byte[Short.toUnsignedInt(packet.getShort())];
        packet.get(bytes);
        String text = new String(bytes, UTF_8);
        // U+FFFD stands for what is not UTF-8
        require(bytes.length <= LONGEST_TEXT && text.matches("[^\0\uFFFD]*"), "a text that is too long or not UTF-8");
        return text;
    }
}
