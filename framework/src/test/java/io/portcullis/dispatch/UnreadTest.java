// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.Step;
import java.nio.ByteBuffer;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes that a handler leaves unread are presented again, before the bytes that follow. */
class UnreadTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        if (handler.reason == null) {
            handler.connection().abort();
        }
        transport.completeAll();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    private void start(boolean plain, ConnectionSettings settings) {
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        Filter filter = plain ? new PlainFilter() : new FrameFilter(false);
        machine.start(machine.endpoint(settings), transport, filter, handler);
    }

    private void receive(boolean plain, byte[] bytes) {
        transport.receive(plain ? bytes : FrameFilter.frame(FrameFilter.DATA, bytes));
        transport.completeAll();
    }

    private void takeFrames(Connection connection, ByteBuffer data) {
        while (data.remaining() >= 4 && data.remaining() >= 4 + data.getInt(data.position())) {
            ByteBuffer frame = data.slice(data.position() + 4, data.getInt(data.position()));
            data.position(data.position() + 4 + frame.remaining());
            handler.take(frame);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFramingHandlerLeavesTheRest(boolean plain) {
        handler.onData = this::takeFrames;
        start(plain, ConnectionSettings.DEFAULT);
        ByteBuffer stream = ByteBuffer.allocate(200_000);
        int frames = 0;
        for (int length = 1; stream.remaining() > length + 4; length = length * 3 % 20_011 + 1) {
            stream.putInt(length).put(new byte[length]);
            frames += length;
        }
        byte[] bytes = new byte[stream.flip().remaining()];
        stream.get(bytes);
        for (int from = 0; from < bytes.length; from += 700) {
            receive(plain, java.util.Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + 700)));
        }
        assertEquals(frames, handler.received.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isPresentedAgainAfterResumeBeforeLaterBytes(boolean plain) {
        handler.onData = (connection, data) -> connection.pause();
        start(plain, ConnectionSettings.DEFAULT);
        receive(plain, "abc".getBytes(ISO_8859_1));
        assertEquals(List.of("open", "data"), handler.events);
        handler.onData = (connection, data) -> {
            handler.received.write(data.get());
            connection.pause();
        };
        handler.connection().resume();
        assertEquals("a", handler.receivedText());
        receive(plain, "def".getBytes(ISO_8859_1));
        assertEquals("a", handler.receivedText());
        handler.onData = (connection, data) -> handler.take(data);
        handler.connection().resume();
        assertEquals("abcdef", handler.receivedText());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void exceedingTheLimitEndsTheConnection(boolean plain) {
        handler.onData = (connection, data) -> {};
        start(plain, ConnectionSettings.DEFAULT.withUnread(10_000));
        for (int i = 0; i < 10; i++) {
            assertEquals(null, handler.reason);
            receive(plain, new byte[1000]);
        }
        receive(plain, new byte[1]);
        assertEquals(CloseReason.UNREAD_LIMIT, handler.reason);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theLimitDoesNotPreventAGracefulClose(boolean plain) {
        handler.onData = (connection, data) -> {
            connection.write(data.slice(data.position(), 3));
            connection.close();
        };
        start(plain, ConnectionSettings.DEFAULT.withUnread(10));
        receive(plain, "bye, and much that nobody reads".getBytes(ISO_8859_1));
        transport.receiveEnd().completeAll();
        byte[] bye = "bye".getBytes(ISO_8859_1);
        byte[] sent = plain ? bye : FrameFilter.frame(FrameFilter.DATA, bye);
        assertTrue(transport.sentText().contains(new String(sent, ISO_8859_1)));
        assertTrue(transport.outputEnded);
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    @Test
    void theLargestLimitFits() {
        handler.onData = (connection, data) -> {};
        start(false, ConnectionSettings.DEFAULT.withUnread(768 * 1024));
        for (int i = 0; i < 768; i++) {
            receive(false, new byte[1000]);
        }
        receive(false, new byte[1000]);
        assertEquals(null, handler.reason);
        assertEquals(770, handler.events.size());
        handler.onData = (connection, data) -> handler.take(data);
        receive(false, new byte[1]);
        assertEquals(769_001, handler.received.size());
    }

    /** Requests its replacement by a plain filter, at the second byte or at the end of the network input. */
    private static final class Deciding implements Filter {
        private final PlainFilter copy = new PlainFilter();
        boolean freed;
        private boolean networkEnded;

        @Override
        public Step decode(ByteBuffer network, ByteBuffer application) {
            if (network.remaining() > 1 || networkEnded) {
                return Step.REPLACE;
            }
            return Step.NEED_INPUT;
        }

        @Override
        public Step encode(ByteBuffer application, ByteBuffer network) {
            return Step.CLOSED;
        }

        @Override
        public boolean hasOutput() {
            return false;
        }

        @Override
        public void closeOutput() {}

        @Override
        public void closeInput() {
            networkEnded = true;
        }

        @Override
        public @Nullable Runnable task() {
            return null;
        }

        @Override
        public Filter successor() {
            return copy;
        }

        @Override
        public int networkSpace() {
            return 16;
        }

        @Override
        public int applicationSpace() {
            return 1;
        }

        @Override
        public void free() {
            freed = true;
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"a", "ab", "abc"})
    void aFilterThatIsReplacedLosesNoByteAlsoAtTheEnd(String opening) {
        Deciding deciding = new Deciding();
        for (byte each : opening.getBytes(ISO_8859_1)) {
            transport.receive(new byte[] {each});
        }
        transport.script = ScriptedTransport.script(true, 1);
        transport.receiveEnd();
        machine.start(transport, deciding, handler);
        assertEquals(opening, handler.receivedText());
        assertEquals(CloseReason.PEER_CLOSE, handler.reason);
        assertEquals(true, deciding.freed);
    }
}
