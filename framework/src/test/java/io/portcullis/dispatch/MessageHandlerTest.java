// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.MessageHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a decoder of one message may rely on, and what it may do wrong. */
class MessageHandlerTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final List<String> messages = new ArrayList<>();

    private @Nullable CloseReason reason;
    private @Nullable Throwable cause;

    @AfterEach
    void nothingIsLeft() {
        if (reason == null) {
            transport.receiveEnd().completeAll();
        }
        transport.verify("messages");
        machine.verify("messages");
    }

    private void start(ConnectionHandler handler) {
        ConnectionObserver observer = new ConnectionObserver() {
            @Override
            public void onClosed(Connection connection, CloseReason why, @Nullable Throwable lyingBehind) {
                reason = why;
                cause = lyingBehind;
            }
        };
        machine.start(machine.endpoint(ConnectionSettings.DEFAULT, observer), transport, new PlainFilter(), handler);
    }

    private void start(
            int limit, Function<ByteBuffer, @Nullable String> decoder, BiConsumer<Connection, String> onMessage) {
        start(MessageHandler.of(limit, decoder, (connection, message) -> {
            messages.add(message);
            onMessage.accept(connection, message);
        }));
    }

    private void start(int limit, Function<ByteBuffer, @Nullable String> decoder) {
        start(limit, decoder, (connection, message) -> {});
    }

    private void receive(String text) {
        transport.receive(text).completeAll();
    }

    /** Decodes a message that ends with a full stop. */
    private static @Nullable String sentence(ByteBuffer data) {
        String text = ISO_8859_1.decode(data).toString();
        int end = text.indexOf('.');
        if (end < 0) {
            return null;
        }
        data.position(end + 1);
        return text.substring(0, end);
    }

    @Test
    void messagesAreDeliveredInOrder() {
        start(20, MessageHandlerTest::sentence);
        receive("one.two.th");
        assertEquals(List.of("one", "two"), messages);
        receive("ree.");
        assertEquals(List.of("one", "two", "three"), messages);
    }

    @Test
    @DisplayName("a decoder that reads behind the end of what was received is called again with more")
    void aDecoderSimplyReadsItsMessage() {
        start(20, data -> {
            byte[] text = new byte[data.getShort()];
            data.get(text);
            return new String(text, ISO_8859_1) + MessageHandler.line(data, ISO_8859_1);
        });
        String sent = "\0\3onetwo\r\n\0\0\n\0\1\rx\n";
        sent.chars().forEach(character -> receive("" + (char) character));
        assertEquals(List.of("onetwo", "", "\rx"), messages);
    }

    @Test
    void aLineEndsWithLfOrCrLf() {
        ByteBuffer data = ISO_8859_1.encode("a\nb\r\n\r\n\r\r\nc");
        List<String> lines = new ArrayList<>();
        assertThrows(BufferUnderflowException.class, () -> {
            while (true) {
                lines.add(MessageHandler.line(data, ISO_8859_1));
            }
        });
        assertEquals(List.of("a", "b", "", "\r"), lines);
        assertEquals(1, data.remaining());
        start(5, MessageHandlerTest::sentence);
    }

    @Test
    @DisplayName("each call gets a big-endian buffer from position 0 within the limit, whatever the last call did to "
            + "its buffer")
    void aDecoderMayChangeItsBuffer() {
        List<String> seen = new ArrayList<>();
        start(8, data -> {
            seen.add(data.position() + "-" + data.limit() + " " + data.order());
            String message = sentence(data);
            data.order(ByteOrder.LITTLE_ENDIAN).limit(data.position());
            if (message == null) {
                data.clear();
            }
            return message;
        });
        receive("one.two.three.fo");
        receive("ur.");
        assertEquals(List.of("one", "two", "three", "four"), messages);
        String big = " " + ByteOrder.BIG_ENDIAN;
        assertEquals(List.of("0-8" + big, "0-8" + big, "0-8" + big, "0-2" + big, "0-5" + big), seen);
    }

    @Test
    void aMessageMayBeAViewOfReceivedBytes() {
        start(MessageHandler.<ByteBuffer>of(
                9,
                data -> {
                    ByteBuffer three = data.remaining() < 3 ? null : data.slice(0, 3);
                    data.position(Math.min(3, data.limit()));
                    return three;
                },
                Connection::write));
        receive("onetwothr");
        receive("ee");
        assertEquals("onetwothr", transport.sentText());
    }

    @Test
    void aDecoderMayRememberHowFarItHasScanned() {
        List<Integer> looked = new ArrayList<>();
        start(new MessageHandler<String>(100) {
            private int searched;

            @Override
            protected @Nullable String decode(ByteBuffer data) {
                looked.add(searched);
                for (int i = searched; i < data.limit(); i++) {
                    if (data.get(i) == '.') {
                        searched = 0;
                        return ISO_8859_1.decode(data.limit(i + 1)).toString();
                    }
                }
                searched = data.limit();
                return null;
            }

            @Override
            protected void onMessage(Connection connection, String message) {
                messages.add(message);
            }
        });
        receive("ab");
        receive("cd");
        receive(".ef");
        receive(".");
        assertEquals(List.of("abcd.", "ef."), messages);
        assertEquals(List.of(0, 2, 4, 0, 2), looked);
    }

    @Test
    void aMessageOfExactlyTheLimitIsDelivered() {
        start(5, MessageHandlerTest::sentence);
        receive("four.four");
        receive(".");
        assertEquals(List.of("four", "four"), messages);
    }

    @Test
    @DisplayName(
            "a message that is not complete within the limit ends the connection, even if its end has arrived as well")
    void aMessageThatIsTooLongEndsTheConnection() {
        start(5, MessageHandlerTest::sentence);
        receive("four.fiver.");
        assertEquals(List.of("four"), messages);
        assertEquals(CloseReason.PROTOCOL_VIOLATION, reason);
        assertEquals(
                "a message is longer than 5 bytes",
                assertInstanceOf(ProtocolViolationException.class, cause).getMessage());
    }

    @Test
    void theConnectionIsClosedAfterTheReplyToAMessageThatIsTooLong() {
        start(new MessageHandler<String>(5) {
            @Override
            protected @Nullable String decode(ByteBuffer data) {
                return sentence(data);
            }

            @Override
            protected void onMessage(Connection connection, String message) {
                messages.add(message);
            }

            @Override
            protected void onTooLong(Connection connection, int limit) {
                messages.add("more than " + limit);
                connection.write(ByteBuffer.wrap("431".getBytes(ISO_8859_1)));
            }
        });
        receive("fiver");
        receive(".one.");
        transport.receiveEnd().completeAll();
        assertEquals(List.of("more than 5"), messages);
        assertEquals("431", transport.sentText());
        assertTrue(transport.outputEnded);
    }

    @Test
    @DisplayName("a decoder that reads nothing of its message fails as a handler, and does not loop forever")
    void aMessageOfNoByteIsAFailureOfTheHandler() {
        start(5, data -> "nothing");
        receive("one.");
        assertEquals(List.of(), messages);
        assertEquals(CloseReason.HANDLER_FAILED, reason);
        assertTrue(String.valueOf(cause).contains("without reading a byte"), String.valueOf(cause));
    }

    @Test
    void whatADecoderThrowsEndsTheConnection() {
        start(5, data -> String.valueOf(data.get(5)));
        receive("one.");
        assertEquals(CloseReason.HANDLER_FAILED, reason);
    }

    @Test
    void aDecoderMayFindAViolation() {
        start(9, data -> {
            throw new ProtocolViolationException("no sentence");
        });
        receive("one.");
        assertEquals(CloseReason.PROTOCOL_VIOLATION, reason);
    }

    @Test
    @DisplayName("a message is not decoded before the previous one was delivered")
    void decodingDoesNotRunAhead() {
        List<String> events = new ArrayList<>();
        start(
                9,
                data -> {
                    events.add("decode");
                    return sentence(data);
                },
                (connection, message) -> events.add(message));
        receive("1.2.");
        assertEquals(List.of("decode", "1", "decode", "2"), events);
    }

    @Test
    @DisplayName("R9 a message after STARTTLS in the same segment is not decoded, and ends the connection")
    void nothingIsDecodedAfterStartTls() {
        start(9, MessageHandlerTest::sentence, (connection, message) -> {
            var unused = connection.startTls(TestCertificates.serverProfile());
        });
        receive("STLS.DELE.");
        assertEquals(List.of("STLS"), messages);
        assertEquals(CloseReason.UPGRADE_VIOLATION, reason);
    }

    @Test
    void aLimitThatCanNeverBeReachedIsRefused() {
        for (int limit : new int[] {-1, 0, 768 * 1024 + 1, Integer.MAX_VALUE}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> MessageHandler.of(limit, MessageHandlerTest::sentence, (connection, message) -> {}));
        }
        int most = 768 * 1024;
        assertEquals(
                most,
                MessageHandler.of(most, MessageHandlerTest::sentence, (connection, message) -> {})
                        .requiredUnreadLimit());
        start(9, MessageHandlerTest::sentence);
    }
}
