// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.wire.Transport;
import io.portcullis.tls.PlainFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** An executor that runs callbacks on the thread that hands them out, and one that takes none when there is no memory either. */
class CallerRunsTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    @Test
    void whoResumesWithinACallbackWaitsForMore() {
        AtomicInteger calls = new AtomicInteger();
        handler.onData = (connection, data) -> {
            calls.incrementAndGet();
            connection.pause();
            connection.resume();
        };
        machine.start(
                machine.endpointOn(Runnable::run, ConnectionSettings.DEFAULT), transport, new PlainFilter(), handler);

        transport.receive("part of a frame").completeAll();

        assertEquals(0, machine.later.size(), "strands that gave way because they had turn after turn");
        assertEquals(1, calls.get());
    }

    /** Its first close fails, as it may without memory. */
    private static final class FailingClose implements Transport {
        private final ScriptedTransport inner;
        private boolean failed;

        FailingClose(ScriptedTransport inner) {
            this.inner = inner;
        }

        @Override
        public void read(ByteBuffer target, CompletionHandler<Integer, Void> handler) {
            inner.read(target, handler);
        }

        @Override
        public void write(ByteBuffer source, CompletionHandler<Integer, Void> handler) {
            inner.write(source, handler);
        }

        @Override
        public void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler) {
            inner.write(sources, handler);
        }

        @Override
        public int sendBuffer() {
            return 0;
        }

        @Override
        public void shutdownOutput() throws IOException {
            inner.shutdownOutput();
        }

        @Override
        public boolean closed() {
            return inner.closed();
        }

        @Override
        public void close() {
            inner.close();
            if (!failed) {
                failed = true;
                throw new OutOfMemoryError("as the test wants it");
            }
        }
    }

    @Test
    void aCallThatWasRefusedEndsThoughTheRefusalCannotBeTold() {
        Executor none = task -> {
            throw new OutOfMemoryError("no thread");
        };
        machine.start(
                machine.endpointOn(none, ConnectionSettings.DEFAULT),
                new FailingClose(transport),
                new PlainFilter(),
                handler);

        for (int i = 0; i < 10; i++) {
            transport.completeAll();
            machine.advance(Duration.ofSeconds(20));
        }

        assertNotNull(handler.reason, handler.events.toString());
        assertEquals(0, machine.buffers.statistics().leasesOut());
    }
}
