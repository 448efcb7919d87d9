// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Deadlines, with a clock that the test advances. */
class DeadlineTest {
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Duration JUST_UNDER_A_SECOND = Duration.ofMillis(999);
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = RecordingHandler.echo();

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        if (handler.reason == null && handler.connection != null) {
            handler.connection.abort();
        }
        transport.completeAll();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    @Test
    @DisplayName("R7 a silent peer is cut at the handshake deadline")
    void cutsASilentPeer() {
        machine.start(transport, new FrameFilter(false), handler);
        machine.advance(Duration.ofSeconds(10).minus(MILLISECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
    }

    @Test
    @DisplayName("R7 the handshake deadline is absolute, even if the peer keeps sending single bytes")
    void cutsAPeerThatDrips() {
        machine.start(transport, new FrameFilter(false), handler);
        byte[] hello = FrameFilter.frame(FrameFilter.HELLO, new byte[900]);
        for (int second = 0; second < 9; second++) {
            transport.receive(new byte[] {hello[second]}).completeAll();
            machine.advance(SECOND);
        }
        assertNull(handler.reason);
        machine.advance(SECOND);
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
    }

    @Test
    void closesAnIdleConnection() {
        machine.start(transport, new PlainFilter(), handler);
        machine.advance(Duration.ofSeconds(59));
        transport.receive("x").completeAll();
        machine.advance(Duration.ofSeconds(60).minus(MILLISECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        transport.receiveEnd().completeAll();
        assertEquals(CloseReason.IDLE_TIMEOUT, handler.reason);
    }

    @Test
    void aCloseInTheTurnOfTheIdleTimeoutStillSendsWhatWasWritten() {
        transport.window = 0;
        machine.start(transport, new PlainFilter(), handler);
        machine.inAnotherTurn(() -> {
            handler.connection().write(ascii("bye"));
            handler.connection().close();
            machine.advance(Duration.ofSeconds(60));
        });
        assertNull(handler.reason);
        transport.window = Long.MAX_VALUE;
        transport.receiveEnd().completeAll();
        assertEquals("bye", transport.sentText());
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    @Test
    void anAbortInTheTurnOfTheIdleTimeoutWaitsForTheOperationsThatAreOutstanding() {
        transport.script = ScriptedTransport.DEFERRED;
        machine.start(transport, new PlainFilter(), handler);
        machine.inAnotherTurn(() -> {
            handler.connection().abort();
            machine.advance(Duration.ofSeconds(60));
        });
        assertTrue(transport.closed && transport.reading());
        assertNull(handler.reason, "the buffer of the read may be in use");
        transport.completeAll();
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
    }

    @Test
    void activityCostsNoTimerOperation() {
        machine.start(transport, new PlainFilter(), handler);
        for (int i = 0; i < 100_000; i++) {
            transport.receive("x").completeAll();
            machine.advance(MILLISECOND);
        }
        // 100 seconds: the checks of the idle and the write deadlines, and no others.
        assertTrue(machine.scheduled <= 12, machine.scheduled + " timer operations");
        assertEquals(100_000, transport.sent.size());
    }

    @Test
    void cutsAPeerThatReadsNothing() {
        transport.window = 0;
        machine.start(transport, new PlainFilter(), handler);
        transport.receive("x").completeAll();
        machine.advance(Duration.ofSeconds(30).minus(MILLISECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    @Test
    void cutsAPeerThatReadsNothingAlthoughItSends() {
        transport.window = 0;
        machine.start(transport, new PlainFilter(), handler);
        for (int second = 0; second < 30; second++) {
            assertNull(handler.reason);
            transport.receive("x").completeAll();
            machine.advance(SECOND);
        }
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    @Test
    void aWriteAfterALongSilenceHasItsFullTimeout() {
        machine.start(transport, new PlainFilter(), handler);
        machine.advance(Duration.ofSeconds(50));
        transport.window = 0;
        handler.connection().write(ascii("x"));
        machine.advance(JUST_UNDER_A_SECOND);
        assertNull(handler.reason);
        transport.window = 1;
        transport.completeAll();
        machine.advance(Duration.ofSeconds(59));
        assertNull(handler.reason);
    }

    @Test
    @DisplayName("R21 a peer that reads nothing after close is cut after 3 s without progress, whatever it sends")
    void cutsAPeerThatReadsNothingAfterClose() {
        transport.window = 0;
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ascii("0123456789"));
        handler.connection().close();
        machine.advance(Duration.ofSeconds(2));
        transport.window = 5;
        transport.completeAll();
        machine.advance(Duration.ofSeconds(2));
        transport.receive("x").completeAll();
        assertNull(handler.reason);
        machine.advance(JUST_UNDER_A_SECOND);
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    @Test
    @DisplayName("R21 after its last byte, the peer has 3 s to end its stream")
    void lingers() {
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().close();
        assertTrue(transport.outputEnded);
        machine.advance(Duration.ofSeconds(2));
        transport.receive("late").completeAll();
        machine.advance(Duration.ofSeconds(2).plus(JUST_UNDER_A_SECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 1_000_000})
    @DisplayName("R43 late data is dropped in a single buffer as long as it arrives, but for 30 s at most")
    void lingersForABoundedTimeWhateverArrives(int bytesPerSecond) {
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().close();
        for (int second = 0; second < 30; second++) {
            assertNull(handler.reason);
            transport.receive(new byte[bytesPerSecond]).completeAll();
            assertEquals(1, machine.buffers.statistics().activeLeases());
            machine.advance(SECOND);
        }
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
        assertEquals("", handler.receivedText());
    }

    @Test
    @DisplayName("R43 a peer that sends forever while it reads the rest is tolerated, and cut once it reads nothing")
    void dropsLateDataWhileTheRestIsSent() {
        transport.window = 0;
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.allocate(1000));
        handler.connection().close();
        for (int second = 0; second < 60; second++) {
            transport.window = 10;
            transport.receive(new byte[100_000]).completeAll();
            assertNull(handler.reason);
            machine.advance(SECOND);
        }
        machine.advance(Duration.ofSeconds(3));
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    @Test
    void lingersHoweverLongTheCloseTimeoutIs() {
        ConnectionSettings patient = ConnectionSettings.DEFAULT.withClose(Long.MAX_VALUE / 3);
        machine.start(machine.endpoint(patient), transport, new PlainFilter(), handler);
        handler.connection().close();
        machine.advance(Duration.ofDays(365));
        assertNull(handler.reason);
        transport.receiveEnd().completeAll();
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    /**
     * On the loopback interface of Linux, as seen through the JDK: the kernel reports space when two thirds of this are
     * sent.
     */
    private static final int LARGE_SEND_BUFFER = 1_313_280;

    private static final Duration DRAINED_BY_A_SLOW_READER = Duration.ofSeconds(LARGE_SEND_BUFFER * 2L / 3 / 10_000);

    private void slowReader(boolean closing) {
        transport.sendBuffer = LARGE_SEND_BUFFER;
        transport.window = 1_000_000;
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.allocate(10_000_000));
        if (closing) {
            handler.connection().close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aSteadyReaderIsNotCutWhileItsBytesStillLieInTheSendBuffer(boolean closing) {
        slowReader(closing);
        for (int i = 0; i < 9; i++) {
            machine.advance(DRAINED_BY_A_SLOW_READER);
            assertNull(handler.reason);
            transport.window = 1_000_000;
            transport.completeAll();
        }
        assertEquals(10_000_000, transport.sent.size());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void peersThatReadNothingAreCutAlsoWithALargeSendBuffer(boolean closing) {
        slowReader(closing);
        machine.advance(Duration.ofSeconds(200));
        assertNull(handler.reason);
        machine.advance(SECOND);
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    /** Linux lets a send buffer grow up to 4 MiB by default, of which the JDK reports half. */
    @Test
    void theLimitIsFiveMinutesAndTwentySecondsWithTheLargestSendBuffer() {
        slowReader(false);
        transport.sendBuffer = 2 << 20;
        machine.advance(Duration.ofSeconds(320).minus(MILLISECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 43_520, 196_608})
    void anOrdinarySendBufferChangesNothing(int size) {
        slowReader(false);
        transport.sendBuffer = size;
        machine.advance(Duration.ofSeconds(30).minus(MILLISECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    @Test
    void theNextWriteHasNoMoreThanItsOwnTime() {
        slowReader(false);
        machine.advance(Duration.ofSeconds(90));
        transport.window = 1_000_000;
        transport.completeAll();
        transport.sendBuffer = 0;
        machine.advance(Duration.ofSeconds(30).minus(MILLISECOND));
        assertNull(handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
