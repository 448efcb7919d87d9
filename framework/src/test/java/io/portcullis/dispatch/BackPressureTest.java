// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import java.nio.ByteBuffer;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Above the high watermark a connection is not read; at the low one its handler is notified once, and reading resumes.
 */
class BackPressureTest {
    private static final ConnectionSettings SETTINGS = ConnectionSettings.DEFAULT.withWatermarks(1000, 4000);

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        handler.connection().abort();
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    private void start(boolean plain) {
        Filter filter = plain ? new PlainFilter() : new FrameFilter(false);
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        machine.start(machine.endpoint(SETTINGS), transport, filter, handler);
        transport.window = 0;
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isNotReadAboveTheHighWatermark(boolean plain) {
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ByteBuffer.allocate(5000));
        };
        start(plain);
        byte[] one = plain ? new byte[] {1} : FrameFilter.frame(FrameFilter.DATA, (byte) 1);
        transport.receive(one).completeAll();
        assertEquals(5000, handler.connection().pendingBytes());
        assertFalse(transport.reading());
        transport.receive(one).completeAll();
        assertEquals(1, handler.received.size());
        transport.window = 1_000_000;
        transport.completeAll();
        assertEquals(List.of("open", "data", "writable", "data", "writable"), handler.events);
        assertEquals(0, handler.connection().pendingBytes());
    }

    @Test
    void isNotifiedOncePerCrossing() {
        start(true);
        handler.connection().write(ByteBuffer.allocate(4001));
        assertEquals(4001, handler.connection().pendingBytes());
        transport.window = 3000;
        transport.completeAll();
        assertEquals(1001, handler.connection().pendingBytes());
        assertEquals(List.of("open"), handler.events);
        transport.window = 1;
        transport.completeAll();
        assertEquals(List.of("open", "writable"), handler.events);
        transport.window = 500;
        transport.completeAll();
        handler.connection().write(ByteBuffer.allocate(3000));
        assertEquals(List.of("open", "writable"), handler.events);
        handler.connection().write(ByteBuffer.allocate(1000));
        transport.window = 1_000_000;
        transport.completeAll();
        assertEquals(List.of("open", "writable", "writable"), handler.events);
    }

    @Test
    void aHandlerThatWritesInOnWritableIsNotifiedAgain() {
        int[] left = {10};
        handler.onWritable = connection -> {
            if (left[0]-- > 0) {
                connection.pause();
                connection.write(ByteBuffer.allocate(5000));
            }
        };
        start(true);
        handler.connection().write(ByteBuffer.allocate(5000));
        transport.window = 1_000_000;
        transport.completeAll();
        assertEquals(55_000, transport.sent.size());
        assertEquals(11, Collections.frequency(handler.events, "writable"));
    }

    @Test
    void isNotifiedAlsoWhileItIsPaused() {
        start(true);
        handler.connection().pause();
        handler.connection().write(ByteBuffer.allocate(5000));
        transport.window = 1_000_000;
        transport.completeAll();
        assertTrue(handler.events.contains("writable"));
    }
}
