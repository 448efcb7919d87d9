// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.flight;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.metrics.Scenario;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.lang.management.ManagementFactory;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.Isolated;

/** A recording contains the events of each connection; without one, nothing is allocated for them. */
@Timeout(60)
@Isolated("a recording also contains the events of other tests")
class FlightEventsTest {
    private static final List<String> NAMES = List.of("Accept", "GateDecision", "Handshake", "ConnectionEnd", "Stall");

    private static List<RecordedEvent> of(List<RecordedEvent> events, String name, String listener) {
        return events.stream()
                .filter(event -> event.getEventType().getName().equals("io.portcullis." + name))
                .filter(event -> listener.equals(event.getString("listener")))
                .sorted(Comparator.comparing(RecordedEvent::getStartTime))
                .toList();
    }

    @Test
    void aRecordingTellsOfConnectionsFromAcceptToEnd(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            NAMES.forEach(name -> recording.enable("io.portcullis." + name));
            recording.start();
            try (Scenario scenario = new Scenario(new ConnectionObserver() {})) {
                try (Socket socket = scenario.secured()) {
                    assertTrue(socket.isConnected());
                }
                scenario.awaitConnections(0);
                scenario.failed();
                scenario.awaitConnections(0);
            }
            recording.stop();
            recording.dump(file);
        }
        List<RecordedEvent> events = RecordingFile.readAllEvents(file);
        assertEquals(2, of(events, "Accept", "tls").size());
        assertEquals(
                List.of("Tls", "Tls"),
                of(events, "GateDecision", "tls").stream()
                        .map(event -> event.getString("decision"))
                        .toList());
        List<RecordedEvent> handshakes = of(events, "Handshake", "tls");
        assertEquals(
                List.of("SUCCESS", "PLAIN_HTTP"),
                handshakes.stream().map(event -> event.getString("outcome")).toList());
        assertEquals("TLSv1.3", handshakes.get(0).getString("protocol"));
        assertTrue(handshakes.get(0).getDuration("time").toNanos() > 0);
        List<RecordedEvent> ends = of(events, "ConnectionEnd", "tls");
        assertEquals("HANDSHAKE_FAILED", ends.get(1).getString("reason"));
        assertEquals("PLAIN_HTTP", ends.get(1).getString("failure"));
        assertEquals(1, ends.get(0).getLong("applicationIn"));
        assertTrue(ends.get(0).getLong("networkIn") > 100);
        assertTrue(
                ends.get(0).getDuration("lifetime").compareTo(handshakes.get(0).getDuration("time")) >= 0);
        assertEquals(
                of(events, "Accept", "tls").get(0).getString("connection"),
                ends.get(0).getString("connection"));
    }

    @Test
    void aStallIsReported(@TempDir Path folder) throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            recording.enable("io.portcullis.Stall");
            recording.start();
            StackTraceElement[] stack = new Throwable().getStackTrace();
            new FlightEvents().onThreadBlocked(connection(), Duration.ofMillis(700), List.of(stack));
            recording.stop();
            recording.dump(file);
        }
        RecordedEvent stall =
                of(RecordingFile.readAllEvents(file), "Stall", "stub").get(0);
        assertEquals(Duration.ofMillis(700), stall.getDuration("time"));
        assertTrue(stall.getString("where").contains("FlightEventsTest.aStallIsReported"), stall::toString);
    }

    /** Has an id and a listener, and nothing else. */
    private static Connection connection() {
        return (Connection) Proxy.newProxyInstance(
                Connection.class.getClassLoader(),
                new Class<?>[] {Connection.class},
                (proxy, method, arguments) -> switch (method.getName()) {
                    case "id" -> 17L;
                    case "listenerName" -> java.util.Optional.of("stub");
                    default -> throw new UnsupportedOperationException(method.getName());
                });
    }

    @Test
    void withoutARecordingNothingIsAllocated() {
        FlightEvents events = new FlightEvents();
        Connection connection = connection();
        Decision plain = Decision.plain();
        Duration time = Duration.ofMillis(1);
        TlsException failure = new TlsException(HandshakeFailure.RESET, "reset", null);
        ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
        long least = Long.MAX_VALUE;
        for (int round = 0; round < 20; round++) {
            long before = threads.getCurrentThreadAllocatedBytes();
            for (int i = 0; i < 10_000; i++) {
                events.onAccepted(connection);
                events.onDecided(connection, plain, time);
                events.onHandshakeFailed(connection, failure, time);
                events.onClosed(connection, CloseReason.PEER_CLOSE, null);
            }
            least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
        }
        assertTrue(least < 1_000, least + " bytes for 40,000 events");
    }
}
