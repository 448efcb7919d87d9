// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.Idle;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.net.Socket;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What a connection does at a given time: scheduled tasks, and timeouts of its own. */
@Timeout(60)
class ScheduleTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration FOREVER = ChronoUnit.FOREVER.getDuration();

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ManualExecutor executor = new ManualExecutor();
    private final List<Idle> idles = new ArrayList<>();
    private boolean keeps;
    private final RecordingHandler handler = new RecordingHandler() {
        @Override
        public boolean onIdle(Connection connection, Idle idle) {
            idles.add(idle);
            assertTrue(connection.inTurn());
            return keeps;
        }
    };

    private void start(boolean elsewhere) {
        ConnectionSettings settings = ConnectionSettings.DEFAULT;
        Endpoint endpoint = elsewhere
                ? machine.endpointOn(executor, settings)
                : machine.endpoint(settings, new ConnectionObserver() {});
        machine.start(endpoint, transport, new PlainFilter(), handler);
        executor.runAll();
    }

    private void advance(Duration time) {
        machine.advance(time);
        run();
    }

    private void run() {
        do {
            machine.runLater();
            executor.runAll();
            transport.completeAll();
        } while (!executor.tasks.isEmpty());
    }

    private void end() {
        handler.connection().abort();
        run();
        transport.verify("at the end");
        machine.verify("at the end");
    }

    @Test
    void aDelayLongPastRunsAsSoonAsPossible() {
        start(false);
        List<String> ran = new ArrayList<>();
        var unused = handler.connection().schedule(Duration.ofSeconds(Long.MIN_VALUE), () -> ran.add("task"));
        advance(SECOND);
        assertEquals(List.of("task"), ran);
        end();
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {false, true})
    void aTaskRunsInTheTurnWhenItIsTime(boolean elsewhere) {
        start(elsewhere);
        Connection connection = handler.connection();
        List<String> ran = new ArrayList<>();
        CompletableFuture<Void> later = connection.schedule(SECOND, () -> {
            assertTrue(connection.inTurn());
            ran.add("later");
        });
        var unused = connection.schedule(Duration.ofMillis(-1), () -> ran.add("soon"));
        CompletableFuture<Void> never = connection.schedule(SECOND, () -> ran.add("never"));
        var unusedToo = connection.schedule(FOREVER, () -> ran.add("never"));
        advance(Duration.ofMillis(999));
        assertEquals(List.of("soon"), ran);
        assertTrue(never.cancel(false));
        assertFalse(later.isDone());
        advance(Duration.ofMillis(1));
        assertEquals(List.of("soon", "later"), ran);
        assertTrue(later.isDone() && !later.isCompletedExceptionally());
        end();
    }

    @Test
    void theEndCancelsScheduledTasks() {
        start(false);
        List<CompletableFuture<Void>> all = new ArrayList<>();
        for (int i = 1; i < 10; i++) {
            all.add(handler.connection().schedule(SECOND.multipliedBy(i), () -> {
                throw new AssertionError("ran after the end");
            }));
        }
        end();
        all.forEach(each -> assertTrue(each.isCancelled()));
        CompletableFuture<Void> late = handler.connection().schedule(SECOND, () -> {});
        run();
        assertTrue(late.isCancelled());
        assertThrows(CancellationException.class, late::join);
        machine.verify("after the end");
    }

    @Test
    void anExceptionOfATaskEndsTheConnection() {
        start(false);
        IllegalArgumentException thrown = new IllegalArgumentException("on purpose");
        CompletableFuture<Void> task = handler.connection().schedule(SECOND, () -> {
            throw thrown;
        });
        advance(SECOND);
        assertEquals(CloseReason.HANDLER_FAILED, handler.reason);
        assertEquals(thrown, handler.cause);
        assertTrue(task.isCompletedExceptionally());
        machine.verify("at the end");
    }

    @Test
    @DisplayName("a login timeout closes a connection that has not logged in, and no other")
    void aLoginTimeout() throws Exception {
        try (Rig rig = new Rig(Gate.plain(), () -> {
            RecordingHandler login = new RecordingHandler();
            login.onOpen = connection -> {
                CompletableFuture<Void> timeout =
                        connection.schedule(Duration.ofMillis(50), () -> connection.write(new byte[] {1}));
                login.onData = (same, data) -> {
                    login.take(data);
                    timeout.cancel(false);
                    same.close();
                };
            };
            return login;
        })) {
            try (Socket silent = rig.connect()) {
                assertEquals(1, silent.getInputStream().read());
            }
            try (Socket quick = rig.connect()) {
                quick.getOutputStream().write(7);
                int first = quick.getInputStream().read();
                assertTrue(first == -1 || first == 1, "closed; on a slow machine after the timeout");
            }
        }
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {false, true})
    void anIdleConnectionIsClosedUnlessItsHandlerKeepsIt(boolean elsewhere) {
        start(elsewhere);
        keeps = true;
        advance(Duration.ofSeconds(59));
        assertEquals(List.of(), idles);
        advance(SECOND);
        assertEquals(List.of(Idle.BOTH), idles);
        advance(Duration.ofSeconds(59));
        transport.receive("x");
        transport.completeAll();
        run();
        advance(Duration.ofSeconds(59));
        assertEquals(List.of(Idle.BOTH), idles, "the time since the last byte");
        keeps = false;
        advance(SECOND);
        assertEquals(List.of(Idle.BOTH, Idle.BOTH), idles);
        transport.receiveEnd();
        run();
        assertEquals(CloseReason.IDLE_TIMEOUT, handler.reason);
        transport.verify("at the end");
        machine.verify("at the end");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 30, 90, 10_000})
    void aConnectionHasATimeoutOfItsOwn(long seconds) {
        handler.onOpen = connection -> connection.idleTimeout(Duration.ofSeconds(seconds));
        start(false);
        keeps = true;
        advance(Duration.ofSeconds(seconds).minusMillis(1));
        assertEquals(List.of(), idles);
        advance(Duration.ofMillis(1));
        assertEquals(List.of(Idle.BOTH), idles);
        handler.connection().idleTimeout(FOREVER);
        advance(Duration.ofDays(1000));
        assertEquals(List.of(Idle.BOTH), idles);
        handler.connection().idleTimeout(SECOND);
        advance(Duration.ZERO);
        assertEquals(List.of(Idle.BOTH, Idle.BOTH), idles, "it has been idle for longer");
        end();
    }

    @ParameterizedTest
    @EnumSource(
            value = Idle.class,
            names = {"READ", "WRITE"})
    void eachDirectionHasATimeoutOfItsOwn(Idle which) {
        start(false);
        keeps = true;
        Connection connection = handler.connection();
        if (which == Idle.READ) {
            connection.readIdleTimeout(SECOND);
        } else {
            connection.writeIdleTimeout(SECOND);
        }
        for (int i = 0; i < 5; i++) {
            advance(Duration.ofMillis(400));
            if (which == Idle.READ) {
                connection.write(new byte[1]);
            } else {
                transport.receive("x");
                transport.completeAll();
            }
            run();
        }
        assertEquals(List.of(which, which), idles, "independently of the other direction");
        for (int i = 0; i < 5; i++) {
            advance(Duration.ofMillis(400));
            if (which == Idle.WRITE) {
                connection.write(new byte[1]);
            } else {
                transport.receive("x");
                transport.completeAll();
            }
            run();
        }
        assertEquals(List.of(which, which), idles);
        keeps = false;
        advance(SECOND);
        assertEquals(List.of(which, which, which), idles);
        transport.receiveEnd();
        run();
        assertEquals(CloseReason.IDLE_TIMEOUT, handler.reason);
        machine.verify("at the end");
    }

    @Test
    @DisplayName("while a callback takes long, a direction that is idle is notified once, and not once per timeout")
    void idleNotificationsDoNotQueueUp() {
        start(true);
        keeps = true;
        handler.connection().readIdleTimeout(SECOND);
        handler.connection().writeIdleTimeout(SECOND);
        machine.runLater();
        transport.receive("x").completeRead();
        machine.runLater();
        assertEquals(1, executor.tasks.size(), "a callback waits for a thread");
        for (int i = 0; i < 20; i++) {
            machine.advance(SECOND);
        }
        run();
        assertEquals(List.of(Idle.READ, Idle.WRITE), idles.stream().sorted().toList());
        advance(SECOND);
        assertEquals(4, idles.size(), "then the time counts anew: " + idles);
        end();
    }

    @Test
    void aShortTimeoutDoesNotHideAPeerThatTakesNothing() {
        start(false);
        keeps = true;
        transport.window = 0;
        handler.connection().write(new byte[1000]);
        machine.runLater();
        handler.connection().readIdleTimeout(Duration.ofMillis(7));
        advance(Duration.ofMinutes(2));
        transport.completeAll();
        run();
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
        machine.verify("at the end");
    }

    @Test
    @DisplayName("a peer that is given more time to read, because of a large send buffer, may still be idle")
    void aSlowReaderDoesNotHideTheTimeoutOfADirection() {
        start(false);
        keeps = true;
        transport.sendBuffer = 1_313_280; // a third of what the system counts takes 200.4 seconds at the minimum rate
        transport.window = 1_000_000;
        handler.connection().readIdleTimeout(Duration.ofSeconds(60));
        handler.connection().write(new byte[10_000_000]);
        advance(Duration.ofSeconds(60).minusMillis(1));
        assertEquals(List.of(), idles);
        for (int i = 1; i <= 3; i++) {
            advance(Duration.ofMillis(1));
            assertEquals(i, idles.size());
            advance(Duration.ofSeconds(60).minusMillis(1));
            assertEquals(i, idles.size());
        }
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
        assertEquals(List.of(Idle.READ, Idle.READ, Idle.READ), idles);
        transport.completeAll();
        machine.verify("at the end");
    }

    @Test
    void aPeerThatTakesNothingIsNotIdle() {
        start(false);
        keeps = true;
        transport.window = 0;
        handler.connection().write(new byte[1000]);
        advance(Duration.ofMinutes(2));
        assertEquals(List.of(), idles);
        transport.completeAll();
        run();
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
        machine.verify("at the end");
    }

    @Test
    @DisplayName("while bytes wait for the peer, only the write timeout counts; afterwards the idle timeout does again")
    void aPeerThatTakesNothingHasTheWholeWriteTimeout() {
        start(false);
        keeps = true;
        handler.connection().idleTimeout(SECOND);
        transport.window = 0;
        handler.connection().write(new byte[1000]);
        advance(Duration.ofSeconds(20));
        transport.window = 1000;
        run();
        assertEquals(1000, transport.sent.size());
        advance(SECOND.minusMillis(1));
        assertEquals(List.of(), idles);
        advance(Duration.ofMillis(1));
        assertEquals(List.of(Idle.BOTH), idles);
        transport.window = 0;
        handler.connection().write(new byte[1000]);
        advance(Duration.ofSeconds(30).minusMillis(1));
        assertNull(handler.reason);
        advance(Duration.ofMillis(1));
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
        assertEquals(List.of(Idle.BOTH), idles);
        machine.verify("at the end");
    }

    @Test
    void aTimeoutIsMoreThanZero() {
        start(false);
        assertThrows(IllegalArgumentException.class, () -> handler.connection().idleTimeout(Duration.ZERO));
        assertThrows(
                IllegalArgumentException.class, () -> handler.connection().readIdleTimeout(Duration.ofSeconds(-1)));
        assertThrows(IllegalArgumentException.class, () -> handler.connection().writeIdleTimeout(Duration.ZERO));
        end();
    }
}
