// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.internal.gate.RelaySide;
import io.portcullis.internal.wire.SocketTransport;
import io.portcullis.tls.PlainFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** The JDK had no memory, and never reports the end of a read or a write. */
class LostOperationsTest {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final Duration MILLISECOND = Duration.ofMillis(1);

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.DEFERRED);
    private final RecordingHandler handler = RecordingHandler.echo();

    @Test
    @DisplayName("R42 an operation pending ten seconds after the end is lost: its buffer is returned, its connection "
            + "removed")
    void waitsTenSeconds() {
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.wrap(new byte[10]));
        handler.connection().abort();
        machine.advance(PATIENCE.minus(MILLISECOND));
        assertTrue(transport.closed && transport.reading() && transport.writing());
        assertEquals(2, machine.buffers.statistics().activeLeases());
        machine.advance(MILLISECOND);
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
        machine.verify("lost operations");
    }

    @Test
    void operationsThatCompleteInTimeAreNotLost() {
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.wrap(new byte[10]));
        handler.connection().abort();
        machine.advance(PATIENCE.minus(MILLISECOND));
        transport.completeAll();
        machine.advance(PATIENCE);
        transport.verify("in time");
        machine.verify("in time");
    }

    @Test
    void aDeadlineThatComesToATurnThatFailsIsNotTheLastOne() {
        AtomicBoolean failing = new AtomicBoolean();
        VirtualMachine machine = new VirtualMachine() {
            @Override
            public long now() {
                if (failing.getAndSet(false)) {
                    throw new OutOfMemoryError("thrown by the test");
                }
                return super.now();
            }
        };
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.wrap(new byte[10]));
        machine.inAnotherTurn(() -> {
            // Both wait for the turn that fails: the bytes received, and a deadline
            machine.advance(Duration.ofHours(1));
            transport.receive("x").completeRead();
            failing.set(true);
        });
        assertTrue(transport.closed && transport.writing() && !failing.get());
        assertEquals(1, machine.planned());
        machine.advance(PATIENCE);
        assertEquals(CloseReason.IO_FAILED, handler.reason);
        machine.verify("a failed turn");
    }

    private void endsWithout(int leases) {
        transport.closeFails = true;
        handler.connection().abort();
        machine.advance(PATIENCE);
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
        assertEquals(leases, machine.buffers.statistics().leaked());
        machine.verify("a socket that could not be closed");
    }

    @Test
    @DisplayName("R42 a buffer that an unclosable socket may still read or write is never leased again")
    void aBufferOfASocketThatCouldNotBeClosedIsNotUsedAgain() {
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ByteBuffer.wrap(new byte[10]));
        endsWithout(2);
    }

    @Test
    void theBuffersOfAGatheringWriteAreNotUsedAgain() {
        machine.start(transport, new PlainFilter(), handler);
        machine.inAnotherTurn(() -> {
            handler.connection().write(ByteBuffer.allocateDirect(100_000));
            handler.connection().write(ByteBuffer.allocateDirect(100_000));
        });
        int out = (int) machine.buffers.statistics().activeLeases();
        assertTrue(out > 2 && transport.writing());
        endsWithout(out);
    }

    @Test
    void theBufferOfAReadThatHasThrownInASocketThatCouldNotBeClosedIsNotUsedAgain() {
        transport.closeFails = true;
        machine.start(transport, new PlainFilter(), handler);
        transport.fail(new OutOfMemoryError("in the middle of a read"));
        transport.completeRead();
        assertEquals(CloseReason.IO_FAILED, handler.reason);
        assertEquals(1, machine.buffers.statistics().leaked());
        machine.verify("a read that has thrown");
    }

    @Test
    void theBuffersOfARelayWithASocketThatCouldNotBeClosedAreNotUsedAgain() {
        machine.start(transport, new PlainFilter(), handler);
        RelaySide side = new RelaySide(machine.buffers, null);
        side.passesTo(handler.connection());
        side.onData(handler.connection(), ByteBuffer.allocate(10_000));
        assertTrue(transport.writing());
        endsWithout(2);
    }

    /** Throws in its first close, which has or has not begun. */
    private static boolean closedAfter(Throwable failure, boolean halfway) {
        AsynchronousSocketChannel channel = new FailingChannel(failure, halfway);
        SocketTransport transport = new SocketTransport(channel);
        transport.close();
        assertFalse(transport.closed());
        transport.close();
        return transport.closed();
    }

    @Test
    void aSocketThatFailsToCloseHalfwayIsNeverClosedAndOneThatHasNotBegunIsTheNextTime() {
        assertFalse(closedAfter(new IOException("on purpose"), true));
        assertFalse(closedAfter(new OutOfMemoryError("on purpose"), true));
        assertTrue(closedAfter(new OutOfMemoryError("on purpose"), false));
    }
}
