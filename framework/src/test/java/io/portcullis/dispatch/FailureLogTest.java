// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import io.portcullis.Connection;
import io.portcullis.ConnectionListener;
import io.portcullis.Gate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What scanners leave in the log: a few lines, no stack trace, and the right numbers. */
@Timeout(120)
@ResourceLock(CapturedLog.RESOURCE)
class FailureLogTest {
    private static final int ROUNDS = 200;

    /** What a scan leaves, and a word for it; the empty one is a probe that leaves at once. */
    private static final Map<String, HandshakeFailure> PROBES = Map.of(
            "GET / HTTP/1.1\r\n\r\n", HandshakeFailure.PLAIN_HTTP,
            "SSH-2.0-scanner\r\n", HandshakeFailure.NOT_TLS,
            "\u0016\u0003\u0001\u0000\u0005\u0001", HandshakeFailure.TRUNCATED,
            "\u0016\u0003\u0001\u00ff\u00ff\u0001", HandshakeFailure.BAD_RECORD);

    private final CapturedLog log = CapturedLog.at(Level.INFO);

    @AfterEach
    void restore() {
        log.close();
    }

    private List<String> lines() {
        return log.lines();
    }

    @Test
    void saysTheSameAFewTimesAndThenHowOften() {
        VirtualMachine machine = new VirtualMachine();
        FailureLog failures = new FailureLog(machine);
        RecordingHandler handler = RecordingHandler.echo();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(transport, new io.portcullis.tls.PlainFilter(), handler);
        Connection connection = handler.connection();
        TlsException http = new TlsException(HandshakeFailure.PLAIN_HTTP, "plain HTTP", null);
        for (int i = 0; i < 500; i++) {
            failures.failed(connection, http);
        }
        failures.failed(connection, new TlsException(HandshakeFailure.RESET, "reset", null));
        assertEquals(FailureLog.LINES + 1, lines().size(), () -> lines().toString());
        machine.advance(Duration.ofSeconds(10));
        failures.look();
        assertEquals(FailureLog.LINES + 2, lines().size());
        assertTrue(lines().get(FailureLog.LINES + 1).contains("497 more connections failed with PLAIN_HTTP"));
        failures.failed(connection, http);
        assertTrue(lines().get(FailureLog.LINES + 2).endsWith("PLAIN_HTTP: plain HTTP"), "a new window");
        failures.tellRest();
        assertEquals(FailureLog.LINES + 3, lines().size(), "nothing was left out");
        connection.abort();
        transport.completeAll();
    }

    @Test
    void aScanOfAThousandProbesLeavesAFewLinesAndExactNumbers() throws Exception {
        Map<HandshakeFailure, AtomicInteger> failed = new ConcurrentHashMap<>();
        AtomicInteger accepted = new AtomicInteger();
        ConnectionListener counter = new ConnectionListener() {
            @Override
            public void onAccepted(Connection connection) {
                accepted.incrementAndGet();
            }

            @Override
            public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
                failed.computeIfAbsent(failure.failure(), word -> new AtomicInteger())
                        .incrementAndGet();
            }
        };
        try (Rig rig = new Rig(
                Gate.tls(TestCertificates.serverProfile()),
                () -> Connection::write,
                settings -> settings.listener(counter))) {
            scan(rig);
        }
        assertEquals(ROUNDS * (PROBES.size() + 1), accepted.get());
        Map<HandshakeFailure, Integer> counted = new EnumMap<>(HandshakeFailure.class);
        failed.forEach((word, count) -> counted.put(word, count.get()));
        Map<HandshakeFailure, Integer> expected = new EnumMap<>(HandshakeFailure.class);
        PROBES.values().forEach(word -> expected.put(word, ROUNDS));
        assertEquals(expected, counted);
        assertTrue(lines().size() < 100, () -> lines().size() + " lines");
        assertTrue(log.events().stream().allMatch(event -> event.getThrowableProxy() == null), "a stack trace");
        for (HandshakeFailure word : PROBES.values()) {
            assertTrue(lines().stream().anyMatch(line -> line.contains(word.name())), word::name);
        }
    }

    private static void scan(Rig rig) throws Exception {
        for (int i = 0; i < ROUNDS; i++) {
            rig.connect().close();
            rig.nextEnd();
            for (String probe : PROBES.keySet()) {
                try (Socket socket = rig.connect()) {
                    socket.getOutputStream().write(probe.getBytes(StandardCharsets.ISO_8859_1));
                    socket.shutdownOutput();
                    readToTheEnd(socket);
                }
                rig.nextEnd();
            }
        }
    }

    private static void readToTheEnd(Socket socket) {
        try {
            while (socket.getInputStream().read() >= 0) {}
        } catch (IOException reset) {
            return;
        }
    }
}
