// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code MqttBroker} with the clients of Eclipse Mosquitto, and with packets that no client should send. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class MqttBrokerIT {
    private static final String CONNECT = "\20\14\0\4MQTT\4\2\0\0\0\0"; // without an identifier
    private static final String CONNACK = "\40\2\0\0";
    private static final String PING = "\300\0";
    private static final String PONG = "\320\0";

    @SuppressWarnings("NullAway.Init")
    private static SampleServer broker;

    @BeforeAll
    static void start() throws Exception {
        broker = SampleServer.program("MqttBroker", "--port", "0");
    }

    @AfterAll
    static void stop() {
        broker.close();
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS_1_3"})
    void mosquittoSubscribesAndPublishes(Wire wire, @TempDir Path directory) throws Exception {
        Command.assumeInstalled("mosquitto_sub");
        List<String> options = wire == Wire.PLAIN ? List.of() : List.of("--cafile", certificate(directory));
        CompletableFuture<Command> subscriber = CompletableFuture.supplyAsync(
                () -> mosquitto("sub", options, "-t", "home/+/heat", "-v", "-C", "1", "-W", "60"));
        while (!subscriber.isDone()) { // until it has subscribed
            Command publisher = mosquitto("pub", options, "-t", "home/kitchen/heat", "-m", "21", "-q", "1", "-d");
            assertEquals(0, publisher.exit(), publisher.all());
            assertTrue(publisher.out().contains("received PUBACK"), publisher.all());
        }
        assertEquals(
                "home/kitchen/heat 21\n",
                subscriber.join().out(),
                subscriber.join().all());
    }

    @ParameterizedTest
    @ValueSource(strings = {"--will-topic gone --will-payload gone", "-V mqttv5", "-q 2"})
    void mosquittoIsRefusedWhatIsNotSupported(String options) {
        Command.assumeInstalled("mosquitto_pub");
        Command publisher = mosquitto("pub", List.of(options.split(" ")), "-t", "a", "-m", "b");
        assertTrue(publisher.exit() != 0, publisher.all());
    }

    @Test
    void aMessageGoesToThoseWhoseFilterMatches() throws Exception {
        try (Socket one = connected();
                Socket other = connected()) {
            assertEquals("\220\4\0\1\0\0", exchange(one, "\202\14\0\1\0\3a/+\0\0\1c\1", 6));
            assertEquals("\220\3\0\2\0", exchange(other, "\202\6\0\2\0\1b\0", 5));
            send(other, "\60\6\0\3a/bx" + "\60\4\0\1by");
            assertEquals("\60\6\0\3a/bx", read(one, 8));
            assertEquals("\60\4\0\1by", read(other, 6));
            assertEquals("\260\2\0\3", exchange(other, "\242\5\0\3\0\1b", 4));
            assertEquals(PONG, exchange(other, "\60\4\0\1bz" + PING, 2), "the message after UNSUBSCRIBE");
        }
    }

    @Test
    void aMessageOfQos1IsAcknowledgedAndDeliveredWithQos0() throws Exception {
        try (Socket socket = connected()) {
            assertEquals("\220\3\0\1\0", exchange(socket, "\202\6\0\1\0\1q\1", 5));
            assertEquals("\100\2\0\7" + "\60\4\0\1qm", exchange(socket, "\63\6\0\1q\0\7m", 10));
        }
    }

    /** Far more is published than sockets and the limit of the group hold. */
    @Test
    void aSubscriberThatDoesNotReadIsDisconnectedAndDelaysNobody() throws Exception {
        int messages = 400;
        String contents = "\0\1s" + "x".repeat(99_997);
        try (Socket slow = connected();
                Socket publisher = connected()) {
            assertEquals("\220\3\0\1\0", exchange(slow, "\202\6\0\1\0\1s\0", 5));
            for (int i = 0; i < messages; i++) {
                send(publisher, "\60\240\215\6" + contents); // 100,000 bytes
            }
            assertEquals(PONG, exchange(publisher, PING, 2));
            assertTrue(countRest(slow) < messages * 100_000L);
        }
    }

    @Test
    void aClientThatIsSilentForLongerThanItsKeepAliveIsDisconnected() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(broker.address("mqtt"))) {
            send(socket, CONNECT.replace("\2\0\0\0\0", "\2\0\1\0\0"));
            assertEquals(CONNACK, Fetch.rest(socket));
        }
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                CONNECT, // the second one
                "\202\0", // SUBSCRIBE without an identifier
                "\202\2\0\1", // without a filter
                "\202\6\0\1\0\1a\3", // QoS 3
                "\202\7\0\1\0\2a#\0", // invalid filters
                "\202\7\0\1\0\2+a\0",
                "\202\7\0\1\0\2#/\0",
                "\202\5\0\1\0\0\0",
                "\200\6\0\1\0\1a\0", // invalid flags
                "\60\4\0\1+x", // invalid topics
                "\60\4\0\1\0x",
                "\60\4\0\1$x",
                "\60\4\0\1\377x",
                "\60\3\0\7a", // a topic longer than its packet
                "\66\6\0\1q\0\1m", // QoS 3
                "\60\377\377\177", // longer than the limit
                "\60\377\377\377\377\1", // a length of five bytes
                "\0\0"
            })
    void aMalformedPacketEndsTheConnection(String packet) throws Exception {
        try (Socket socket = connected()) {
            send(socket, packet);
            assertEquals("", Fetch.rest(socket));
        }
    }

    @Test
    void nothingIsAcceptedBeforeConnect() throws Exception {
        try (Socket socket = Wire.PLAIN.connect(broker.address("mqtt"))) {
            send(socket, PING);
            assertEquals("", Fetch.rest(socket));
        }
    }

    @Test
    void aClientHasAtMostAHundredFilters() throws Exception {
        try (Socket socket = connected()) {
            for (char filter = 1000; filter < 1100; filter++) {
                String name = new String(String.valueOf(filter).getBytes(UTF_8), ISO_8859_1);
                assertEquals("\220\3\0\1\0", exchange(socket, "\202\7\0\1\0\2" + name + "\0", 5));
            }
            send(socket, "\202\7\0\1\0\2xx\0");
            assertEquals("", Fetch.rest(socket));
        }
    }

    private static Socket connected() throws IOException {
        Socket socket = Wire.PLAIN.connect(broker.address("mqtt"));
        assertEquals(CONNACK, exchange(socket, CONNECT, 4));
        return socket;
    }

    private static String exchange(Socket socket, String packets, int length) throws IOException {
        send(socket, packets);
        return read(socket, length);
    }

    private static void send(Socket socket, String packets) throws IOException {
        socket.getOutputStream().write(packets.getBytes(ISO_8859_1));
    }

    private static String read(Socket socket, int length) throws IOException {
        return new String(socket.getInputStream().readNBytes(length), ISO_8859_1);
    }

    /** Counts the bytes until the connection has ended in any way. */
    private static long countRest(Socket socket) throws IOException {
        byte[] piece = new byte[64 * 1024];
        long count = 0;
        try {
            for (int length = 0; length >= 0; length = socket.getInputStream().read(piece)) {
                count += length;
            }
        } catch (SocketException reset) {
            return count;
        }
        return count;
    }

    private static Command mosquitto(String program, List<String> options, String... arguments) {
        List<String> command = new ArrayList<>(List.of("mosquitto_" + program, "-h", "localhost", "-p"));
        command.add(String.valueOf(broker.port("mqtt")));
        command.addAll(options);
        command.addAll(List.of(arguments));
        try {
            return Command.run(command);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static String certificate(Path directory) throws Exception {
        try (SSLSocket socket = Fetch.secured(Wire.trustingAll(), broker.address("mqtt"), "localhost")) {
            byte[] certificate = socket.getSession().getPeerCertificates()[0].getEncoded();
            return Files.writeString(directory.resolve("certificate.pem"), Pem.of("CERTIFICATE", certificate))
                    .toString();
        }
    }
}
