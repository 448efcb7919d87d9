// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.frame.LineHandler;
import io.portcullis.internal.log.FailureLog;
import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.loop.GroupMachine;
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
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** What scanners leave in the log: a few lines, no stack trace, and the right counts. */
@Timeout(120)
@ResourceLock(CapturedLog.RESOURCE)
class FailureLogTest {
    private static final int ROUNDS = 200;
    private static final int CONNECTIONS = 50;
    private static final String MORE = " more times: ";

    /** Probes of a scan, and what the log says of each; the empty one leaves at once. */
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
    void logsTheSameLineAFewTimesAndThenACount() {
        VirtualMachine machine = new VirtualMachine();
        FailureLog failures = new FailureLog(machine::now);
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
        failures.logRest();
        assertEquals(FailureLog.LINES + 3, lines().size(), "nothing was left out");
        connection.abort();
        transport.completeAll();
    }

    @Test
    void aScanOfAThousandProbesLeavesAFewLinesAndExactNumbers() throws Exception {
        Map<HandshakeFailure, AtomicInteger> failed = new ConcurrentHashMap<>();
        AtomicInteger accepted = new AtomicInteger();
        ConnectionObserver counter = new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                accepted.incrementAndGet();
            }

            @Override
            public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
                failed.computeIfAbsent(failure.failure(), key -> new AtomicInteger())
                        .incrementAndGet();
            }
        };
        try (Rig rig = new Rig(
                Gate.tls(TestCertificates.serverProfile()),
                () -> Connection::write,
                settings -> settings.observer(counter))) {
            scan(rig);
        }
        assertEquals(ROUNDS * (PROBES.size() + 1), accepted.get());
        Map<HandshakeFailure, Integer> counted = new EnumMap<>(HandshakeFailure.class);
        failed.forEach((failure, count) -> counted.put(failure, count.get()));
        Map<HandshakeFailure, Integer> expected = new EnumMap<>(HandshakeFailure.class);
        PROBES.values().forEach(failure -> expected.put(failure, ROUNDS));
        assertEquals(expected, counted);
        assertTrue(lines().size() < 100, () -> lines().size() + " lines");
        assertTrue(log.events().stream().allMatch(event -> event.getThrowableProxy() == null), "a stack trace");
        for (HandshakeFailure expectedFailure : PROBES.values()) {
            assertTrue(lines().stream().anyMatch(line -> line.contains(expectedFailure.name())), expectedFailure::name);
        }
    }

    /** Opens this many connections, each of which sends something and is run to its end. */
    private static void plain(
            Gate gate, Supplier<ConnectionHandler> handler, UnaryOperator<Server.Builder> settings, int ends)
            throws Exception {
        try (Rig rig = new Rig(gate, handler, settings)) {
            for (int i = 0; i < CONNECTIONS; i++) {
                try (Socket socket = rig.connect()) {
                    socket.getOutputStream()
                            .write(("a line of client " + i + "\n").getBytes(StandardCharsets.US_ASCII));
                    socket.shutdownOutput();
                    readToTheEnd(socket);
                }
                if (ends > 0) {
                    rig.nextEnd();
                }
            }
        }
    }

    /** Only the lines about failures; that a machine is busy is reported elsewhere. */
    private List<ILoggingEvent> events() {
        return log.events().stream()
                .filter(event -> event.getLoggerName().equals(FailureLog.class.getName()))
                .toList();
    }

    private void assertBounded(int stacks, String text) {
        List<String> messages =
                events().stream().map(ILoggingEvent::getFormattedMessage).toList();
        long printed = events().stream()
                .filter(event -> event.getThrowableProxy() != null)
                .count();
        assertEquals(stacks, printed, messages::toString);
        assertTrue(messages.size() < CONNECTIONS / 2, () -> messages.size() + " lines: " + messages);
        long each = messages.stream()
                .filter(line -> line.contains(text) && !line.contains(MORE))
                .count();
        long counted = messages.stream()
                .filter(line -> line.contains(MORE))
                .mapToLong(line -> Long.parseLong(line.substring(0, line.indexOf(' '))))
                .sum();
        assertEquals(CONNECTIONS, each + counted, () -> "each is logged or counted: " + messages);
    }

    @Test
    @DisplayName("log lines that a peer can cause are bounded: lines that are too long")
    void overlongLinesAreAFewLines() throws Exception {
        plain(Gate.plain(), () -> LineHandler.of(4, (connection, line) -> {}), it -> it, 1);
        assertBounded(0, "longer than 4 bytes");
    }

    @Test
    @DisplayName("log lines that a peer can cause are bounded: callbacks that throw print one stack trace per place")
    void callbacksThatThrowPrintTheirStackOnceForEachPlace() throws Exception {
        AtomicInteger number = new AtomicInteger();
        Supplier<ConnectionHandler> handler = () -> (connection, data) -> {
            if (number.getAndIncrement() % 2 == 0) {
                throw new IllegalStateException("client " + connection.remoteAddress());
            }
            throw new IllegalArgumentException("client " + connection.remoteAddress());
        };
        plain(Gate.plain(), handler, it -> it, 1);
        assertBounded(2, "a callback of the handler failed");
    }

    @Test
    @DisplayName(
            "log lines that a peer can cause are bounded: connection listeners, handler suppliers and gates that throw")
    void listenersThatThrowPrintTheirStackOnce() throws Exception {
        ConnectionObserver listener = new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                throw new IllegalStateException(connection.toString());
            }
        };
        plain(Gate.plain(), () -> (connection, data) -> connection.close(), it -> it.observer(listener), 1);
        assertBounded(1, "a connection observer failed");
    }

    @Test
    void suppliersThatThrowPrintTheirStackOnce() throws Exception {
        plain(
                Gate.plain(),
                () -> {
                    throw new IllegalStateException("no handler today");
                },
                it -> it,
                0);
        assertBounded(1, "the supplier of handlers failed");
    }

    @Test
    void gatesThatThrowPrintTheirStackOnce() throws Exception {
        plain(
                peer -> {
                    throw new IllegalStateException("who is " + peer);
                },
                () -> Connection::write,
                it -> it,
                1);
        assertBounded(1, "the gate failed");
    }

    private interface Way {
        void run(GroupMachine machine, Runnable code);
    }

    private void failsOn(Way way) throws Exception {
        CountDownLatch before = new CountDownLatch(1);
        CountDownLatch behind = new CountDownLatch(1);
        try (TestDispatcher test = new TestDispatcher(1)) {
            // Until the bell is connected they run in no particular order
            way.run(test.dispatcher.machine(), before::countDown);
            assertTrue(before.await(20, TimeUnit.SECONDS));
            for (int i = 0; i < CONNECTIONS; i++) {
                String which = "number " + i;
                way.run(test.dispatcher.machine(), () -> {
                    throw new IllegalStateException(which);
                });
            }
            way.run(test.dispatcher.machine(), behind::countDown);
            assertTrue(behind.await(20, TimeUnit.SECONDS));
        }
        assertBounded(1, "a defect of the framework was caught; the dispatcher thread continues");
    }

    @Test
    @DisplayName("exceptions on the dispatcher's own threads produce a few lines, one stack trace and a count")
    void exceptionsOnGroupThreadsAreAFewLines() throws Exception {
        failsOn(GroupMachine::run);
    }

    @Test
    void exceptionsAfterTheEndOfTheThreadsAreReported() throws Exception {
        GroupMachine machine;
        try (TestDispatcher test = new TestDispatcher(1)) {
            machine = test.dispatcher.machine();
        }
        machine.run(() -> {
            throw new IllegalStateException("too late");
        });
        assertEquals(
                List.of("a defect of the framework was caught; the dispatcher thread continues"),
                events().stream().map(ILoggingEvent::getFormattedMessage).toList());
    }

    @Test
    void exceptionsOnTheTimerThreadAreAFewLines() throws Exception {
        failsOn(GroupMachine::afterRound);
    }

    @Test
    @DisplayName(
            "ends due to the limit of unread bytes are logged a few times, at warn level, with the name of the setting")
    void anUnreadLimitIsAWarningThatNamesTheSetting() throws Exception {
        plain(Gate.plain(), () -> (connection, data) -> {}, it -> it.unreadLimit(4), 1);
        assertTrue(lines().stream().anyMatch(line -> line.contains("more than unreadLimit(4) allows")));
        assertTrue(events().stream().allMatch(event -> event.getLevel() == Level.WARN));
        assertBounded(0, "unreadLimit(");
    }

    @Test
    @DisplayName("the log context contains a connection's id in lines about it, and in no others")
    void theContextHasTheIdOfTheConnectionThatALineIsAbout() throws Exception {
        plain(
                Gate.plain(),
                () -> (connection, data) -> {
                    throw new IllegalStateException("on purpose");
                },
                Server.Builder::logContext,
                1);
        for (ILoggingEvent event : events()) {
            String id = event.getMDCPropertyMap().get(LogContext.KEY);
            String line = event.getFormattedMessage();
            assertEquals(line.contains(MORE) ? null : line.split(" ")[1], id, line);
        }
    }

    @Test
    void theCountOfOmittedLinesHasNoConnectionId() {
        VirtualMachine machine = new VirtualMachine();
        FailureLog failures = new FailureLog(machine::now);
        RecordingHandler handler = RecordingHandler.echo();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(transport, new io.portcullis.tls.PlainFilter(), handler);
        for (int i = 0; i < 10; i++) {
            failures.happened(FailureLog.Sort.VIOLATION, handler.connection(), "on purpose");
        }
        LogContext.with(4711, failures::logRest);
        var last = log.events().get(log.events().size() - 1);
        assertTrue(last.getFormattedMessage().startsWith("7 more times"), last::getFormattedMessage);
        assertEquals(null, last.getMDCPropertyMap().get(LogContext.KEY));
        handler.connection().abort();
        transport.completeAll();
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
