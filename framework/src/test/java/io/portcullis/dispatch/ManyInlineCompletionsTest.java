// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.wire.Transport;
import io.portcullis.tls.PlainFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class ManyInlineCompletionsTest {
    private static final int READS = 1_000_000;
    private static final int SMALL_STACK = 256 * 1024;

    /** Each read delivers one byte, each write takes one, always within the call. */
    private static final class Dripping implements Transport {
        int reads;
        int writes;
        boolean closed;

        @Override
        public void read(ByteBuffer target, CompletionHandler<Integer, Void> handler) {
            if (closed) {
                handler.failed(new AsynchronousCloseException(), null);
            } else if (reads == READS) {
                handler.completed(-1, null);
            } else {
                reads++;
                target.put((byte) 1);
                handler.completed(1, null);
            }
        }

        @Override
        public void write(ByteBuffer source, CompletionHandler<Integer, Void> handler) {
            writes++;
            source.get();
            handler.completed(1, null);
        }

        @Override
        public void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler) {
            throw new IllegalStateException("one byte at a time");
        }

        @Override
        public int sendBuffer() {
            return 0;
        }

        @Override
        public void shutdownOutput() throws IOException {}

        @Override
        public void close() {
            closed = true;
        }

        @Override
        public boolean closed() {
            return closed;
        }
    }

    /** Echoes, and checks the depth of the stack now and then. */
    private static final class Deep implements ConnectionHandler {
        long deepest;
        private int calls;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (calls++ % 1000 == 0) {
                deepest = Math.max(
                        deepest,
                        StackWalker.getInstance()
                                .walk(frames -> frames.filter(
                                                frame -> frame.getClassName().startsWith("io.portcullis"))
                                        .count()));
            }
            connection.write(data);
        }
    }

    @Test
    @DisplayName("R27 a million reads of one byte that complete inline need no stack")
    void needNoStack() throws Exception {
        VirtualMachine machine = new VirtualMachine(BufferPool.create());
        Dripping transport = new Dripping();
        Deep handler = new Deep();
        AtomicReference<@Nullable Throwable> thrown = new AtomicReference<>();
        Thread thread = new Thread(
                null,
                () -> {
                    machine.start(transport, new PlainFilter(), handler);
                    machine.runLater();
                },
                "small stack",
                SMALL_STACK);
        thread.setUncaughtExceptionHandler((any, failure) -> thrown.set(failure));
        thread.start();
        thread.join();
        assertNull(thrown.get());
        assertEquals(READS, transport.reads);
        assertEquals(READS, transport.writes);
        assertTrue(transport.closed);
        assertTrue(handler.deepest > 0 && handler.deepest <= 64, handler.deepest + " frames");
        machine.verify("a million reads");
    }
}
