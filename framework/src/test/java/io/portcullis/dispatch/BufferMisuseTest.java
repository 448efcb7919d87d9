// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * R34: whatever an application does with a buffer that belongs to a write, or was lent to it, every turn ends, and only
 * that connection ends. The bugs excluded are loops whose progress depends on a buffer that other code may modify.
 */
@Timeout(60)
class BufferMisuseTest {
    private static final int LENGTH = 20_000;

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        if (handler.connection != null && handler.reason == null) {
            handler.connection().abort();
        }
        transport.completeAll();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    private void start(boolean plain) {
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        machine.start(transport, plain ? new PlainFilter() : new FrameFilter(false), handler);
    }

    /** The application bytes that the peer has received. */
    private byte[] sent(boolean plain) {
        byte[] bytes = transport.sent.toByteArray();
        return plain ? bytes : FrameFilter.dataOf(bytes);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new Random(length).nextBytes(bytes);
        return bytes;
    }

    private static ByteBuffer direct(byte[] bytes) {
        return ByteBuffer.allocateDirect(bytes.length).put(bytes).flip();
    }

    /** What applications do to a buffer that is not theirs until the write completes. */
    private static final Map<String, Consumer<ByteBuffer>> MISUSES = Map.of(
            "cleared for the next message", ByteBuffer::clear,
            "refilled with a shorter message",
                    buffer -> buffer.clear().put(new byte[100]).flip(),
            "given a smaller limit", buffer -> buffer.limit(buffer.position() + 1),
            "given no space at all", buffer -> buffer.position(0).limit(0),
            "moved back", buffer -> buffer.position(0),
            "compacted", ByteBuffer::compact);

    private static Stream<Arguments> misuses() {
        return MISUSES.keySet().stream()
                .flatMap(name -> Stream.of(true, false)
                        .flatMap(plain -> Stream.of(0L, 5_000L).map(window -> Arguments.of(name, plain, window))));
    }

    @ParameterizedTest(name = "{0}, plain {1}, after {2} bytes")
    @MethodSource("misuses")
    void aBufferThatChangesBeforeItsCompletionEndsItsOwnConnection(String misuse, boolean plain, long window) {
        start(plain);
        transport.window = window;
        ByteBuffer owned = ByteBuffer.allocate(4 * LENGTH).position(10).limit(10 + 3 * LENGTH);
        Connection connection = handler.connection();
        connection.execute(() -> {
            connection.write(owned, "misused", handler.completion());
            Objects.requireNonNull(MISUSES.get(misuse)).accept(owned);
        });
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertEquals(CloseReason.BUFFER_CHANGED, handler.reason, handler.events.toString());
        assertInstanceOf(IllegalStateException.class, handler.cause);
        assertTrue(handler.events.contains("failed misused"), handler.events.toString());
        assertFalse(transport.outputEnded, "a graceful end would be taken for the end of the message");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBufferReadByOtherCodeIsSentUnchanged(boolean plain) {
        start(plain);
        transport.window = 5_000;
        byte[] news = random(3 * LENGTH);
        ByteBuffer owned = ByteBuffer.wrap(news.clone());
        Connection connection = handler.connection();
        connection.execute(() -> {
            connection.write(owned, "read", handler.completion());
            owned.position(owned.limit());
        });
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertArrayEquals(news, sent(plain));
        assertTrue(handler.events.contains("completed read"), handler.events.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aBufferThatChangesWhileAnotherIsSentEndsItsOwnConnection(boolean plain) {
        start(plain);
        transport.window = 0;
        ByteBuffer first = ByteBuffer.wrap(random(LENGTH));
        ByteBuffer second = ByteBuffer.wrap(random(LENGTH));
        handler.connection().write(first, "first", handler.completion());
        handler.connection().write(second, "second", handler.completion());
        second.clear().limit(1);
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertEquals(CloseReason.BUFFER_CHANGED, handler.reason);
        assertTrue(handler.events.contains("failed second"), handler.events.toString());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void oneBufferMayBeSentToSeveralConnectionsAndTwiceToOne(boolean plain) {
        byte[] news = random(LENGTH);
        ByteBuffer shared = direct(news);
        VirtualMachine others = machine;
        ScriptedTransport elsewhere = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler other = new RecordingHandler();
        start(plain);
        if (!plain) {
            elsewhere.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        others.start(elsewhere, plain ? new PlainFilter() : new FrameFilter(false), other);
        transport.window = 3_000;
        elsewhere.window = 0;
        handler.connection().write(shared, "one", handler.completion());
        handler.connection().write(shared, "again", handler.completion());
        other.connection().write(shared, "two", other.completion());
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        elsewhere.window = Long.MAX_VALUE;
        elsewhere.completeAll();
        ByteBuffer twice = ByteBuffer.allocate(2 * LENGTH).put(news).put(news);
        assertArrayEquals(twice.array(), sent(plain));
        byte[] there = elsewhere.sent.toByteArray();
        assertArrayEquals(news, plain ? there : FrameFilter.dataOf(there));
        assertTrue(handler.events.containsAll(List.of("completed one", "completed again")), handler.events.toString());
        assertTrue(other.events.contains("completed two"), other.events.toString());
        other.connection().abort();
        elsewhere.completeAll();
        elsewhere.verify("the other connection");
    }

    private static Stream<Arguments> messages() {
        return Stream.of(true, false)
                .flatMap(plain -> Stream.of(100, LENGTH).map(length -> Arguments.of(plain, length)));
    }

    @ParameterizedTest(name = "plain {0}, {1} bytes")
    @MethodSource("messages")
    void oneBufferMayBeSentToSeveralConnectionsThatHaveTheirTurnsLater(boolean plain, int length) {
        byte[] news = random(length);
        ByteBuffer shared = direct(news);
        ScriptedTransport elsewhere = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler other = new RecordingHandler();
        start(plain);
        if (!plain) {
            elsewhere.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        machine.start(elsewhere, plain ? new PlainFilter() : new FrameFilter(false), other);
        machine.inAnotherTurn(() -> {
            handler.connection().write(shared, "one", handler.completion());
            other.connection().write(shared, "two", other.completion());
        });
        assertArrayEquals(news, sent(plain));
        byte[] there = elsewhere.sent.toByteArray();
        assertArrayEquals(news, plain ? there : FrameFilter.dataOf(there));
        assertTrue(handler.events.contains("completed one"), handler.events.toString());
        assertTrue(other.events.contains("completed two"), other.events.toString());
        assertEquals(length, shared.remaining(), "it must stay usable for other connections");
        other.connection().abort();
        elsewhere.completeAll();
        elsewhere.verify("the other connection");
    }

    @ParameterizedTest(name = "plain {0}, {1} bytes")
    @MethodSource("messages")
    void aBufferThatChangesBeforeItsTurnEndsItsOwnConnection(boolean plain, int length) {
        start(plain);
        machine.inAnotherTurn(() -> {
            ByteBuffer owned = ByteBuffer.allocate(length);
            handler.connection().write(owned, "misused", handler.completion());
            owned.clear().limit(1);
        });
        assertEquals(CloseReason.BUFFER_CHANGED, handler.reason, handler.events.toString());
        assertTrue(handler.events.contains("failed misused"), handler.events.toString());
        assertEquals(0, sent(plain).length);
    }

    private static Stream<Arguments> waysToSendALentBuffer() {
        return Stream.of(true, false).flatMap(plain -> Stream.of(false, true).map(view -> Arguments.of(plain, view)));
    }

    @ParameterizedTest(name = "plain {0}, a view {1}")
    @MethodSource("waysToSendALentBuffer")
    void theLentBufferMaySendItselfAndIsCopied(boolean plain, boolean view) {
        byte[] news = random(LENGTH);
        handler.onData = (connection, data) -> {
            ByteBuffer source = view ? data.slice() : data;
            connection.write(source, "echo", handler.completion());
            data.position(data.limit());
        };
        start(plain);
        transport.window = 0;
        for (int from = 0; from < LENGTH; from += FrameFilter.LONGEST) {
            byte[] part = Arrays.copyOfRange(news, from, Math.min(LENGTH, from + FrameFilter.LONGEST));
            transport.receive(plain ? part : FrameFilter.frame(FrameFilter.DATA, part));
        }
        transport.completeAll();
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertEquals(null, handler.reason);
        assertArrayEquals(news, sent(plain));
    }

    @Test
    void theLentBufferMayBeSentToAnotherConnection() {
        byte[] news = random(LENGTH);
        ScriptedTransport elsewhere = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler other = new RecordingHandler();
        machine.start(elsewhere, new PlainFilter(), other);
        elsewhere.window = 0;
        handler.onData = (connection, data) -> {
            other.connection().write(data.slice(), "passed on", other.completion());
            data.position(data.limit());
        };
        start(true);
        transport.receive(news);
        transport.completeAll();
        elsewhere.window = Long.MAX_VALUE;
        elsewhere.completeAll();
        assertArrayEquals(news, elsewhere.sent.toByteArray());
        other.connection().abort();
        elsewhere.completeAll();
        elsewhere.verify("the other connection");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFrameMayBeSentAsItIs(boolean plain) {
        FrameHandler frames = FrameHandler.of(LengthField.ofBytes(4), LENGTH, (connection, frame) -> {
            CompletableFuture<Void> sent = connection.send(frame);
            assertFalse(sent.isCompletedExceptionally());
        });
        handler.onData = frames::onData;
        start(plain);
        transport.window = 0;
        byte[] news = random(FrameFilter.LONGEST - 4);
        byte[] message = ByteBuffer.allocate(FrameFilter.LONGEST)
                .putInt(news.length)
                .put(news)
                .array();
        for (int i = 0; i < 5; i++) {
            transport.receive(plain ? message : FrameFilter.frame(FrameFilter.DATA, message));
            transport.completeAll();
        }
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        ByteBuffer five = ByteBuffer.allocate(5 * news.length);
        for (int i = 0; i < 5; i++) {
            five.put(news);
        }
        assertArrayEquals(five.array(), sent(plain));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aHandlerThatMovesTheLentBufferBackEndsItsOwnConnection(boolean plain) {
        handler.onData = (connection, data) -> {
            data.position(data.position() == 0 ? 1 : 0);
            connection.pause();
        };
        start(plain);
        byte[] some = random(100);
        transport.receive(plain ? some : FrameFilter.frame(FrameFilter.DATA, some));
        transport.completeAll();
        handler.connection().resume();
        assertEquals(CloseReason.BUFFER_CHANGED, handler.reason);
        assertInstanceOf(IllegalStateException.class, handler.cause);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a completion that repeatedly writes nothing yields to other connections")
    void completionsWithoutEndGiveWay(boolean plain) {
        start(plain);
        Connection connection = handler.connection();
        int[] left = {10_000};
        Runnable[] again = new Runnable[1];
        again[0] = () -> {
            var unused = connection.send(ByteBuffer.allocate(0)).thenRun(() -> {
                if (--left[0] > 0) {
                    again[0].run();
                }
            });
        };
        connection.execute(again[0]);
        assertTrue(machine.ranLater > 0, "the strand did not yield");
        while (!machine.later.isEmpty()) {
            machine.runLater();
        }
        assertEquals(0, left[0]);
    }

    @Test
    void theUnreadLimitHoldsWhileTlsIsStopped() {
        handler.onData = (connection, data) -> {};
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        machine.start(machine.endpoint(ConnectionSettings.DEFAULT), transport, new FrameFilter(false), handler);
        CompletableFuture<Void> plain = handler.connection().stopTls();
        byte[] some = random(FrameFilter.LONGEST);
        int limit = ConnectionSettings.DEFAULT.unread() / some.length;
        for (int i = 0; i <= limit && handler.reason == null; i++) {
            transport.receive(FrameFilter.frame(FrameFilter.DATA, some));
            transport.completeAll();
        }
        assertEquals(CloseReason.UNREAD_LIMIT, handler.reason);
        assertTrue(plain.isCompletedExceptionally());
    }
}
