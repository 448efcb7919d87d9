// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLog;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The log of selected connections: of these only, in order, bounded, with the connection's id. */
@Timeout(60)
@ResourceLock(CapturedLog.RESOURCE)
class ConnectionLogTest {
    private final CapturedLog log = CapturedLog.at(Level.INFO);

    @AfterEach
    void restore() {
        log.close();
    }

    private List<String> lines(String logger) {
        return log.events().stream()
                .filter(event -> event.getLoggerName().equals("io.portcullis." + logger))
                .map(ILoggingEvent::getFormattedMessage)
                .toList();
    }

    private static void exchange(Rig rig, String protocol, String text) throws IOException {
        try (Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, protocol);
            peer.wrap(ByteBuffer.wrap(text.getBytes(StandardCharsets.US_ASCII))).flush();
            assertEquals(text, new String(peer.read(text.length()), StandardCharsets.US_ASCII));
        }
    }

    private static void plainExchange(Rig rig, String text) throws IOException {
        try (Socket socket = rig.connect()) {
            socket.getOutputStream().write(text.getBytes(StandardCharsets.US_ASCII));
            assertEquals(
                    text, new String(socket.getInputStream().readNBytes(text.length()), StandardCharsets.US_ASCII));
        }
    }

    @Test
    void reportsTheStepsOfAHandshake() throws Exception {
        try (Rig rig = new Rig(
                Gate.detect(TestCertificates.serverProfile()),
                () -> Connection::write,
                settings -> settings.connectionLog(peer -> ConnectionLog.handshakes()))) {
            exchange(rig, "TLSv1.3", "hello");
            rig.nextEnd();
            plainExchange(rig, "plain");
            rig.nextEnd();
        }
        String all = String.join("\n", lines("handshake"));
        for (String step : List.of(
                "received ClientHello",
                "decided: Tls",
                "sent ServerHello",
                "secured: TLSv1.3 TLS_",
                "full handshake",
                "decided: Plain",
                "ended: ")) {
            assertTrue(all.contains(step), () -> step + " is not in\n" + all);
        }
        assertTrue(all.indexOf("received ClientHello") < all.indexOf("sent ServerHello"), all);
        assertEquals(List.of(), lines("wire"));
        assertTrue(
                log.events().stream()
                        .filter(event -> event.getLoggerName().startsWith("io.portcullis.handshake"))
                        .allMatch(event -> event.getMDCPropertyMap().containsKey("connection")),
                "lines without the id of their connection");
    }

    @Test
    void reportsWhyAHandshakeFailed() throws Exception {
        try (Rig rig = new Rig(
                        Gate.tls(TestCertificates.serverProfile()),
                        () -> Connection::write,
                        settings -> settings.connectionLog(peer -> ConnectionLog.handshakes()));
                Socket socket = rig.connect()) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            rig.nextEnd();
        }
        String all = String.join("\n", lines("handshake"));
        assertTrue(all.contains("failed: PLAIN_HTTP"), all);
        assertTrue(all.contains("ended: " + CloseReason.HANDSHAKE_FAILED), all);
    }

    @Test
    void showsTheBytesOnTheWireUpToALimit() throws Exception {
        try (Rig rig = new Rig(
                Gate.plain(),
                () -> Connection::write,
                settings -> settings.connectionLog(peer -> ConnectionLog.wire(20)))) {
            plainExchange(rig, "0123456789abcdef0123456789");
            rig.nextEnd();
        }
        List<String> wire = lines("wire");
        String received =
                wire.stream().filter(line -> line.contains("received ")).collect(Collectors.joining());
        assertTrue(received.contains("00000000  30 31 32 33"), received);
        assertTrue(received.contains("|0123456789abcdef|"), received);
        assertTrue(received.contains("|0123|"), received);
        assertTrue(received.contains("the limit is 20 bytes"), received);
        assertEquals(1, wire.stream().filter(line -> line.contains("sent ")).count(), wire::toString);
    }

    @Test
    void leavesOtherConnectionsAlone() throws Exception {
        int[] asked = new int[1];
        try (Rig rig = new Rig(
                Gate.tls(TestCertificates.serverProfile()),
                () -> Connection::write,
                settings -> settings.connectionLog(
                        peer -> asked[0]++ == 1 ? ConnectionLog.wire(1 << 20) : ConnectionLog.none()))) {
            for (int i = 0; i < 3; i++) {
                exchange(rig, "TLSv1.2", "secret words");
                rig.nextEnd();
            }
        }
        assertEquals(3, asked[0]);
        assertEquals(
                1,
                log.events().stream()
                        .map(event -> event.getMDCPropertyMap().get("connection"))
                        .filter(id -> id != null)
                        .distinct()
                        .count());
        assertTrue(lines("wire").stream().noneMatch(line -> line.contains("|secret words")), "it is encrypted");
    }

    /** Logs in its callbacks. */
    private static final class Talker implements ConnectionHandler {
        private static final Logger LOG = LoggerFactory.getLogger("test.Talker");

        @Override
        public void onOpen(Connection connection) {
            LOG.info("open {}", Long.toHexString(connection.id()));
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            LOG.info("data {}", Long.toHexString(connection.id()));
            connection.write(data);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            LOG.info("close {}", Long.toHexString(connection.id()));
        }
    }

    private void logsTheirIds(@Nullable Executor callbacks) throws Exception {
        try (Rig rig = new Rig(
                Gate.plain(),
                Talker::new,
                settings -> callbacks == null
                        ? settings.logContext()
                        : settings.logContext().callbackExecutor(callbacks))) {
            for (int i = 0; i < 3; i++) {
                plainExchange(rig, "hello");
                rig.nextEnd();
            }
        }
        List<ILoggingEvent> lines = log.events().stream()
                .filter(event -> event.getLoggerName().equals("test.Talker"))
                .toList();
        assertEquals(9, lines.size());
        for (ILoggingEvent event : lines) {
            assertTrue(
                    event.getFormattedMessage()
                            .endsWith(" " + event.getMDCPropertyMap().get("connection")),
                    event::getFormattedMessage);
        }
    }

    @Test
    void callbacksLogUnderTheIdOfTheirConnection() throws Exception {
        logsTheirIds(null);
    }

    @Test
    void soDoCallbacksOnAnExecutor() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(2);
        try {
            logsTheirIds(threads);
        } finally {
            threads.shutdown();
        }
    }

    @Test
    void aWireLogOfZeroBytesIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> ConnectionLog.wire(0));
    }
}
