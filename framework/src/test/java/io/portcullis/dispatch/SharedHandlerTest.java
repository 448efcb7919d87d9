// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.StatefulHandler;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.frame.LineHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * One handler object that is returned for two connections: if it has state it refuses the second one, and the first
 * continues undisturbed.
 */
class SharedHandlerTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ManualExecutor executor = new ManualExecutor();
    private final Map<Connection, CloseReason> ends = new HashMap<>();
    private final List<Throwable> failures = new ArrayList<>();
    private final List<Connection> accepted = new ArrayList<>();

    /** A handler with state, which answers each "x" with an "x". */
    enum Kind {
        LINES,
        FRAMES,
        CHANNEL,
        CHOSEN_TWICE,
        CHOICE,
        OF_THE_APPLICATION
    }

    /** Keeps its connection, and would close it if another connection called it. */
    private static final class Keeping extends StatefulHandler {
        private final StringBuilder kept = new StringBuilder();
        private @Nullable Connection own;

        @Override
        public void onOpen(Connection connection) {
            own = connection;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            kept.append(ISO_8859_1.decode(data));
            connection.write(ByteBuffer.wrap(kept.toString().getBytes(ISO_8859_1)));
            kept.setLength(0);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (own != null) {
                own.abort();
            }
        }
    }

    private static void echo(ConnectionChannel channel) {
        channel.publisher().subscribe(channel.subscriber());
    }

    private static ConnectionHandler handler(Kind kind) {
        return switch (kind) {
            case LINES -> LineHandler.of(100, (connection, line) -> connection.write(ascii(line + "\n")));
            case FRAMES ->
                FrameHandler.of(
                        LengthField.ofBytes(1),
                        100,
                        (connection, frame) ->
                                connection.write(LengthField.ofBytes(1).frame(frame)));
            case CHANNEL -> new ChannelHandler(SharedHandlerTest::echo);
            case CHOSEN_TWICE -> {
                Keeping same = new Keeping();
                yield new ConnectionHandler() {
                    private final Map<Connection, ConnectionHandler> chosen = new HashMap<>();

                    @Override
                    public void onOpen(Connection connection) {
                        ConnectionHandler choice = ConnectionHandler.selecting(opened -> same);
                        chosen.put(connection, choice);
                        choice.onOpen(connection);
                    }

                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        chosen.getOrDefault(connection, this).onData(connection, data);
                    }

                    @Override
                    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                        chosen.getOrDefault(connection, this).onClose(connection, reason, cause);
                    }
                };
            }
            case CHOICE -> ConnectionHandler.selecting(connection -> new Keeping());
            case OF_THE_APPLICATION -> new Keeping();
        };
    }

    private static Stream<Arguments> kinds() {
        return Arrays.stream(Kind.values())
                .flatMap(kind -> Stream.of(Arguments.of(kind, false), Arguments.of(kind, true)));
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    private Endpoint endpoint(boolean elsewhere) {
        ConnectionObserver listener = new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                accepted.add(connection);
            }

            @Override
            public void onHandlerFailure(Connection connection, Throwable failure) {
                failures.add(failure);
            }

            @Override
            public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                ends.put(connection, reason);
            }
        };
        return machine.endpointOn(elsewhere ? executor : null, ConnectionSettings.DEFAULT, listener);
    }

    private void receive(ScriptedTransport transport, String text) {
        transport.receive(text).completeAll();
        executor.runAll();
        transport.completeAll();
        executor.runAll();
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void withStateRefusesItsSecondConnection(Kind kind, boolean elsewhere) {
        Endpoint endpoint = endpoint(elsewhere);
        ConnectionHandler shared = handler(kind);
        ScriptedTransport first = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(endpoint, first, new PlainFilter(), shared);
        executor.runAll();
        String begin = kind == Kind.LINES ? "secre" : kind == Kind.FRAMES ? "\006secre" : "";
        receive(first, begin);

        ScriptedTransport second = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(endpoint, second, new PlainFilter(), shared);
        executor.runAll();
        second.completeAll();
        executor.runAll();
        assertEquals(CloseReason.HANDLER_FAILED, ends.get(accepted.get(1)));
        assertEquals("", second.sentText());
        assertEquals(1, failures.size());
        IllegalStateException refusal = assertInstanceOf(IllegalStateException.class, failures.get(0));
        assertTrue(String.valueOf(refusal.getMessage()).endsWith("return a new handler for each connection"));

        assertNull(ends.get(accepted.get(0)));
        receive(first, kind == Kind.LINES ? "t\n" : kind == Kind.FRAMES ? "t" : "secret");
        assertEquals("secret", first.sentText().replaceAll("[^a-z]", ""));
        end(first, second);
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void withStateRefusesAnotherConnectionAlsoAfterTheEndOfItsOwn(Kind kind, boolean elsewhere) {
        Endpoint endpoint = endpoint(elsewhere);
        ConnectionHandler shared = handler(kind);
        ScriptedTransport first = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(endpoint, first, new PlainFilter(), shared);
        executor.runAll();
        receive(first, "sec");
        accepted.get(0).abort();
        executor.runAll();
        ScriptedTransport second = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(endpoint, second, new PlainFilter(), shared);
        executor.runAll();
        assertEquals(CloseReason.HANDLER_FAILED, ends.get(accepted.get(1)));
        end(first, second);
    }

    @Test
    void aClientsHandlerRefusesItsSecondConnection() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        ConnectionHandler shared = handler(Kind.LINES);
        var first = client.dialer.connect("192.0.2.1", 80, shared, null);
        var second = client.dialer.connect("192.0.2.1", 80, shared, null);
        client.machine.runTasks();
        client.attempt(0).connect();
        client.attempt(1).connect();
        assertTrue(first.isDone() && !first.isCompletedExceptionally());
        assertTrue(second.isCompletedExceptionally());
        client.attempt(0).transport.receive("hello\n").completeAll();
        assertEquals("hello\n", client.attempt(0).transport.sentText());
        client.verify();
    }

    @Test
    void withoutStateServesAnyNumber() {
        Endpoint endpoint = endpoint(false);
        ConnectionHandler shared = Connection::write;
        ScriptedTransport first = new ScriptedTransport(ScriptedTransport.EAGER);
        ScriptedTransport second = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(endpoint, first, new PlainFilter(), shared);
        machine.start(endpoint, second, new PlainFilter(), shared);
        receive(first, "a");
        receive(second, "b");
        assertEquals("a", first.sentText());
        assertEquals("b", second.sentText());
        end(first, second);
    }

    private void end(ScriptedTransport... transports) {
        accepted.forEach(Connection::abort);
        executor.runAll();
        for (ScriptedTransport transport : transports) {
            transport.completeAll();
            executor.runAll();
            transport.verify("shared");
        }
        machine.verify("shared");
    }
}
