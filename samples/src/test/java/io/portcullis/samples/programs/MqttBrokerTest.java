// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.FrameHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The examples of MQTT 3.1.1, 4.7.1, and filters that look like regular expressions. */
final class MqttBrokerTest {
    @ParameterizedTest
    @CsvSource({
        "sport/tennis/player1/#, sport/tennis/player1, true",
        "sport/tennis/player1/#, sport/tennis/player1/ranking, true",
        "sport/tennis/player1/#, sport/tennis/player1/score/wimbledon, true",
        "sport/tennis/player1/#, sport/tennis/player10, false",
        "sport/#, sport, true",
        "sport/#, sports, false",
        "#, a/b/c, true",
        "sport/tennis/+, sport/tennis/player1, true",
        "sport/tennis/+, sport/tennis/player1/ranking, false",
        "sport/+, sport, false",
        "sport/+, sport/, true",
        "+/+, /finance, true",
        "/+, /finance, true",
        "+, /finance, false",
        "+/tennis/#, sport/tennis/a/b, true",
        "a.c, abc, false",
        "'a\\E.*\\Q', abc, false",
        "'a\\E.*\\Q', 'a\\E.*\\Q', true",
    })
    void aFilterMatchesByLevels(String filter, String topic, boolean matches) {
        assertEquals(matches, MqttBroker.matching(filter).test(topic));
    }

    @Test
    void anOlderConnectionOfTheSameClientIsClosed() throws Exception {
        try (Running broker = new Running();
                Socket older = broker.connect("\0\2me");
                Socket other = broker.connect("\0\3you");
                Socket anonymous = broker.connect("\0\0");
                Socket newer = broker.connect("\0\2me");
                Socket unknown = broker.connect("\0\0")) {
            assertEquals(-1, older.getInputStream().read());
            for (Socket socket : List.of(other, anonymous, newer, unknown)) {
                assertEquals("\320\0", exchange(socket, "\300\0", 2));
            }
            older.shutdownOutput();
            try (Socket newest = broker.connect("\0\2me")) {
                assertEquals(-1, newer.getInputStream().read());
                assertEquals("\320\0", exchange(newest, "\300\0", 2));
            }
        }
    }

    @ParameterizedTest
    @CsvSource({
        "'\0\4MQTT\5\2\0\0\0\0\2me', '\40\2\0\1'", // MQTT 5
        "'\0\6MQIsdp\3\2\0\0\0\2me', '\40\2\0\1'", // MQTT 3.1
        "'\0\4MQTT\4\0\0\0\0\0', '\40\2\0\2'", // no identifier, but a session
        "'\0\4MQTT\4\3\0\0\0\2me', ''", // the reserved flag
        "'\0\4MQTT\4\6\0\0\0\2me', ''", // a will
        "'\0\4MQTT\4\12\0\0\0\2me', ''", // the QoS of no will
        "'\0\4MQTT\4\42\0\0\0\2me', ''", // no will to retain
        "'\0\4MQTT\4\102\0\0\0\2me\0\1p', ''", // a password, but no user
        "'\0\4MQTT\4\2\0\0\0\3me', ''", // an identifier that is longer than the packet
        "'\0\4MQTT\4\2\0\0\0\2\377e', ''", // not UTF-8
    })
    void anInvalidConnectIsRefused(String contents, String reply) throws Exception {
        try (Running broker = new Running();
                Socket socket = broker.open()) {
            assertEquals(reply, exchange(socket, "\20" + (char) contents.length() + contents, 5));
        }
    }

    private static String exchange(Socket socket, String packet, int length) throws IOException {
        socket.getOutputStream().write(packet.getBytes(ISO_8859_1));
        return new String(socket.getInputStream().readNBytes(length), ISO_8859_1);
    }

    /** A broker in this process. */
    private static final class Running implements AutoCloseable {
        private final Dispatcher dispatcher = Dispatcher.create();
        private final Server server;

        Running() throws IOException {
            MqttBroker broker = new MqttBroker();
            server = Server.builder(dispatcher)
                    .listen(Programs.loopback(0), Gate.plain())
                    .handler(() -> FrameHandler.of(MqttBroker.LENGTH, 1024, broker::onPacket))
                    .start();
        }

        Socket open() throws IOException {
            Socket socket = new Socket(
                    InetAddress.getLoopbackAddress(), server.addresses().get(0).getPort());
            socket.setSoTimeout(20_000);
            return socket;
        }

        Socket connect(String identifier) throws IOException {
            Socket socket = open();
            String packet = "\20" + (char) (10 + identifier.length()) + "\0\4MQTT\4\2\0\0" + identifier;
            assertEquals("\40\2\0\0", exchange(socket, packet, 4));
            return socket;
        }

        @Override
        public void close() {
            dispatcher.close();
        }
    }

    @Test
    void aFilterOfManyLevelsIsMatchedInLinearTime() {
        String filter = "+/".repeat(511) + "x";
        assertFalse(MqttBroker.matching(filter).test("a/".repeat(511) + "y"));
    }
}
