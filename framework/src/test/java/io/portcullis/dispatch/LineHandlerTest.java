// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** Lines, however they arrive. */
class LineHandlerTest {
    private final VirtualMachine machine = new VirtualMachine();

    /** The events that a connection with a line handler has seen. */
    private final class Session extends LineHandler {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final List<String> lines = new ArrayList<>();
        private final boolean lenient;
        BiConsumer<Connection, String> onLine = (connection, line) -> {};

        @Nullable
        CloseReason reason;

        @Nullable
        Throwable cause;

        @Nullable
        Connection connection;

        Session(int limit, boolean lenient) {
            super(limit);
            this.lenient = lenient;
            machine.start(transport, new PlainFilter(), this);
        }

        @Override
        public void onOpen(Connection opened) {
            connection = opened;
        }

        @Override
        protected void onLine(Connection connection, String line) {
            lines.add(line);
            onLine.accept(connection, line);
        }

        @Override
        protected void onTooLong(Connection connection, int limit) {
            if (lenient) {
                lines.add("TOO LONG");
            } else {
                super.onTooLong(connection, limit);
            }
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

        Session receive(String text) {
            byte[] bytes = text.getBytes(UTF_8);
            return receive(bytes, 0, bytes.length);
        }

        Connection connection() {
            if (connection == null) {
                throw new IllegalStateException("not open");
            }
            return connection;
        }

        List<String> end() {
            transport.receiveEnd().completeAll();
            transport.verify("lines");
            return lines;
        }
    }

    @Test
    void endsWithLineFeedOrWithBoth() {
        Session session = new Session(100, false).receive("a\nb\r\n\n\r\nc\rd\r\r\nGrüße 🙂\nno line");
        assertEquals(List.of("a", "b", "", "", "c\rd\r", "Grüße 🙂"), session.end());
        assertEquals(CloseReason.PEER_CLOSE, session.reason);
        machine.verify("lines");
    }

    @Test
    @DisplayName("lines are the same wherever the stream is cut: once at each position, and into random pieces")
    void cutsDoNotMatter() {
        String text = "EHLO a.example\r\n\nGrüße\r\n12345678901234567890\r\nlong: 123456789012345\nx\r\r\nab\r\n";
        byte[] bytes = text.getBytes(UTF_8);
        List<String> expected = new Session(20, true).receive(text).end();
        assertEquals(List.of("EHLO a.example", "", "Grüße", "12345678901234567890", "TOO LONG", "x\r", "ab"), expected);
        for (int cut = 1; cut < bytes.length; cut++) {
            Session session = new Session(20, true).receive(bytes, 0, cut).receive(bytes, cut, bytes.length);
            assertEquals(expected, session.end(), "cut at " + cut);
        }
        long seed = 4;
        Random random = new Random(seed);
        for (int run = 0; run < 500; run++) {
            Session session = new Session(20, true);
            for (int from = 0; from < bytes.length; ) {
                int to = Math.min(bytes.length, from + 1 + random.nextInt(9));
                session.receive(bytes, from, to);
                from = to;
            }
            assertEquals(expected, session.end(), "run " + run + " of seed " + seed);
        }
        machine.verify("lines");
    }

    @Test
    void aLineThatIsTooLongEndsTheConnectionByItsName() {
        for (String text : List.of("12345678901\n", "12345678901", "1234567890\r1", "1234567890123456789012")) {
            Session session = new Session(10, false).receive("ok\n").receive(text);
            assertEquals(List.of("ok"), session.lines);
            assertEquals(CloseReason.PROTOCOL_VIOLATION, session.reason, text);
            assertEquals(
                    "a line is longer than 10 bytes",
                    assertInstanceOf(ProtocolViolationException.class, session.cause)
                            .getMessage());
        }
        machine.verify("lines");
    }

    @Test
    void aLineOfExactlyTheLimitIsALine() {
        Session session = new Session(10, false)
                .receive("1234567890\r\n")
                .receive("1234567890\r")
                .receive("\n1234567890\n");
        assertEquals(List.of("1234567890", "1234567890", "1234567890"), session.end());
    }

    @Test
    void nothingIsDeliveredBetweenPauseAndResume() {
        Session session = new Session(10, false);
        session.onLine = (connection, line) -> connection.pause();
        session.receive("a\nb\nc\n");
        assertEquals(List.of("a"), session.lines);
        session.connection().resume();
        assertEquals(List.of("a", "b"), session.lines);
        session.onLine = (connection, line) -> {};
        session.connection().resume();
        assertEquals(List.of("a", "b", "c"), session.end());
    }

    @Test
    void nothingIsDeliveredAfterClose() {
        Session session = new Session(10, false);
        session.onLine = (connection, line) -> connection.close();
        session.receive("QUIT\nDELE 1\n");
        assertEquals(List.of("QUIT"), session.end());
    }

    @Test
    @DisplayName("R9 a line after STARTTLS in the same segment is not interpreted, and ends the connection")
    void nothingIsDeliveredAfterStartTls() {
        Session session = new Session(10, false);
        session.onLine = (connection, line) -> {
            var unused = connection.startTls(TestCertificates.serverProfile());
        };
        session.receive("STLS\r\nDELE 1\r\n");
        assertEquals(List.of("STLS"), session.lines);
        assertEquals(CloseReason.UPGRADE_VIOLATION, session.reason);
        session.transport.verify("lines");
    }

    @Test
    @DisplayName("R29 pipelined commands wait while too many bytes are waiting to be sent")
    void pipelinedCommandsWaitForTheReader() {
        Session session = new Session(10, false);
        session.onLine = (connection, line) -> connection.write(ByteBuffer.allocate(200_000));
        session.transport.window = 0;
        session.receive("1\n2\n3\n4\n5\n");
        assertEquals(List.of("1", "2"), session.lines);
        session.transport.window = 350_000;
        session.transport.completeAll();
        assertEquals(List.of("1", "2", "3", "4"), session.lines);
        session.transport.window = Long.MAX_VALUE;
        session.transport.completeAll();
        assertEquals(List.of("1", "2", "3", "4", "5"), session.end());
    }

    @Test
    void refusesALimitOfZero() {
        assertThrows(IllegalArgumentException.class, () -> LineHandler.of(0, (connection, line) -> {}));
    }
}
