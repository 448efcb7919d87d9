// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.ProtocolViolationException;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Real protocols, in handlers without a loop: however the stream is cut, the messages are the same. */
class FramedProtocolTest {
    private final VirtualMachine machine = new VirtualMachine();

    /** The events that a connection has seen. */
    private final class Session {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final List<String> messages = new ArrayList<>();

        @Nullable
        Connection connection;

        @Nullable
        CloseReason reason;

        @Nullable
        Throwable cause;

        Session(FramedProtocol protocol, Consumer<Connection> onMessage) {
            ConnectionObserver observer = new ConnectionObserver() {
                @Override
                public void onClosed(Connection closed, CloseReason why, @Nullable Throwable lyingBehind) {
                    reason = why;
                    cause = lyingBehind;
                }
            };
            machine.start(
                    machine.endpoint(ConnectionSettings.DEFAULT, observer),
                    transport,
                    new PlainFilter(),
                    protocol.handler((own, message) -> {
                        connection = own;
                        messages.add(message);
                        onMessage.accept(own);
                    }));
        }

        Session receive(byte[] bytes, int from, int to) {
            if (from < to && reason == null) {
                transport.receive(Arrays.copyOfRange(bytes, from, to)).completeAll();
            }
            return this;
        }

        /** In pieces of at most the given size. */
        Session receive(byte[] bytes, int most, Random random) {
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(most));
                receive(bytes, from, to);
                from = to;
            }
            return this;
        }

        Connection connection() {
            assertNotNull(connection);
            return connection;
        }

        List<String> end() {
            transport.receiveEnd().completeAll();
            transport.verify("protocols");
            assertEquals(CloseReason.PEER_CLOSE, reason);
            return messages;
        }
    }

    private Session session(FramedProtocol protocol) {
        return new Session(protocol, connection -> {});
    }

    @AfterEach
    void nothingIsLeft() {
        machine.verify("protocols");
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName(
            "messages are the same wherever the stream is cut: once at each position, into single bytes, and randomly")
    void cutsDoNotMatter(FramedProtocol protocol) {
        byte[] bytes = protocol.stream();
        List<String> expected = protocol.texts();
        for (int cut = 0; cut < bytes.length; cut++) {
            Session session = session(protocol).receive(bytes, 0, cut).receive(bytes, cut, bytes.length);
            assertEquals(expected, session.end(), "cut at " + cut);
        }
        Random random = new Random(11);
        for (int run = 0; run < 100; run++) {
            Session session = session(protocol).receive(bytes, 1 + run, random);
            assertEquals(expected, session.end(), "pieces of at most " + (1 + run));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aMessageIsDeliveredWithItsLastByte(FramedProtocol protocol) {
        Session session = session(protocol);
        List<String> expected = new ArrayList<>();
        protocol.messages().forEach((message, bytes) -> {
            session.receive(bytes, 0, bytes.length - 1);
            assertEquals(expected, session.messages);
            session.receive(bytes, bytes.length - 1, bytes.length);
            expected.add(message);
            assertEquals(expected, session.messages);
        });
        session.end();
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("pipelined messages wait during a pause, and each resume delivers the next one")
    void messagesWaitDuringAPause(FramedProtocol protocol) {
        byte[] bytes = protocol.stream();
        List<String> expected = protocol.texts();
        for (int cut = 0; cut < bytes.length; cut++) {
            Session session = new Session(protocol, Connection::pause);
            session.receive(bytes, 0, cut).receive(bytes, cut, bytes.length);
            for (int count = 1; count <= expected.size(); count++) {
                assertEquals(expected.subList(0, count), session.messages, "cut at " + cut);
                session.connection().resume();
                session.transport.completeAll();
            }
            assertEquals(expected, session.end());
        }
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("R29 pipelined messages wait while too many bytes are waiting to be sent")
    void messagesWaitForTheReader(FramedProtocol protocol) {
        List<String> expected = protocol.texts();
        byte[] bytes = protocol.stream();
        Session session = new Session(protocol, connection -> connection.write(ByteBuffer.allocate(600_000)));
        session.transport.window = 0;
        session.receive(bytes, 0, bytes.length);
        for (int count = 1; count <= expected.size(); count++) {
            assertEquals(expected.subList(0, count), session.messages);
            session.transport.window += 600_000;
            session.transport.completeAll();
        }
        assertEquals(expected, session.end());
    }

    @ParameterizedTest
    @EnumSource
    void nothingIsDeliveredAfterClose(FramedProtocol protocol) {
        byte[] bytes = protocol.stream();
        Session session = new Session(protocol, Connection::close).receive(bytes, 0, bytes.length);
        session.transport.receiveEnd().completeAll();
        assertEquals(protocol.texts().subList(0, 1), session.messages);
        assertTrue(session.transport.outputEnded);
    }

    @ParameterizedTest
    @EnumSource
    @DisplayName("malformed or oversized messages end the connection with the right reason, wherever the stream is cut")
    void aViolationEndsTheConnection(FramedProtocol protocol) {
        byte[] good = protocol.stream();
        protocol.violations().forEach((reason, bad) -> {
            for (int cut = 0; cut < bad.length; cut++) {
                Session session = session(protocol)
                        .receive(good, 0, good.length)
                        .receive(bad, 0, cut)
                        .receive(bad, cut, bad.length);
                assertEquals(protocol.texts(), session.messages);
                assertEquals(CloseReason.PROTOCOL_VIOLATION, session.reason, reason);
                assertEquals(
                        reason,
                        assertInstanceOf(ProtocolViolationException.class, session.cause)
                                .getMessage());
                session.transport.verify("protocols");
            }
        });
    }
}
