// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthPrefix;
import io.portcullis.frame.LineHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Frames with their length in front, however they arrive. */
class FrameHandlerTest {
    private final VirtualMachine machine = new VirtualMachine();

    /** What a connection with a frame handler has seen. */
    private final class Session extends FrameHandler {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final List<ByteBuffer> frames = new ArrayList<>();

        @Nullable
        CloseReason reason;

        @Nullable
        Throwable cause;

        Session(LengthPrefix prefix, int limit) {
            super(prefix, limit);
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

    private static byte[] stream(LengthPrefix prefix, List<ByteBuffer> frames) {
        ByteArrayOutputStream stream = new ByteArrayOutputStream();
        frames.forEach(frame -> stream.writeBytes(prefix.frame(frame).array()));
        return stream.toByteArray();
    }

    @ParameterizedTest
    @EnumSource
    void cutsDoNotMatter(LengthPrefix prefix) {
        Random random = new Random(prefix.size());
        List<ByteBuffer> sent = new ArrayList<>();
        for (int length : new int[] {0, 1, 5, 0, 30, 2}) {
            byte[] bytes = new byte[length];
            random.nextBytes(bytes);
            sent.add(ByteBuffer.wrap(bytes));
        }
        byte[] bytes = stream(prefix, sent);
        for (int cut = 0; cut < bytes.length; cut++) {
            Session session = new Session(prefix, 30);
            if (cut > 0) {
                session.receive(bytes, 0, cut);
            }
            assertEquals(sent, session.receive(bytes, cut, bytes.length).end(), "cut at " + cut);
            assertEquals(CloseReason.PEER_CLOSE, session.reason);
        }
        for (int run = 0; run < 300; run++) {
            Session session = new Session(prefix, 30);
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
    @EnumSource
    void theLongestFrameOfThePrefixIsReceived(LengthPrefix prefix) {
        int length = Math.min(prefix.longest(), 300_000);
        byte[] contents = new byte[length];
        new Random(7).nextBytes(contents);
        byte[] bytes = prefix.frame(ByteBuffer.wrap(contents)).array();
        Session session = new Session(prefix, length).receive(bytes, 0, bytes.length);
        assertEquals(List.of(ByteBuffer.wrap(contents)), session.end());
        machine.verify("frames");
    }

    @Test
    void aFrameThatIsTooLongEndsTheConnectionWhenItIsAnnounced() {
        Session session = new Session(LengthPrefix.TWO_BYTES, 300);
        session.receive(new byte[] {0, 1, 9, 1}, 0, 4);
        assertEquals(null, session.reason);
        session.receive(new byte[] {45}, 0, 1);
        assertEquals(1, session.frames.size());
        assertEquals(CloseReason.PROTOCOL_VIOLATION, session.reason);
        Throwable cause = assertInstanceOf(ProtocolViolationException.class, session.cause);
        assertEquals("a frame of 301 bytes is announced, longer than the limit of 300", cause.getMessage());
        Session unsigned = new Session(LengthPrefix.FOUR_BYTES, 500_000);
        unsigned.receive(new byte[] {-1, -1, -1, -1}, 0, 4);
        assertEquals(CloseReason.PROTOCOL_VIOLATION, unsigned.reason);
        machine.verify("frames");
    }

    @Test
    @DisplayName(
            "a limit that can never be reached is refused: when the handler is made, whatever the endpoint's setting is")
    void aFrameOrLineThatCanNeverFitIsRefusedWhenTheHandlerIsMade() {
        assertThrows(
                IllegalArgumentException.class,
                () -> FrameHandler.of(LengthPrefix.FOUR_BYTES, 768 * 1024 - 3, (connection, frame) -> {}));
        assertThrows(
                IllegalArgumentException.class,
                () -> FrameHandler.of(LengthPrefix.FOUR_BYTES, Integer.MAX_VALUE, (connection, frame) -> {}));
        assertThrows(IllegalArgumentException.class, () -> LineHandler.of(768 * 1024, (connection, line) -> {}));
        assertThrows(IllegalArgumentException.class, () -> LineHandler.of(Integer.MAX_VALUE, (connection, line) -> {}));
        assertEquals(
                768 * 1024,
                FrameHandler.of(LengthPrefix.FOUR_BYTES, 768 * 1024 - 4, (connection, frame) -> {})
                        .requiredUnreadLimit());
        assertEquals(
                65_537,
                FrameHandler.of(LengthPrefix.TWO_BYTES, Integer.MAX_VALUE, (connection, frame) -> {})
                        .requiredUnreadLimit(),
                "no frame is longer than its prefix can say");
    }

    @Test
    @DisplayName("a limit that can never be reached is refused: when the connection opens, by the endpoint's setting")
    void aFrameOrLineThatCannotFitIsRefusedWhenTheConnectionOpens() {
        ConnectionSettings small = ConnectionSettings.DEFAULT.withUnread(100);
        for (int fits = 0; fits <= 1; fits++) {
            int limit = 97 - fits;
            for (ConnectionHandler handler : List.of(
                    FrameHandler.of(LengthPrefix.FOUR_BYTES, limit, (connection, frame) -> {}),
                    ConnectionHandler.selecting(
                            connection -> FrameHandler.of(LengthPrefix.FOUR_BYTES, limit, (opened, frame) -> {})),
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
    void aFrameIsNotMadeLongerThanItsPrefixCanSay() {
        assertEquals(255, LengthPrefix.ONE_BYTE.frame(ByteBuffer.allocate(255)).get(0) & 0xff);
        assertThrows(IllegalArgumentException.class, () -> LengthPrefix.ONE_BYTE.frame(ByteBuffer.allocate(256)));
        assertThrows(IllegalArgumentException.class, () -> LengthPrefix.TWO_BYTES.frame(ByteBuffer.allocate(65_536)));
        ByteBuffer contents = ByteBuffer.wrap(new byte[] {1, 2, 3}).position(1);
        assertEquals(ByteBuffer.wrap(new byte[] {0, 0, 0, 2, 2, 3}), LengthPrefix.FOUR_BYTES.frame(contents));
        assertEquals(2, contents.remaining());
    }
}
