// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.frame.LineHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.ToLongFunction;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Frames with a length prefix, however they arrive. */
class FrameHandlerTest {
    private final VirtualMachine machine = new VirtualMachine();

    /** The events that a connection with a frame handler has seen. */
    private final class Session extends FrameHandler {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final List<ByteBuffer> frames = new ArrayList<>();

        @Nullable
        CloseReason reason;

        @Nullable
        Throwable cause;

        Session(LengthField field, int limit) {
            super(field, limit);
            machine.start(transport, new PlainFilter(), this);
        }

        @Override
        protected void onFrame(Connection connection, ByteBuffer frame) {
            frames.add(ByteBuffer.allocate(frame.remaining()).put(frame).flip());
        }

        @Override
        public void onClose(Connection connection, CloseReason why, @Nullable Throwable lyingBehind) {
            reason = why;
            cause = lyingBehind;
        }

        Session receive(byte[] bytes, int from, int to) {
            transport.receive(Arrays.copyOfRange(bytes, from, to)).completeAll();
            return this;
        }

        List<ByteBuffer> end() {
            transport.receiveEnd().completeAll();
            transport.verify("frames");
            return frames;
        }
    }

    /**
     * A length field, the bytes before it, the bytes after it that it does not count, and whether the header is kept.
     */
    record Kind(LengthField field, int offset, int uncounted, boolean header) {
        static Kind of(LengthField field) {
            return new Kind(field, 0, 0, false);
        }

        Kind behind(int bytes) {
            return new Kind(field.offset(bytes), bytes, uncounted, header);
        }

        Kind uncounted(int bytes) {
            return new Kind(field.adjustment(bytes), offset, bytes, header);
        }

        Kind countingItself() {
            return new Kind(field.countingItself(), offset, uncounted, header);
        }

        Kind countingHeader() {
            return new Kind(field.countingHeader(), offset, uncounted, header);
        }

        Kind withHeader() {
            return new Kind(field.withHeader(), offset, uncounted, true);
        }

        /** The part of a frame that is delivered. */
        ByteBuffer handedOn(byte[] withoutLength) {
            ByteBuffer contents = ByteBuffer.wrap(withoutLength);
            return header ? field.frame(contents) : contents.position(offset).slice();
        }
    }

    private static List<Kind> kinds() {
        List<Kind> kinds = new ArrayList<>();
        for (int width : new int[] {1, 2, 3, 4, 8}) {
            kinds.add(Kind.of(LengthField.ofBytes(width)));
            kinds.add(Kind.of(LengthField.ofBytes(width).order(ByteOrder.LITTLE_ENDIAN))
                    .behind(3));
        }
        for (int bytes = 1; bytes <= 9; bytes++) {
            kinds.add(Kind.of(LengthField.varint(bytes)));
        }
        for (LengthField field : List.of(LengthField.ofBytes(2), LengthField.varint(3))) {
            Kind kind = Kind.of(field);
            kinds.addAll(List.of(
                    kind.countingItself(),
                    kind.withHeader(),
                    kind.uncounted(6),
                    kind.behind(2).withHeader(),
                    kind.behind(2).countingItself(),
                    kind.behind(2).countingHeader(),
                    kind.behind(2).uncounted(6).countingHeader().withHeader(),
                    new Kind(field.adjustment(-7).offset(1), 1, 0, false)));
        }
        return kinds;
    }

    private static byte[] bytes(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void cutsDoNotMatter(Kind kind) {
        Random random = new Random(kind.field.longestHeader());
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        List<ByteBuffer> sent = new ArrayList<>();
        for (int length : new int[] {0, 1, 5, 0, 24, 2}) {
            byte[] withoutLength = bytes(random, kind.offset + kind.uncounted + length);
            sent.add(kind.handedOn(withoutLength));
            stream.writeBytes(kind.field.frame(ByteBuffer.wrap(withoutLength)).array());
        }
        byte[] bytes = stream.toByteArray();
        for (int cut = 0; cut < bytes.length; cut++) {
            Session session = new Session(kind.field, 30);
            if (cut > 0) {
                session.receive(bytes, 0, cut);
            }
            assertEquals(sent, session.receive(bytes, cut, bytes.length).end(), "cut at " + cut);
            assertEquals(CloseReason.PEER_CLOSE, session.reason);
        }
        for (int run = 0; run < 100; run++) {
            Session session = new Session(kind.field, 30);
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(6));
                session.receive(bytes, from, to);
                from = to;
            }
            assertEquals(sent, session.end(), "run " + run);
        }
        machine.verify("frames");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void theLongestFrameOfTheFieldIsReceived(Kind kind) {
        int length = Math.min(kind.field.longestContents(), 300_000);
        byte[] withoutLength = bytes(new Random(7), kind.offset + length);
        byte[] bytes = kind.field.frame(ByteBuffer.wrap(withoutLength)).array();
        Session session = new Session(kind.field, length).receive(bytes, 0, bytes.length);
        assertEquals(List.of(kind.handedOn(withoutLength)), session.end());
        machine.verify("frames");
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void framesOfEachLengthAreReadAsTheyAreWritten(Kind kind) {
        int most = Math.min(kind.field.longestContents(), 20_000);
        Session session = new Session(kind.field, most);
        for (int length = kind.uncounted; length <= most; length += length < 300 ? 1 : 97) {
            byte[] withoutLength = bytes(new Random(length), kind.offset + length);
            byte[] bytes = kind.field.frame(ByteBuffer.wrap(withoutLength)).array();
            session.receive(bytes, 0, bytes.length);
            assertEquals(List.of(kind.handedOn(withoutLength)), session.frames, "length " + length);
            session.frames.clear();
        }
        session.end();
        machine.verify("frames");
    }

    @Test
    void aFrameThatIsTooLongEndsTheConnectionWhenItIsAnnounced() {
        Session session = new Session(LengthField.ofBytes(2), 300);
        session.receive(new byte[] {0, 1, 9, 1}, 0, 4);
        assertEquals(null, session.reason);
        session.receive(new byte[] {45}, 0, 1);
        assertEquals(1, session.frames.size());
        assertEquals(CloseReason.PROTOCOL_VIOLATION, session.reason);
        Throwable cause = assertInstanceOf(ProtocolViolationException.class, session.cause);
        assertEquals("a frame of 301 bytes is announced, longer than the limit of 300", cause.getMessage());
        Session unsigned = new Session(LengthField.ofBytes(4), 500_000);
        unsigned.receive(new byte[] {-1, -1, -1, -1}, 0, 4);
        assertEquals(CloseReason.PROTOCOL_VIOLATION, unsigned.reason);
        machine.verify("frames");
    }

    @Test
    @DisplayName("a frame from which more is read than it contains violates the protocol")
    void aFrameThatIsTooShortViolatesTheProtocol() {
        List<Throwable> causes = new ArrayList<>();
        ConnectionObserver observer = new ConnectionObserver() {
            @Override
            public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable failure) {
                assertEquals(CloseReason.PROTOCOL_VIOLATION, reason);
                causes.add(assertInstanceOf(ProtocolViolationException.class, failure));
            }
        };
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        machine.start(
                machine.endpoint(ConnectionSettings.DEFAULT, observer),
                transport,
                new PlainFilter(),
                FrameHandler.of(LengthField.ofBytes(1), 9, (connection, frame) -> frame.getInt()));
        transport.receive(new byte[] {4, 1, 1, 1, 1, 3, 1, 1, 1, 1}).completeAll();
        assertEquals(1, causes.size());
        assertTrue(causes.toString().contains("a frame of 3 bytes is too short"), causes.toString());
        machine.verify("frames");
    }

    @Test
    @DisplayName("an unreachable limit is refused when the handler is made, whatever the endpoint's setting is")
    void aFrameOrLineThatCanNeverFitIsRefusedWhenTheHandlerIsMade() {
        assertThrows(
                IllegalArgumentException.class,
                () -> FrameHandler.of(LengthField.ofBytes(4), 768 * 1024 - 3, (connection, frame) -> {}));
        assertThrows(
                IllegalArgumentException.class,
                () -> FrameHandler.of(LengthField.ofBytes(4), Integer.MAX_VALUE, (connection, frame) -> {}));
        assertThrows(IllegalArgumentException.class, () -> LineHandler.of(768 * 1024, (connection, line) -> {}));
        assertThrows(IllegalArgumentException.class, () -> LineHandler.of(Integer.MAX_VALUE, (connection, line) -> {}));
        assertEquals(
                768 * 1024,
                FrameHandler.of(LengthField.ofBytes(4), 768 * 1024 - 4, (connection, frame) -> {})
                        .requiredUnreadLimit());
        assertEquals(
                65_537,
                FrameHandler.of(LengthField.ofBytes(2), Integer.MAX_VALUE, (connection, frame) -> {})
                        .requiredUnreadLimit(),
                "no frame is longer than its field can say");
    }

    @Test
    @DisplayName("a limit unreachable under the endpoint's setting is refused when the connection opens")
    void aFrameOrLineThatCannotFitIsRefusedWhenTheConnectionOpens() {
        ConnectionSettings small = ConnectionSettings.DEFAULT.withUnread(100);
        for (int fits = 0; fits <= 1; fits++) {
            int limit = 97 - fits;
            for (ConnectionHandler handler : List.of(
                    FrameHandler.of(LengthField.ofBytes(4), limit, (connection, frame) -> {}),
                    ConnectionHandler.selecting(
                            connection -> FrameHandler.of(LengthField.ofBytes(4), limit, (opened, frame) -> {})),
                    LineHandler.of(limit + 3, (connection, line) -> {}))) {
                List<CloseReason> ends = new ArrayList<>();
                ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
                Endpoint endpoint = machine.endpoint(small, new ConnectionObserver() {
                    @Override
                    public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable failure) {
                        ends.add(reason);
                    }
                });
                machine.start(endpoint, transport, new PlainFilter(), handler);
                assertEquals(fits == 1 ? List.of() : List.of(CloseReason.HANDLER_FAILED), ends);
                endpoint.close();
                endpoint.abort();
                transport.completeAll();
            }
        }
        machine.verify("handlers that do not fit");
    }

    @Test
    void aFrameIsNotLongerThanItsPrefixCanExpress() {
        assertEquals(255, LengthField.ofBytes(1).frame(ByteBuffer.allocate(255)).get(0) & 0xff);
        assertThrows(
                IllegalArgumentException.class, () -> LengthField.ofBytes(1).frame(ByteBuffer.allocate(256)));
        assertThrows(
                IllegalArgumentException.class, () -> LengthField.ofBytes(2).frame(ByteBuffer.allocate(65_536)));
        ByteBuffer contents = ByteBuffer.wrap(new byte[] {1, 2, 3}).position(1);
        assertEquals(
                ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 2, 3}),
                LengthField.ofBytes(4).frame(contents));
        assertEquals(2, contents.remaining());
    }

    @Test
    void aFrameHasTheByteOrderOfItsField() {
        List<ByteOrder> orders = new ArrayList<>();
        for (ByteOrder order : List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN)) {
            LengthField field = LengthField.ofBytes(2).order(order);
            ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
            machine.start(
                    transport,
                    new PlainFilter(),
                    FrameHandler.of(field, 9, (connection, frame) -> orders.add(frame.order())));
            transport.receive(field.frame(ByteBuffer.allocate(1)).array()).completeAll();
            transport.receiveEnd().completeAll();
        }
        assertEquals(List.of(ByteOrder.LITTLE_ENDIAN, ByteOrder.BIG_ENDIAN), orders);
        machine.verify("frames");
    }

    private static Stream<Arguments> violations() {
        byte[] ones = new byte[9];
        Arrays.fill(ones, (byte) -1);
        LengthField four = LengthField.ofBytes(4);
        LengthField eight = LengthField.ofBytes(8);
        String tooLong = "a frame of %s bytes is announced, longer than the limit of 9";
        String tooShort = "the length of a frame is %d, less than the minimum, %d";
        return Stream.of(
                Arguments.of(four, ones, tooLong.formatted(0xffffffffL)),
                Arguments.of(eight, ones, tooLong.formatted(Long.MAX_VALUE)),
                Arguments.of(eight.adjustment(7), ones, tooLong.formatted(Long.MAX_VALUE)),
                Arguments.of(four.adjustment(Integer.MAX_VALUE), new byte[4], tooLong.formatted(Integer.MAX_VALUE)),
                Arguments.of(four.adjustment(Integer.MIN_VALUE), new byte[4], tooShort.formatted(0, 1L << 31)),
                Arguments.of(four.adjustment(-1), new byte[4], tooShort.formatted(0, 1)),
                Arguments.of(four.countingItself(), new byte[] {0, 0, 0, 3}, tooShort.formatted(3, 4)),
                Arguments.of(four.offset(1).countingHeader(), new byte[] {9, 0, 0, 0, 4}, tooShort.formatted(4, 5)),
                Arguments.of(LengthField.varint(2).countingItself(), new byte[1], tooShort.formatted(0, 1)),
                Arguments.of(LengthField.varint(4), ones, "the length of a frame has more than 4 bytes"),
                Arguments.of(LengthField.varint(9), ones, "the length of a frame has more than 9 bytes"),
                Arguments.of(
                        LengthField.varint(9).adjustment(9),
                        new byte[] {-1, -1, -1, -1, -1, -1, -1, -1, 0x7f},
                        tooLong.formatted(Long.MAX_VALUE)),
                Arguments.of(
                        LengthField.parsed(3, header -> LengthField.INCOMPLETE),
                        new byte[3],
                        "the header of a frame is not complete within 3 bytes"),
                Arguments.of(
                        LengthField.parsed(3, header -> Long.MAX_VALUE),
                        new byte[1],
                        tooLong.formatted(Long.MAX_VALUE)));
    }

    @ParameterizedTest
    @MethodSource("violations")
    @DisplayName(
            "a length that is negative, too small, too large or endless ends the connection with a protocol violation")
    void anInvalidLengthViolatesTheProtocol(LengthField field, byte[] header, String reason) {
        Session session = new Session(field, 9);
        for (int i = 0; i < header.length && session.reason == null; i++) {
            session.receive(header, i, i + 1);
        }
        assertEquals(List.of(), session.frames);
        assertEquals(CloseReason.PROTOCOL_VIOLATION, session.reason);
        assertEquals(
                reason,
                assertInstanceOf(ProtocolViolationException.class, session.cause)
                        .getMessage());
        machine.verify("frames");
    }

    @Test
    void theConnectionIsClosedAfterTheReplyToAFrameThatIsTooLong() {
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        List<Long> lengths = new ArrayList<>();
        machine.start(transport, new PlainFilter(), new FrameHandler(LengthField.ofBytes(1), 9) {
            @Override
            protected void onFrame(Connection connection, ByteBuffer frame) {
                throw new AssertionError("no frame may be delivered");
            }

            @Override
            protected void onTooLong(Connection connection, long length, int limit) {
                lengths.add(length);
                connection.write(ByteBuffer.wrap(new byte[] {'n', 'o'}));
            }
        });
        transport.receive(new byte[] {10, 1, 1}).completeAll();
        transport.receive(new byte[] {1, 1, 1}).completeAll();
        transport.receiveEnd().completeAll();
        assertEquals(List.of(10L), lengths);
        assertEquals("no", transport.sentText());
        assertTrue(transport.outputEnded);
        transport.verify("frames");
        machine.verify("frames");
    }

    private static Stream<Arguments> faultyParsers() {
        return Stream.<ToLongFunction<ByteBuffer>>of(
                        header -> 0,
                        header -> -2,
                        header -> header.position(header.limit() + 1).remaining(),
                        header -> {
                            throw new IllegalStateException("thrown by the test");
                        })
                .map(Arguments::of);
    }

    @ParameterizedTest
    @MethodSource("faultyParsers")
    @DisplayName("a parser that neither announces nor reads anything fails as a handler, and does not loop forever")
    void aFaultyParserIsAFailureOfTheHandler(ToLongFunction<ByteBuffer> parser) {
        Session session = new Session(LengthField.parsed(3, parser), 9);
        session.receive(new byte[2], 0, 2);
        assertEquals(CloseReason.HANDLER_FAILED, session.reason);
        assertEquals(List.of(), session.frames);
        machine.verify("frames");
    }

    @Test
    void invalidLengthFieldsAreRefused() {
        for (int width : new int[] {-1, 0, 5, 6, 7, 9}) {
            assertThrows(IllegalArgumentException.class, () -> LengthField.ofBytes(width));
        }
        assertThrows(IllegalArgumentException.class, () -> LengthField.varint(0));
        assertThrows(IllegalArgumentException.class, () -> LengthField.varint(10));
        assertThrows(IllegalArgumentException.class, () -> LengthField.parsed(0, header -> 1));
        assertThrows(IllegalArgumentException.class, () -> LengthField.parsed(768 * 1024 + 1, header -> 1));
        LengthField one = LengthField.ofBytes(1);
        assertThrows(IllegalArgumentException.class, () -> one.offset(-1));
        assertThrows(IllegalArgumentException.class, () -> one.offset(Integer.MAX_VALUE));
        assertThrows(IllegalArgumentException.class, () -> one.adjustment(-256));
        assertThrows(IllegalArgumentException.class, () -> one.offset(255).countingHeader());
        assertEquals(0, one.offset(254).countingHeader().longestContents());
        LengthField parsed = LengthField.parsed(1, header -> 1);
        assertThrows(IllegalStateException.class, () -> parsed.offset(1));
        assertThrows(IllegalStateException.class, () -> parsed.order(ByteOrder.LITTLE_ENDIAN));
        assertThrows(IllegalStateException.class, () -> parsed.adjustment(1));
        assertThrows(IllegalStateException.class, parsed::countingItself);
        assertThrows(IllegalStateException.class, parsed::countingHeader);
        assertThrows(IllegalStateException.class, () -> LengthField.varint(1).order(ByteOrder.LITTLE_ENDIAN));
        assertThrows(UnsupportedOperationException.class, () -> parsed.frame(ByteBuffer.allocate(1)));
    }

    @Test
    void aFrameIsNotShorterThanThePartThatItsLengthDoesNotCount() {
        LengthField field = LengthField.ofBytes(1).offset(2).adjustment(3);
        assertThrows(IllegalArgumentException.class, () -> field.frame(ByteBuffer.allocate(1)));
        assertThrows(IllegalArgumentException.class, () -> field.frame(ByteBuffer.allocate(4)));
        assertEquals(ByteBuffer.allocate(6), field.frame(ByteBuffer.allocate(5)));
    }

    @Test
    void fieldsAreEqualIfTheyDescribeTheSameHeader() {
        LengthField field = LengthField.ofBytes(4).offset(1).countingItself();
        LengthField same = LengthField.ofBytes(4).countingItself().offset(1);
        assertEquals(field, same);
        assertEquals(field.hashCode(), same.hashCode());
        assertEquals(field.toString(), same.toString());
        for (LengthField other : List.of(
                field.countingHeader(),
                field.withHeader(),
                field.offset(2),
                field.adjustment(1),
                field.order(ByteOrder.LITTLE_ENDIAN),
                LengthField.varint(4))) {
            assertNotEquals(field, other);
        }
    }
}
