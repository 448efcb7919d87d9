// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLog;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.ProtocolViolationException;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.trace.TracedConnection;
import io.portcullis.internal.wire.Wire;
import io.portcullis.metrics.ConnectionMetrics;
import io.portcullis.tls.CertificateFiles;
import io.portcullis.tls.Renewal;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.lang.reflect.Proxy;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Predicate;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.api.parallel.ResourceLock;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * An observer that throws (a logger, a log context adapter, a meter, a listener) does not prevent connections from
 * being served.
 */
@Timeout(20)
@ResourceLock(CapturedLog.RESOURCE)
class FailingObserversTest {
    private static final byte[] HELLO = "hello".getBytes(ISO_8859_1);

    /** The first has no handler, the next two fail, all others echo. */
    private static final class Handlers {
        private final AtomicInteger asked = new AtomicInteger();

        ConnectionHandler next() {
            int number = asked.getAndIncrement();
            if (number == 0) {
                throw new IllegalStateException("on purpose");
            }
            return (connection, data) -> {
                if (number == 1) {
                    throw new IllegalStateException("on purpose");
                } else if (number == 2) {
                    throw new ProtocolViolationException("on purpose");
                }
                connection.write(data);
            };
        }
    }

    /** Connections that fail, and then some that are served; all of them end, and so does the server. */
    private static void serve(TestDispatcher test, UnaryOperator<Server.Builder> settings) throws Exception {
        Handlers handlers = new Handlers();
        Server server = settings.apply(Server.builder(test.dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.detect(TestCertificates.serverProfile()))
                        .handler(handlers::next))
                .start();
        for (int i = 0; i < 3; i++) {
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write(HELLO);
                assertEndsSomehow(socket);
            }
        }
        for (boolean tls : new boolean[] {false, true}) {
            try (Socket socket = TestDispatcher.connect(server, tls)) {
                assertEchoes(socket);
            }
        }
        try (Socket idle = TestDispatcher.connect(server)) {
            assertEchoes(idle);
            var unused = server.drain(Duration.ofMillis(1));
            assertEndsSomehow(idle);
        }
        server.closed().get(20, TimeUnit.SECONDS);
    }

    private static void assertEchoes(Socket socket) throws IOException {
        socket.getOutputStream().write(HELLO);
        assertArrayEquals(HELLO, socket.getInputStream().readNBytes(HELLO.length));
    }

    private static void assertEndsSomehow(Socket socket) {
        try {
            assertEquals(-1, socket.getInputStream().read());
        } catch (IOException reset) {
            assertTrue(socket.isConnected());
        }
    }

    @Test
    @DisplayName("R25 a logger that throws on every line prevents neither service nor termination")
    void aLoggerThatThrowsOnEveryLineDoesNoHarm() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2);
                BrokenLogging broken = BrokenLogging.lines(BrokenLogging.threadsOf(test.name))) {
            serve(test, settings -> settings.logContext().connectionLog(peer -> ConnectionLog.wire(100)));
            assertTrue(broken.thrown.get() > 0);
        }
    }

    @Test
    @DisplayName("a logger that throws does not prevent a dispatcher from being built")
    void aDispatcherIsBuiltDespiteAFailingLogger() throws Exception {
        try (BrokenLogging broken = BrokenLogging.lines(Predicate.isEqual(Thread.currentThread()))) {
            Dispatcher dispatcher = Dispatcher.create();
            dispatcher.close();
            dispatcher.closed().get(30, TimeUnit.SECONDS);
            assertTrue(broken.thrown.get() > 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "put", "remove", "get|put|remove"})
    @DisplayName("a log context adapter that throws prevents neither service nor termination")
    void aLogContextAdapterThatThrowsDoesNoHarm(String methods) throws Exception {
        Predicate<String> failing = name -> name.matches(methods);
        try (TestDispatcher test = new TestDispatcher(2);
                BrokenLogging broken = BrokenLogging.context(BrokenLogging.threadsOf(test.name), failing)) {
            serve(test, settings -> settings.logContext().connectionLog(peer -> ConnectionLog.wire(100)));
            assertTrue(broken.thrown.get() > 0);
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"get", "put", "remove"})
    void anAdapterThatThrowsOnTheCallbackExecutorDoesNoHarm(String methods) throws Exception {
        ExecutorService callbacks = Executors.newFixedThreadPool(2, body -> new Thread(body, "failing-context"));
        try (TestDispatcher test = new TestDispatcher(2);
                BrokenLogging broken =
                        BrokenLogging.context(BrokenLogging.threadsOf("failing-context"), methods::equals)) {
            serve(test, settings -> settings.logContext().callbackExecutor(callbacks));
            assertTrue(broken.thrown.get() > 0);
        } finally {
            callbacks.shutdown();
        }
    }

    @Test
    void aContextThatCannotBeSetIsUnchanged() {
        org.slf4j.MDC.put(LogContext.KEY, "mine");
        try (BrokenLogging broken =
                BrokenLogging.context(Predicate.isEqual(Thread.currentThread()), new FirstOf("put"))) {
            LogContext.with(42, () -> {});
            assertEquals(1, broken.thrown.get());
            assertEquals("mine", org.slf4j.MDC.get(LogContext.KEY));
        } finally {
            org.slf4j.MDC.remove(LogContext.KEY);
        }
    }

    /** True the first time for each name. */
    private static final class FirstOf implements Predicate<String> {
        private final String name;
        private boolean over;

        FirstOf(String name) {
            this.name = name;
        }

        @Override
        public boolean test(String other) {
            boolean first = !over && other.equals(name);
            over |= first;
            return first;
        }
    }

    @Test
    @DisplayName("a connection log line that throws neither ends the log nor keeps later lines in memory")
    void aTraceGoesOnAfterALineThatThrew() {
        VirtualMachine machine = new VirtualMachine();
        Wire wire =
                new Wire(1, VirtualMachine.PEER, VirtualMachine.LOCAL, new ScriptedTransport(ScriptedTransport.EAGER));
        TracedConnection traced = new TracedConnection(machine, wire, ConnectionLog.wire(100));
        try (BrokenLogging broken = BrokenLogging.lines(Predicate.isEqual(Thread.currentThread()))) {
            Guard.quietly(() -> traced.received(ByteBuffer.wrap(HELLO)));
            assertTrue(broken.thrown.get() > 0);
        }
        try (CapturedLog log = CapturedLog.at(Level.INFO)) {
            traced.sent(ByteBuffer.wrap(HELLO));
            assertTrue(log.lines().stream().anyMatch(line -> line.contains("sent 5 B")), log.lines()::toString);
        }
    }

    @Test
    @DisplayName("a logger that throws stops neither the certificate watch nor the renewal")
    void certificatesAreRenewedEvenIfLoggingFails(@TempDir Path folder) throws Exception {
        CertificateFiles files = new CertificateFiles(folder).write(TestCertificates.ec());
        TlsProfile profile = files.server().build();
        try (TestDispatcher test = new TestDispatcher(1);
                BrokenLogging broken = BrokenLogging.lines(BrokenLogging.threadsOf(test.name))) {
            CertificateWatch watch =
                    CertificateWatch.start(test.dispatcher, Duration.ofDays(1), List.of(profile), outcome -> {
                        throw new IllegalStateException("on purpose");
                    });
            files.write(TestCertificates.rsa());
            CertificateReload renewed =
                    watch.checkNow().get(20, TimeUnit.SECONDS).get(0);
            assertEquals(Renewal.CERTIFICATES, renewed.renewal());
            assertTrue(broken.thrown.get() > 0);
            files.write(TestCertificates.ec());
            assertEquals(
                    Renewal.CERTIFICATES,
                    watch.checkNow().get(20, TimeUnit.SECONDS).get(0).renewal());
            watch.close();
        }
    }

    @Test
    void aCalendarChecksAgainAfterItsLogFailed() throws Exception {
        CountDownLatch looks = new CountDownLatch(1);
        try (TestDispatcher test = new TestDispatcher(1);
                BrokenLogging broken = BrokenLogging.lines(BrokenLogging.threadsOf(test.name))) {
            CertificateCalendar calendar = new CertificateCalendar(
                    () -> {
                        looks.countDown();
                        throw new IllegalStateException("on purpose");
                    },
                    Clock.systemUTC());
            calendar.start(test.dispatcher.machine());
            assertTrue(looks.await(20, TimeUnit.SECONDS));
            while (broken.thrown.get() == 0) {
                assertFalse(Thread.interrupted(), "the failure was not logged");
                LockSupport.parkNanos(100_000);
            }
            assertTrue(calendar.planned());
            calendar.close();
        }
    }

    @Test
    void aGateThatHidesItsProfilesIsServedEvenIfLoggingFails() throws Exception {
        Gate gate = new Gate() {
            @Override
            public io.portcullis.Decision decide(io.portcullis.Peer peer) {
                return io.portcullis.Decision.plain();
            }

            @Override
            public java.util.Collection<TlsProfile> profiles() {
                throw new IllegalStateException("on purpose");
            }
        };
        try (TestDispatcher test = new TestDispatcher(1);
                BrokenLogging broken = BrokenLogging.lines(Predicate.isEqual(Thread.currentThread()))) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, gate)
                    .handler(() -> (connection, data) -> connection.write(data))
                    .warmUp(1, Duration.ofSeconds(10))
                    .start();
            try (Socket socket = TestDispatcher.connect(server)) {
                assertEchoes(socket);
            }
            assertTrue(broken.thrown.get() > 0);
        }
    }

    @Test
    @DisplayName(
            "a listener that throws on every event prevents neither service nor the notification of the next listener")
    void aListenerThatThrowsOnEveryEventDoesNoHarm() throws Exception {
        AtomicInteger thrown = new AtomicInteger();
        ConnectionObserver thrower = (ConnectionObserver) Proxy.newProxyInstance(
                ConnectionObserver.class.getClassLoader(),
                new Class<?>[] {ConnectionObserver.class},
                (proxy, method, arguments) -> {
                    thrown.incrementAndGet();
                    throw new StackOverflowError("on purpose");
                });
        AtomicInteger notified = new AtomicInteger();
        ConnectionObserver next = new ConnectionObserver() {
            @Override
            public void onAccepted(io.portcullis.Connection connection) {
                notified.incrementAndGet();
            }
        };
        try (TestDispatcher test = new TestDispatcher(2)) {
            serve(test, settings -> settings.observer(thrower).observer(next));
        }
        assertTrue(thrown.get() > 0);
        assertEquals(5, notified.get());
    }

    @Test
    @DisplayName("a meter registry that throws prevents neither service nor termination")
    void aRegistryThatThrowsDoesNoHarm() throws Exception {
        AtomicInteger thrown = new AtomicInteger();
        ConnectionMetrics metrics = new ConnectionMetrics();
        metrics.bindTo(new SimpleMeterRegistry() {
            @Override
            protected Counter newCounter(Meter.Id id) {
                thrown.incrementAndGet();
                throw new IllegalStateException("on purpose");
            }
        });
        try (TestDispatcher test = new TestDispatcher(2)) {
            serve(test, settings -> settings.observer(metrics));
        }
        assertTrue(thrown.get() > 0);
    }
}
