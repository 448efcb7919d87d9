// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthPrefix;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that drains loses no message that was received, in whole or in part; and an idle connection is closed at once. */
class DrainOfMessagesTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);

    /** Set by the handler that answers. */
    private @Nullable Connection connection;

    private boolean pauses;

    private int copies = 1;

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
                        LengthPrefix.TWO_BYTES,
                        100,
                        (connection, frame) -> onMessage.accept(
                                connection,
                                StandardCharsets.ISO_8859_1.decode(frame).toString()));
            }
        };

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
        transport.completeAll();
    }

    private void assertEnds(String answers) {
        transport.completeAll();
        assertEquals(answers, transport.sentText());
        assertTrue(transport.outputEnded);
        assertFalse(transport.closed);
        transport.receiveEnd().completeAll();
        assertTrue(endpoint.closed().isDone());
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
        transport.receive(protocol.message("one")).completeAll();
        drain();
        assertEnds("one;");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a message of which a part has come is awaited, answered, and followed by the close")
    void aMessageThatHasBegunIsAwaited(Protocol protocol) {
        serve(protocol);
        String second = protocol.message("two");
        transport.receive(protocol.message("one") + second.substring(0, 3)).completeAll();
        drain();
        assertFalse(transport.outputEnded);
        transport.receive(second.substring(3)).completeAll();
        assertEnds("one;two;");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("messages that wait behind a pause are handed on before the close")
    void messagesBehindAPauseAreHandedOn(Protocol protocol) {
        serve(protocol);
        pauses = true;
        transport
                .receive(protocol.message("one") + protocol.message("two") + protocol.message("three"))
                .completeAll();
        drain();
        assertEquals("one;", transport.sentText());
        assertFalse(transport.outputEnded);
        pauses = false;
        resume();
        assertEnds("one;two;three;");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("what answers later, and has paused meanwhile, is not closed before it has resumed")
    void anAnswerThatComesLaterIsSent(Protocol protocol) {
        serve(protocol);
        pauses = true;
        transport.receive(protocol.message("one")).completeAll();
        drain();
        assertFalse(transport.outputEnded);
        pauses = false;
        resume();
        transport.receive(protocol.message("two"));
        assertEnds("one;two;");
    }

    private void resume() {
        if (connection != null) {
            connection.resume();
        }
        transport.completeAll();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a handler whose answers wait for a slow peer is closed when they have left")
    void aSlowPeerGetsItsAnswers(Protocol protocol) {
        serve(protocol);
        transport.window = 0;
        copies = 100_000;
        transport.receive(protocol.message("one") + protocol.message("two")).completeAll();
        drain();
        assertFalse(transport.outputEnded);
        transport.window = Long.MAX_VALUE;
        assertEnds("one;".repeat(copies) + "two;".repeat(copies));
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("a message that is received in the turn of the drain is handed on before the close")
    void aMessageOfTheSameTurnIsHandedOn(Protocol protocol) {
        serve(protocol);
        transport.receive(protocol.message("one"));
        machine.inAnotherTurn(() -> {
            endpoint.drain();
            transport.completeRead();
        });
        assertEnds("one;");
    }
}
