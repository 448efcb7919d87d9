// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.StatefulHandler;
import io.portcullis.frame.LineHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A connection that is passed from one handler to another. */
class PassedOnTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler first = new RecordingHandler();
    private final RecordingHandler second = new RecordingHandler();
    private final ManualExecutor executor = new ManualExecutor();

    private void start(boolean plain, boolean elsewhere, ConnectionSettings settings) {
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        Filter filter = plain ? new PlainFilter() : new FrameFilter(false);
        Endpoint endpoint = elsewhere
                ? machine.endpointOn(executor, settings)
                : machine.endpoint(settings, new ConnectionObserver() {});
        machine.start(endpoint, transport, filter, first);
        run();
    }

    private void start(boolean plain, boolean elsewhere) {
        start(plain, elsewhere, ConnectionSettings.DEFAULT);
    }

    private void run() {
        machine.runLater();
        executor.runAll();
        transport.completeAll();
        machine.runLater();
        executor.runAll();
    }

    private void receive(boolean plain, String text) {
        if (plain) {
            transport.receive(text);
        } else {
            transport.receive(
                    FrameFilter.frame(FrameFilter.DATA, text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1)));
        }
        transport.completeAll();
        run();
    }

    private void end(Connection connection) {
        connection.abort();
        run();
        transport.verify("at the end");
        machine.verify("at the end");
    }

    @ParameterizedTest(name = "plain {0}, on an executor {1}")
    @CsvSource({"true,false", "false,false", "true,true", "false,true"})
    @DisplayName("bytes left unread by the first handler, and all later callbacks, go to the second one")
    void theRestGoesToTheNextHandler(boolean plain, boolean elsewhere) {
        first.onData = (connection, data) -> {
            assertEquals('1', data.get());
            connection.handler(second);
            assertFalse(connection.receiving(), "a loop of the first handler does not stop here");
        };
        second.onOpen = connection -> assertTrue(connection.inTurn());
        second.onData = (connection, data) -> {
            assertTrue(connection.receiving());
            second.take(data);
        };
        start(plain, elsewhere);

        receive(plain, "123");

        assertEquals(List.of("open", "data"), first.events);
        assertEquals(List.of("open", "data"), second.events);
        assertEquals("23", second.receivedText());
        receive(plain, "45");
        assertEquals("2345", second.receivedText());
        end(second.connection());
        assertEquals(CloseReason.LOCAL_ABORT, second.reason);
        assertEquals(null, first.reason, "the first handler no longer has a connection");
    }

    @ParameterizedTest(name = "plain {0}, on an executor {1}")
    @CsvSource({"true,false", "false,false", "true,true", "false,true"})
    @DisplayName("a handler that reads nothing passes everything on")
    void passesEverythingOn(boolean plain, boolean elsewhere) {
        first.onData = (connection, data) -> connection.handler(second);
        start(plain, elsewhere);

        receive(plain, "123");

        assertEquals("123", second.receivedText());
        end(second.connection());
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {false, true})
    void fromOtherThreadsItHappensInATurn(boolean elsewhere) {
        first.onData = (connection, data) -> {}; // leaves everything unread
        start(true, elsewhere);
        receive(true, "123");

        first.connection().handler(second);
        run();

        assertEquals(List.of("open", "data"), second.events);
        assertEquals("123", second.receivedText());
        end(second.connection());
    }

    @ParameterizedTest(name = "plain {0}, on an executor {1}")
    @CsvSource({"true,false", "false,false", "true,true", "false,true"})
    @DisplayName("an end of input that was delivered already is the next handler's, too, behind what was left unread")
    void theEndOfInputIsTheNextOnes(boolean plain, boolean elsewhere) {
        first.onData = (connection, data) -> {}; // leaves everything
        first.onEndOfInput = connection -> {};
        start(plain, elsewhere);
        receive(plain, "123");
        endInput(plain);
        assertEquals(List.of("open", "data", "end"), first.events);

        first.connection().handler(second);
        run();

        assertEquals(List.of("open", "data", "end", "close PEER_CLOSE"), second.events);
        assertEquals("123", second.receivedText());
        transport.verify("at the end");
        machine.verify("at the end");
    }

    private void endInput(boolean plain) {
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.CLOSE));
        }
        transport.receiveEnd();
        transport.completeAll();
        run();
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {false, true})
    @DisplayName("a handler that passes the connection on at the end of input, and a next one that ends its output")
    void passedOnAtTheEndOfInput(boolean elsewhere) {
        first.onEndOfInput = connection -> connection.handler(second);
        second.onOpen = connection -> {
            connection.write(new byte[3]);
            connection.shutdownOutput();
        };
        second.onEndOfInput = connection -> {};
        start(true, elsewhere);
        endInput(true);
        run();

        assertEquals(List.of("open", "end"), first.events);
        assertEquals(List.of("open", "end", "close PEER_CLOSE"), second.events);
        assertEquals(3, transport.sent.size());
        machine.verify("at the end");
    }

    @Test
    @DisplayName("an end of input and a drain that wait for a thread of the executor come to the next handler once")
    void queuedCallbacksComeOnce() {
        Endpoint endpoint = machine.endpointOn(executor, ConnectionSettings.DEFAULT);
        List<String> callbacks = new ArrayList<>();
        RecordingHandler next = new RecordingHandler() {
            @Override
            public void onDrain(Connection connection) {
                callbacks.add("drain");
            }
        };
        next.onEndOfInput = connection -> callbacks.add("end");
        machine.start(endpoint, transport, new PlainFilter(), first);
        run();
        assertTrue(first.connection().execute(() -> first.connection().handler(next)));
        endpoint.drain();
        transport.receiveEnd();
        transport.completeRead();
        machine.runLater();
        run();
        run();
        assertEquals(List.of("open"), first.events);
        assertEquals(List.of("drain", "end"), callbacks.stream().sorted().toList());
        end(next.connection());
    }

    @ParameterizedTest(name = "plain {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("bytes left unread come in front of an end of input that was received while the handler was replaced")
    void theEndDoesNotOvertakeUnreadBytes(boolean plain) {
        first.onData = (connection, data) -> {}; // leaves everything
        first.onEndOfInput = connection -> {};
        start(plain, true);
        receive(plain, "123");
        assertTrue(first.connection().execute(() -> {}));
        first.connection().handler(second);
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.CLOSE));
        }
        transport.receiveEnd();
        transport.completeAll();
        machine.runLater();
        run();

        assertEquals(List.of("open", "data", "end", "close PEER_CLOSE"), second.events);
        assertEquals("123", second.receivedText());
        machine.verify("at the end");
    }

    @Test
    @DisplayName("a paused connection is passed on, and the end of input comes when it is resumed")
    void theEndOfInputWaitsForResume() {
        first.onEndOfInput = Connection::pause;
        start(true, false);
        endInput(true);
        first.connection().handler(second);
        run();
        assertEquals(List.of("open"), second.events);
        second.connection().resume();
        run();
        assertEquals(List.of("open", "end", "close PEER_CLOSE"), second.events);
        machine.verify("at the end");
    }

    @Test
    void aPausedConnectionStaysPaused() {
        first.onData = (connection, data) -> {
            connection.pause();
            connection.handler(second);
        };
        start(true, false);
        receive(true, "123");
        assertEquals(List.of("open"), second.events);

        second.connection().resume();
        run();

        assertEquals("123", second.receivedText());
        end(second.connection());
    }

    @Test
    void linesBecomeBytes() {
        StringBuilder lines = new StringBuilder();
        LineHandler head = LineHandler.of(100, (connection, line) -> {
            lines.append(line).append('|');
            if (line.isEmpty()) {
                connection.handler(second);
            }
        });
        machine.start(transport, new PlainFilter(), head);

        receive(true, "a\r\nb\r\n\r\nbody\r\nmore");

        assertEquals("a|b||", lines.toString());
        assertEquals("body\r\nmore", second.receivedText());
        end(second.connection());
    }

    @Test
    void theLimitOfUnreadBytesAppliesToTheNextHandler() {
        first.onData = (connection, data) -> connection.handler(second);
        start(true, false, ConnectionSettings.DEFAULT.withUnread(100));

        receive(true, "x".repeat(1000));

        assertEquals("x".repeat(1000), second.receivedText());
        end(second.connection());
    }

    @Test
    void aHandlerOfAnotherConnectionIsRefused() {
        Kept kept = new Kept();
        kept.bind(new VirtualConnections().other());
        first.onData = (connection, data) -> connection.handler(kept);
        start(true, false);

        receive(true, "1");
        run();

        assertEquals(CloseReason.HANDLER_FAILED, first.reason);
        assertInstanceOf(IllegalStateException.class, first.cause);
        machine.verify("at the end");
    }

    /** Another connection, of a different machine. */
    private static final class VirtualConnections {
        Connection other() {
            RecordingHandler handler = new RecordingHandler();
            new VirtualMachine().start(new ScriptedTransport(ScriptedTransport.EAGER), new PlainFilter(), handler);
            return handler.connection();
        }
    }

    private static final class Kept extends StatefulHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            throw new AssertionError("data of another connection");
        }
    }

    @Test
    void anExceptionOfTheNextHandlerEndsTheConnection() {
        IllegalArgumentException thrown = new IllegalArgumentException("on purpose");
        second.onOpen = connection -> {
            throw thrown;
        };
        first.onData = (connection, data) -> connection.handler(second);
        start(true, false);

        receive(true, "1");
        run();

        assertEquals(CloseReason.HANDLER_FAILED, second.reason);
        assertEquals(thrown, second.cause);
        assertEquals(null, first.reason);
        machine.verify("at the end");
    }

    @Test
    void aConnectionThatIsNotOpenIsNotPassedOn() {
        @Nullable Connection[] accepted = new Connection[1];
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                accepted[0] = connection;
                assertThrows(IllegalStateException.class, () -> connection.handler(second));
            }
        });
        machine.start(endpoint, transport, new PlainFilter(), first);
        assertEquals(List.of("open"), first.events);
        end(first.connection());
        assertEquals(List.of(), second.events);
        java.util.Objects.requireNonNull(accepted[0]).handler(second);
        assertEquals(List.of(), second.events, "a connection that has ended has no handler");
    }

    @Test
    @DisplayName("a line handler that was notified of the drain does not close a connection that it has passed on")
    void aHandlerThatWasReplacedClosesNothing() {
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {});
        RecordingHandler next = new RecordingHandler() {
            @Override
            public void onDrain(Connection connection) {} // continues until the deadline
        };
        List<Connection> open = new ArrayList<>();
        LineHandler lines = LineHandler.of(100, (connection, line) -> open.add(connection));
        machine.start(endpoint, transport, new PlainFilter(), lines);
        receive(true, "a\r\n");
        Connection connection = open.get(0);
        machine.inAnotherTurn(() -> {
            endpoint.drain();
            connection.handler(next);
        });
        run();
        receive(true, "b");
        assertEquals("b", next.receivedText());
        assertThrows(IllegalStateException.class, () -> lines.bind(connection), "it is not accepted again");
        end(next.connection());
    }

    @Test
    @DisplayName("a selected handler does not close a connection that it has passed on, either")
    void aSelectedHandlerThatWasReplacedClosesNothing() {
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {});
        RecordingHandler next = new RecordingHandler() {
            @Override
            public void onDrain(Connection connection) {} // continues until the deadline
        };
        LineHandler lines = new LineHandler(100) {
            @Override
            protected void onLine(Connection connection, String line) {}

            @Override
            public void onDrain(Connection connection) {
                super.onDrain(connection);
                connection.handler(next);
            }
        };
        machine.start(endpoint, transport, new PlainFilter(), ConnectionHandler.selecting(connection -> lines));
        endpoint.drain();
        run();
        receive(true, "b");
        assertEquals("b", next.receivedText());
        assertThrows(IllegalStateException.class, () -> lines.bind(next.connection()), "it is not bound again");
        end(next.connection());
    }

    @Test
    @DisplayName("a selected handler may make itself the connection's handler, and is not released by that")
    void aSelectedHandlerMayTakeTheConnectionItself() {
        List<String> received = new ArrayList<>();
        List<Connection> open = new ArrayList<>();
        LineHandler lines = LineHandler.of(100, (connection, line) -> {
            received.add(line);
            open.add(connection);
        });
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {});
        machine.start(endpoint, transport, new PlainFilter(), ConnectionHandler.selecting(connection -> lines));
        receive(true, "a\n");
        open.get(0).handler(lines);
        run();
        receive(true, "b\n");
        assertEquals(List.of("a", "b"), received);
        lines.bind(open.get(0));
        end(open.get(0));
    }

    @Test
    void aDrainReachesTheNextOne() {
        int[] drained = new int[2];
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {});
        RecordingHandler next = new RecordingHandler() {
            @Override
            public void onDrain(Connection connection) {
                drained[1]++;
            }
        };
        RecordingHandler before = new RecordingHandler() {
            @Override
            public void onDrain(Connection connection) {
                drained[0]++;
            }
        };
        before.onData = (connection, data) -> connection.handler(next);
        machine.start(endpoint, transport, new PlainFilter(), before);
        endpoint.drain();
        run();
        assertEquals(1, drained[0]);

        receive(true, "1");

        assertEquals(1, drained[1]);
        next.connection().close();
        transport.receiveEnd();
        run();
        machine.verify("at the end");
    }
}
