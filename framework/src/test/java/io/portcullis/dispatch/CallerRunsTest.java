// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An executor that runs callbacks on the calling thread, and one that refuses them when there is no memory either. */
class CallerRunsTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    @Test
    void aResumeWithinACallbackWaitsForMore() {
        AtomicInteger calls = new AtomicInteger();
        handler.onData = (connection, data) -> {
            calls.incrementAndGet();
            connection.pause();
            connection.resume();
        };
        machine.start(
                machine.endpointOn(Runnable::run, ConnectionSettings.DEFAULT), transport, new PlainFilter(), handler);

        transport.receive("part of a frame").completeAll();

        assertEquals(0, machine.later.size(), "strands that yielded after too many turns in a row");
        assertEquals(1, calls.get());
    }

    @Test
    void aRefusedCallEndsEvenIfTheRefusalCannotBeReported() {
        Executor none = task -> {
            throw new OutOfMemoryError("no thread");
        };
        transport.closeThrows = true;
        machine.start(machine.endpointOn(none, ConnectionSettings.DEFAULT), transport, new PlainFilter(), handler);

        for (int i = 0; i < 10; i++) {
            transport.completeAll();
            machine.advance(Duration.ofSeconds(20));
        }

        assertNotNull(handler.reason, handler.events.toString());
        assertEquals(0, machine.buffers.statistics().activeLeases());
    }
}
