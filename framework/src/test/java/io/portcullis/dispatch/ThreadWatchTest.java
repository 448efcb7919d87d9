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
import io.portcullis.internal.log.LogContext;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.loop.Strand;
import io.portcullis.internal.loop.ThreadWatch;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A callback that blocks its thread is detected. */
@Timeout(60)
@ResourceLock(CapturedLog.RESOURCE)
class ThreadWatchTest {
    private record Report(Connection connection, Duration time, List<StackTraceElement> stack) {}

    private final BlockingQueue<Report> reports = new LinkedBlockingQueue<>();
    private final CountDownLatch release = new CountDownLatch(1);

    /** Blocks when it receives a 1, and echoes everything else. */
    private final class Handler implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (data.get(data.position()) == 1) {
                data.get();
                RealClients.awaitUninterruptibly(release);
            } else {
                connection.write(data);
            }
        }
    }

    private ConnectionObserver reporting() {
        return new ConnectionObserver() {
            @Override
            public void onThreadBlocked(Connection connection, Duration time, List<StackTraceElement> stack) {
                reports.add(new Report(connection, time, stack));
            }
        };
    }

    @Test
    @DisplayName(
            "R28 a callback that blocks its thread for 500 ms is reported once, with its stack, and others continue")
    void reportsOnceWithTheStack() throws Exception {
        try (CapturedLog log = CapturedLog.at(Level.WARN);
                TestDispatcher test = new TestDispatcher(3)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .handler(Handler::new)
                    .observer(reporting())
                    .start();
            try (Socket first = TestDispatcher.connect(server);
                    Socket second = TestDispatcher.connect(server);
                    Socket third = TestDispatcher.connect(server)) {
                first.getOutputStream().write(1);
                Report report = next();
                assertEquals(
                        first.getLocalPort(), report.connection.remoteAddress().getPort());
                assertTrue(report.time.toMillis() >= 500, report.time::toString);
                assertLinesNameTheirConnection(log);
                assertTrue(
                        report.stack.stream()
                                .anyMatch(frame -> frame.getClassName().equals(Handler.class.getName())
                                        && frame.getMethodName().equals("onData")),
                        report.stack::toString);
                third.getOutputStream().write(2);
                assertEquals(2, third.getInputStream().read());
                // As long again, during which the first would have been reported a second time
                second.getOutputStream().write(1);
                assertEquals(
                        second.getLocalPort(), next().connection.remoteAddress().getPort());
                third.getOutputStream().write(2);
                assertEquals(2, third.getInputStream().read());
                assertTrue(reports.isEmpty());
            } finally {
                release.countDown();
            }
        }
    }

    private static void assertLinesNameTheirConnection(CapturedLog log) {
        for (ILoggingEvent event : log.events()) {
            String line = event.getFormattedMessage();
            if (event.getLoggerName().equals(ThreadWatch.class.getName()) && line.startsWith("connection ")) {
                assertEquals(line.split(" ")[1], event.getMDCPropertyMap().get(LogContext.KEY), line);
            }
        }
    }

    @Test
    @DisplayName("each turn of a strand is counted once, and other work is not counted")
    void countsEachTurnOnce() throws Exception {
        TestDispatcher test = new TestDispatcher(2);
        AtomicInteger turns = new AtomicInteger();
        BlockingQueue<Integer> done = new LinkedBlockingQueue<>();
        GroupMachine machine = test.dispatcher.machine();
        Strand strand = new Strand(
                signals -> {
                    turns.incrementAndGet();
                    done.add(signals);
                },
                machine);
        for (int i = 0; i < 50; i++) {
            strand.signal(1);
            assertTrue(done.poll(20, TimeUnit.SECONDS) != null);
            machine.run(() -> done.add(0));
            assertTrue(done.poll(20, TimeUnit.SECONDS) != null);
        }
        test.close();
        assertEquals(turns.get(), machine.watch().turns());
    }

    private Report next() throws InterruptedException {
        Report report = reports.poll(20, TimeUnit.SECONDS);
        if (report == null) {
            throw new AssertionError("nothing was reported");
        }
        return report;
    }
}
