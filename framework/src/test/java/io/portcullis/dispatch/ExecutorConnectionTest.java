// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks on an executor, step by step: the test is the executor. */
@DisplayName("R28 callbacks on an application's executor")
class ExecutorConnectionTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();
    private final ManualExecutor executor = new ManualExecutor();
    private final List<CloseReason> observed = new ArrayList<>();
    private final List<Throwable> failures = new ArrayList<>();
    private boolean plain = true;
    private int followers;

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        if (handler.reason == null) {
            executor.runAll();
            handler.connection().abort();
        }
        executor.runAll();
        transport.completeAll();
        executor.runAll();
        assertEquals(1, observed.size());
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    private void start() {
        start(ConnectionSettings.DEFAULT);
    }

    private void start(ConnectionSettings settings) {
        ConnectionObserver listener = new ConnectionObserver() {
            @Override
            public void onHandlerFailure(Connection connection, Throwable failure) {
                failures.add(failure);
            }

            @Override
            public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                observed.add(reason);
            }
        };
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        Filter filter = plain ? new PlainFilter() : new FrameFilter(false);
        machine.start(machine.endpointOn(executor, settings, listener), transport, filter, handler);
    }

    private void receive(String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        transport
                .receive(plain ? bytes : FrameFilter.frame(FrameFilter.DATA, bytes))
                .completeAll();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void nothingIsReadWhileACallbackWaitsOrRuns(boolean isPlain) {
        plain = isPlain;
        start();
        assertEquals(List.of(), handler.events);
        assertFalse(transport.reading());
        executor.runAll();
        assertEquals(List.of("open"), handler.events);
        assertTrue(transport.reading());
        receive("abc");
        receive("def");
        assertFalse(transport.reading());
        assertEquals(List.of("open"), handler.events);
        executor.runOne();
        assertEquals("abc", handler.receivedText());
        executor.runAll();
        assertEquals("abcdef", handler.receivedText());
        assertTrue(transport.reading());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneIsDeliveredAtATimeInOrder(boolean isPlain) {
        plain = isPlain;
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.execute(() -> handler.events.add("task"));
            connection.write(ByteBuffer.allocate(5000), "write", handler.completion());
        };
        start();
        assertEquals(1, executor.tasks.size());
        executor.runAll();
        handler.connection().execute(() -> handler.events.add("first"));
        receive("abc");
        transport.receiveEnd().completeAll();
        while (!executor.tasks.isEmpty()) {
            assertEquals(1, executor.tasks.size());
            executor.runOne();
            transport.completeAll();
        }
        assertEquals("first", handler.events.get(1));
        assertTrue(handler.events.indexOf("data") < handler.events.indexOf("task"));
        assertTrue(handler.events.indexOf("data") < handler.events.indexOf("completed write"));
        String last = handler.events.get(handler.events.size() - 1);
        assertTrue(last.startsWith("close "), handler.events::toString);
        assertEquals(executor.accepted, handler.events.size());
    }

    /** Requests the next one before it has returned, more often than any of the tests waits for. */
    private void followedByAnother() {
        if (followers++ < 1000) {
            handler.connection().execute(this::followedByAnother);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void tasksThatFollowEachOtherKeepNothingFromBeingReadAndDelivered(boolean isPlain) {
        plain = isPlain;
        start();
        executor.runAll();
        handler.connection().execute(this::followedByAnother);
        handler.connection().execute(this::followedByAnother);
        for (String text : List.of("abc", "def")) {
            receive(text);
            for (int i = 0; i < 6; i++) {
                executor.runOne();
                transport.completeAll();
            }
        }
        assertEquals("abcdef", handler.receivedText());
        handler.connection().abort();
    }

    @Test
    void dataThatFollowEachOtherKeepNoTaskFromRunning() {
        start();
        executor.runAll();
        receive("abc");
        handler.connection().execute(() -> handler.events.add("task"));
        receive("def");
        executor.runOne();
        executor.runOne();
        assertEquals(List.of("open", "data", "task"), handler.events);
        executor.runAll();
        assertEquals("abcdef", handler.receivedText());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void unreadBytesArePresentedBeforeLaterOnes(boolean isPlain) {
        plain = isPlain;
        handler.onData = (connection, data) -> {
            while (data.remaining() >= 2) {
                handler.take(data.slice(data.position(), 2));
                data.position(data.position() + 2);
            }
        };
        start();
        executor.runAll();
        receive("abc");
        executor.runAll();
        assertEquals("ab", handler.receivedText());
        assertTrue(transport.reading());
        receive("d");
        executor.runAll();
        assertEquals("abcd", handler.receivedText());
    }

    @Test
    void tooManyUnreadBytesEndTheConnection() {
        handler.onData = (connection, data) -> {};
        start(ConnectionSettings.DEFAULT.withUnread(2));
        executor.runAll();
        receive("abc");
        executor.runAll();
        assertEquals(CloseReason.UNREAD_LIMIT, handler.reason);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void pausingInACallbackHolds(boolean isPlain) {
        plain = isPlain;
        handler.onData = (connection, data) -> {
            assertTrue(connection.receiving());
            assertTrue(connection.inTurn());
            handler.received.write(data.get());
            connection.pause();
            assertFalse(connection.receiving());
        };
        start();
        executor.runAll();
        receive("abc");
        executor.runAll();
        assertEquals("a", handler.receivedText());
        assertFalse(handler.connection().inTurn());
        receive("d");
        executor.runAll();
        assertEquals("a", handler.receivedText());
        handler.connection().resume();
        executor.runAll();
        assertEquals("ab", handler.receivedText());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void handlersThatStopForBackPressureAreCalledAgain(boolean isPlain) {
        plain = isPlain;
        handler.onData = (connection, data) -> {
            while (data.hasRemaining() && connection.receiving()) {
                handler.received.write(data.get());
                connection.write(ByteBuffer.allocate(3000));
            }
        };
        start(ConnectionSettings.DEFAULT.withWatermarks(0, 2000));
        executor.runAll();
        transport.window = 0;
        receive("abcdef");
        executor.runAll();
        assertEquals("a", handler.receivedText());
        for (int i = 0; i < 10; i++) {
            transport.window = 4000;
            transport.completeAll();
            executor.runAll();
        }
        assertEquals("abcdef", handler.receivedText());
        transport.window = Long.MAX_VALUE;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theEndWaitsForACallbackThatHasALentBuffer(boolean isPlain) {
        plain = isPlain;
        start();
        executor.runAll();
        receive("abc");
        handler.connection().abort();
        transport.completeAll();
        assertTrue(transport.closed);
        assertEquals(List.of(), observed);
        assertTrue(machine.buffers.statistics().activeLeases() > 0);
        executor.runOne();
        assertEquals("abc", handler.receivedText());
        assertEquals(0, machine.buffers.statistics().activeLeases());
        assertNull(handler.reason);
        executor.runAll();
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
        assertEquals(List.of(CloseReason.LOCAL_ABORT), observed);
    }

    @Test
    void deadlinesApplyWhileTheExecutorIsBusy() {
        start();
        executor.runAll();
        receive("abc");
        machine.advance(Duration.ofSeconds(70));
        transport.completeAll();
        assertTrue(transport.outputEnded);
        machine.advance(Duration.ofSeconds(10));
        transport.completeAll();
        assertTrue(transport.closed);
        executor.runAll();
        assertEquals(CloseReason.IDLE_TIMEOUT, handler.reason);
    }

    @Test
    void closeInACallbackSendsItsWrites() {
        handler.onData = (connection, data) -> {
            connection.write(data);
            connection.close();
            assertFalse(connection.receiving());
            assertFalse(connection.write(ByteBuffer.allocate(1)));
        };
        start();
        executor.runAll();
        receive("bye");
        executor.runAll();
        assertEquals("bye", transport.sentText());
        transport.receiveEnd().completeAll();
        executor.runAll();
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anExceptionOfACallbackEndsItsConnection(boolean isPlain) {
        plain = isPlain;
        IllegalStateException thrown = new IllegalStateException("on purpose");
        handler.onData = (connection, data) -> {
            throw thrown;
        };
        start();
        executor.runAll();
        receive("abc");
        executor.runAll();
        assertEquals(CloseReason.HANDLER_FAILED, handler.reason);
        assertEquals(thrown, handler.cause);
        assertEquals(List.of(thrown), failures);
    }

    @Test
    void anExecutorThatRefusesEndsTheConnectionAndOnCloseIsStillCalled() {
        start();
        executor.runAll();
        executor.refusing = true;
        receive("abc");
        transport.completeAll();
        assertEquals(List.of("open", "close HANDLER_FAILED"), handler.events);
        Throwable cause = assertInstanceOf(IllegalStateException.class, handler.cause);
        assertInstanceOf(RejectedExecutionException.class, cause.getCause());
        assertEquals(1, failures.size());
    }

    @Test
    void futuresCompleteOnTheExecutorAfterTheCallbacks() {
        start();
        executor.runAll();
        CompletableFuture<CloseReason> closed = handler.connection().closed();
        var unused = closed.thenAccept(reason -> handler.events.add("closed " + reason));
        CompletableFuture<Void> sent = handler.connection().send(ByteBuffer.allocate(3));
        transport.completeAll();
        assertFalse(sent.isDone());
        executor.runAll();
        assertTrue(sent.isDone());
        handler.connection().abort();
        transport.completeAll();
        executor.runOne();
        assertEquals(List.of("open", "close LOCAL_ABORT"), handler.events);
        executor.runAll();
        assertEquals(List.of("open", "close LOCAL_ABORT", "closed LOCAL_ABORT"), handler.events);
    }

    /**
     * For a connection that is passed on, the handler is notified only of the end, in the same place as of everything
     * else.
     */
    @Test
    void theEndOfARelayedConnectionAndItsTasksRunOnTheExecutor() {
        RecordingHandler owner = new RecordingHandler();
        List<io.portcullis.Connection> accepted = new ArrayList<>();
        Endpoint endpoint = new Endpoint(
                machine,
                ConnectionSettings.DEFAULT,
                List.of(new ConnectionObserver() {
                    @Override
                    public void onAccepted(Connection connection) {
                        accepted.add(connection);
                    }
                }),
                AdmissionLimit.none(),
                executor,
                null,
                ConnectionLimits.none());
        ScriptedTransport here = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(
                endpoint,
                here,
                peer -> io.portcullis.Decision.relay(new java.net.InetSocketAddress("192.0.2.80", 80)),
                owner);
        machine.connector.tries.get(0).connect();
        assertTrue(accepted.get(0).execute(() -> owner.events.add("task")));
        assertEquals(List.of(), owner.events);
        executor.runAll();
        here.receiveEnd().completeAll();
        machine.connector.tries.get(0).transport.receiveEnd().completeAll();
        assertTrue(here.closed);
        assertEquals(List.of("task"), owner.events, "no application code runs on a dispatcher thread");
        assertEquals(1, endpoint.connections(), "the end waits for the callback");
        executor.runAll();
        assertEquals(List.of("task", "close PEER_CLOSE"), owner.events);
        assertEquals(0, endpoint.connections());
        start();
        executor.runAll();
    }
}
