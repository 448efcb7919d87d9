// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.frame.LineHandler;
import io.portcullis.frame.MessageHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedClass;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A server that drains loses no message that was received, in whole or in part, and closes an idle connection at once.
 */
@ParameterizedClass(name = "callbacks on an executor: {0}")
@ValueSource(booleans = {false, true})
class DrainOfMessagesTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ManualExecutor executor = new ManualExecutor();
    private final Endpoint endpoint;
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);

    DrainOfMessagesTest(boolean onExecutor) {
        endpoint = machine.endpointOn(
                onExecutor ? executor : null, ConnectionSettings.DEFAULT, new ConnectionObserver() {});
    }

    /** Set by the handler that responds. */
    private @Nullable Connection connection;

    private boolean pauses;

    private int copies = 1;
    private boolean plain = true;

    /** A protocol of messages. */
    enum Protocol {
        LINES {
            @Override
            String message(String text) {
                return text + "\n";
            }

            @Override
            ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
                return LineHandler.of(100, onMessage);
            }
        },
        FRAMES {
            @Override
            String message(String text) {
                return "\0" + (char) text.length() + text;
            }

            @Override
            ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
                return FrameHandler.of(
                        LengthField.ofBytes(2),
                        100,
                        (connection, frame) -> onMessage.accept(
                                connection,
                                StandardCharsets.ISO_8859_1.decode(frame).toString()));
            }
        },
        MESSAGES {
            @Override
            String message(String text) {
                return "<" + text + ">";
            }

            @Override
            ConnectionHandler handler(BiConsumer<Connection, String> onMessage) {
                return MessageHandler.of(100, Protocol::decode, onMessage);
            }
        };

        private static @Nullable String decode(ByteBuffer data) {
            String text = StandardCharsets.ISO_8859_1.decode(data).toString();
            int end = text.indexOf('>');
            data.position(end + 1);
            return end < 0 ? null : text.substring(1, end);
        }

        abstract String message(String text);

        abstract ConnectionHandler handler(BiConsumer<Connection, String> onMessage);
    }

    private void serve(Protocol protocol) {
        machine.start(endpoint, transport, new PlainFilter(), protocol.handler((own, text) -> {
            connection = own;
            own.write(ByteBuffer.wrap((text + ";").repeat(copies).getBytes(StandardCharsets.ISO_8859_1)));
            if (pauses) {
                own.pause();
            }
        }));
    }

    private void drain() {
        endpoint.drain();
        completeAll();
    }

    private void receive(String text) {
        transport.receive(text);
        completeAll();
    }

    /** Completes all pending reads, writes and callbacks. */
    private void completeAll() {
        transport.completeAll();
        while (!executor.tasks.isEmpty()) {
            executor.runOne();
            transport.completeAll();
        }
    }

    private void assertEnds(String answers) {
        completeAll();
        assertEquals(answers, plain ? transport.sentText() : dataSent());
        assertTrue(transport.outputEnded);
        assertFalse(transport.closed);
        transport.receiveEnd();
        completeAll();
        assertTrue(endpoint.closed().isDone());
    }

    private String dataSent() {
        return new String(FrameFilter.dataOf(transport.sent.toByteArray()), StandardCharsets.ISO_8859_1);
    }

    @AfterEach
    void nothingIsLeft() {
        transport.verify("");
        machine.verify("");
    }

    @ParameterizedTest
    @EnumSource
    void anIdleConnectionIsClosedAtOnce(Protocol protocol) {
        serve(protocol);
        receive(protocol.message("one"));
        drain();
        assertEnds("one;");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a partially received message is awaited and answered before the close")
    void aMessageThatHasBegunIsAwaited(Protocol protocol) {
        serve(protocol);
        String second = protocol.message("two");
        receive(protocol.message("one") + second.substring(0, 3));
        drain();
        assertFalse(transport.outputEnded);
        receive(second.substring(3));
        assertEnds("one;two;");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("messages held back by a pause are delivered before the close")
    void messagesAfterAPauseAreDelivered(Protocol protocol) {
        serve(protocol);
        pauses = true;
        receive(protocol.message("one") + protocol.message("two") + protocol.message("three"));
        drain();
        assertEquals("one;", transport.sentText());
        assertFalse(transport.outputEnded);
        pauses = false;
        resume();
        assertEnds("one;two;three;");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a paused handler that responds later is not closed before it resumes")
    void aLaterResponseIsSent(Protocol protocol) {
        serve(protocol);
        pauses = true;
        receive(protocol.message("one"));
        drain();
        assertFalse(transport.outputEnded);
        pauses = false;
        resume();
        receive(protocol.message("two"));
        assertEnds("one;two;");
    }

    private void resume() {
        if (connection != null) {
            connection.resume();
        }
        completeAll();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a handler whose responses wait for a slow peer is closed once they are sent")
    void aSlowPeerGetsItsResponses(Protocol protocol) {
        serve(protocol);
        transport.window = 0;
        copies = 100_000;
        receive(protocol.message("one") + protocol.message("two"));
        drain();
        assertFalse(transport.outputEnded);
        transport.window = Long.MAX_VALUE;
        assertEnds("one;".repeat(copies) + "two;".repeat(copies));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a message received in the same turn as the drain is delivered before the close")
    void aMessageOfTheSameTurnIsDelivered(Protocol protocol) {
        serve(protocol);
        completeAll();
        drainInTheTurnOf(protocol.message("one"));
        assertEnds("one;");
    }

    private void drainInTheTurnOf(String received) {
        transport.receive(received);
        machine.inAnotherTurn(() -> {
            endpoint.drain();
            transport.completeRead();
        });
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a message received while the handler is being notified of the drain is delivered before the close")
    void aMessageReceivedMeanwhileIsDelivered(Protocol protocol) {
        serve(protocol);
        drainInTheTurnOf(protocol.message("one"));
        assertEnds("one;");
    }

    @Test
    @DisplayName(
            "data received in the turn of the drain is answered before the close, even by a handler without onDrain")
    void receivedDataIsAnsweredByDefault() {
        machine.start(endpoint, transport, new PlainFilter(), Connection::write);
        completeAll();
        drainInTheTurnOf("one");
        assertEnds("one");
    }

    @Test
    @DisplayName("data that arrives with the end of the handshake is answered, even while the server drains")
    void dataReceivedWithTheHandshakeIsAnswered() {
        plain = false;
        machine.start(endpoint, transport, new FrameFilter(false), Connection::write);
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        transport.receive(FrameFilter.frame(FrameFilter.DATA, (byte) 'x'));
        drain();
        assertEnds("x");
    }

    @Test
    @DisplayName("a handler that closes the connection in the turn of the drain is not notified of it")
    void onDrainIsNotCalledAfterAClose() {
        List<String> drains = new ArrayList<>();
        RecordingHandler handler = new RecordingHandler() {
            @Override
            public void onDrain(Connection draining) {
                drains.add("drain");
            }
        };
        handler.onData = (own, data) -> {
            data.position(data.limit());
            own.close();
        };
        machine.start(endpoint, transport, new PlainFilter(), handler);
        completeAll();
        drainInTheTurnOf("one");
        assertEnds("");
        assertEquals(List.of(), drains);
    }
}
