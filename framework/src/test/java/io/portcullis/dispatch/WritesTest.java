// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(60)
class WritesTest {
    private static final int THREADS = 8;
    private static final int WRITES = 500;
    private static final int HEADER = 3;

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    private void start(boolean plain) {
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        Filter filter = plain ? new PlainFilter() : new FrameFilter(false);
        machine.start(transport, filter, handler);
    }

    private void end() {
        handler.connection().abort();
        transport.completeAll();
        transport.verify("at the end");
        machine.verify("at the end");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theWritesOfOneCallbackLeaveInOneWrite(boolean plain) {
        start(plain);
        int before = transport.writes;
        handler.connection().execute(() -> {
            for (int i = 0; i < 50; i++) {
                handler.connection().write(ByteBuffer.allocate(9));
                handler.connection().write(ByteBuffer.allocate(9), "", handler.completion());
            }
        });
        assertEquals(before + 1, transport.writes);
        byte[] sent = transport.sent.toByteArray();
        assertEquals(900, plain ? sent.length : FrameFilter.dataOf(sent).length);
        end();
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aLentBufferIsConsumedAndAnOwnedOneIsNotCopied(boolean plain) {
        start(plain);
        transport.window = 0;
        ByteBuffer lent = ByteBuffer.wrap(new byte[100_000]);
        ByteBuffer owned = ByteBuffer.wrap(new byte[100_000]);
        handler.connection().execute(() -> {
            handler.connection().write(ByteBuffer.allocate(1));
            handler.connection().write(lent);
        });
        assertEquals(0, lent.remaining());
        long leases = machine.buffers.statistics().activeLeases();
        handler.connection().write(owned, "owned", handler.completion());
        assertEquals(leases, machine.buffers.statistics().activeLeases());
        assertEquals(100_000, owned.remaining());
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertEquals(100_000, owned.remaining(), "its position stays where it is");
        assertTrue(handler.events.contains("completed owned"));
        end();
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1000, 65_536, 70_000})
    @DisplayName("a large heap buffer is written in pieces of bounded size, and no piece is copied twice")
    void aHeapBufferIsWrittenInPieces(int takenAtATime) {
        start(true);
        transport.script = ScriptedTransport.script(true, takenAtATime);
        byte[] first = new byte[100];
        byte[] large = new byte[200_000];
        byte[] last = new byte[3_000];
        new java.util.Random(takenAtATime).nextBytes(large);
        Arrays.fill(last, (byte) 7);
        Connection connection = handler.connection();
        long[] most = new long[1];
        connection.execute(() -> {
            connection.write(ByteBuffer.wrap(first));
            connection.write(ByteBuffer.wrap(large), "large", handler.completion());
            connection.write(ByteBuffer.allocateDirect(last.length).put(last).flip(), "last", handler.completion());
            most[0] = machine.buffers.statistics().activeBytes();
        });
        for (int i = 0; transport.writing() || connection.pendingBytes() > 0; i++) {
            most[0] = Math.max(most[0], machine.buffers.statistics().activeBytes());
            machine.runLater();
            transport.completeAll();
            assertTrue(i < 1_000_000, "no end in sight");
        }
        assertTrue(most[0] <= 2 * 68 * 1024 + 4096, most[0] + " bytes were leased");
        byte[] all = ByteBuffer.allocate(first.length + large.length + last.length)
                .put(first)
                .put(large)
                .put(last)
                .array();
        assertArrayEquals(all, transport.sent.toByteArray());
        assertEquals(List.of("open", "completed large", "completed last"), handler.events);
        end();
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void whatIsNullIsRefusedToTheCallerAndNotInALaterTurn() {
        start(true);
        Connection connection = handler.connection();
        assertThrows(NullPointerException.class, () -> connection.write(ByteBuffer.allocate(1), "", null));
        assertThrows(NullPointerException.class, () -> connection.execute(null));
        assertTrue(connection.write(new byte[1]));
        assertEquals(1, transport.sent.size());
        end();
    }

    @Test
    void emptyWritesCompleteInTheirPlace() {
        start(true);
        transport.window = 0;
        Connection connection = handler.connection();
        connection.execute(() -> {
            connection.write(ByteBuffer.allocate(0), "1", handler.completion());
            connection.write(ByteBuffer.allocate(10), "2", handler.completion());
            connection.write(ByteBuffer.allocate(0), "3", handler.completion());
            assertTrue(connection.write(ByteBuffer.allocate(0)));
        });
        assertFalse(handler.events.contains("completed 3"), handler.events.toString());
        transport.window = 10;
        transport.completeAll();
        assertEquals(List.of("open", "completed 1", "completed 2", "completed 3"), handler.events);
        connection.write(ByteBuffer.allocate(0), "4", handler.completion());
        assertEquals(5, handler.events.size());
        end();
    }

    @Test
    void writesThatWaitFailInTheirOrderWhenTheConnectionEnds() {
        start(true);
        transport.window = 10;
        for (int i = 0; i < 100; i++) {
            handler.connection().write(ByteBuffer.allocate(10), String.valueOf(i), handler.completion());
        }
        handler.connection().abort();
        assertEquals("completed 0", handler.events.get(1));
        for (int i = 1; i < 100; i++) {
            assertEquals("failed " + i, handler.events.get(i + 1));
        }
        handler.connection().write(ByteBuffer.allocate(10), "late", handler.completion());
        assertEquals("failed late", handler.events.get(handler.events.size() - 1));
        assertFalse(handler.connection().write(ByteBuffer.allocate(1)));
        end();
    }

    @Test
    void longWritesFromOtherThreadsDoNotInterleave() throws Exception {
        int length = 3_000_000;
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> {
                RecordingHandler own = new RecordingHandler();
                own.onOpen = opened::complete;
                return own;
            });
            try (Socket socket = TestDispatcher.connect(server)) {
                Connection connection = opened.get(20, TimeUnit.SECONDS);
                List<Thread> threads = new ArrayList<>();
                for (byte i = 0; i < 4; i++) {
                    byte[] bytes = new byte[length];
                    Arrays.fill(bytes, i);
                    Thread thread = new Thread(() -> connection.write(ByteBuffer.wrap(bytes)));
                    thread.start();
                    threads.add(thread);
                }
                for (int i = 0; i < 4; i++) {
                    byte[] one = socket.getInputStream().readNBytes(length);
                    byte[] expected = new byte[length];
                    Arrays.fill(expected, one[0]);
                    assertArrayEquals(expected, one);
                }
                for (Thread thread : threads) {
                    thread.join();
                }
            }
        }
    }

    /** Counts the completions of each write. */
    private record Counting(AtomicIntegerArray completed, AtomicIntegerArray failed)
            implements CompletionHandler<Void, Integer> {

        Counting() {
            this(new AtomicIntegerArray(THREADS * WRITES), new AtomicIntegerArray(THREADS * WRITES));
        }

        @Override
        public void completed(@Nullable Void none, Integer number) {
            completed.incrementAndGet(number);
        }

        @Override
        public void failed(Throwable cause, Integer number) {
            failed.incrementAndGet(number);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "R17 if eight threads write and one closes, a prefix is sent in order, and each write is completed once")
    void eightThreadsWriteAndOneCloses(boolean abort) throws Exception {
        Counting counting = new Counting();
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        byte[] sent;
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> {
                RecordingHandler own = new RecordingHandler();
                own.onOpen = opened::complete;
                return own;
            });
            try (Socket socket = TestDispatcher.connect(server)) {
                writeFromManyThreads(opened.get(20, TimeUnit.SECONDS), counting, abort);
                sent = readUntilEndOrReset(socket);
            }
        }
        int[] next = new int[THREADS];
        int whole = sent.length - sent.length % HEADER;
        for (int i = 0; i < whole; i += HEADER) {
            int number = ((sent[i + 1] & 0xFF) << 8) | (sent[i + 2] & 0xFF);
            assertEquals(next[sent[i]]++, number, "of thread " + sent[i]);
        }
        for (int i = 0; i < THREADS * WRITES; i++) {
            assertEquals(1, counting.completed.get(i) + counting.failed.get(i), "completions of write " + i);
            boolean arrived = i % WRITES < next[i / WRITES];
            assertTrue(abort || arrived == (counting.completed.get(i) == 1), "write " + i + " arrived: " + arrived);
        }
    }

    private static void writeFromManyThreads(Connection connection, Counting counting, boolean abort)
            throws InterruptedException {
        CountDownLatch someWritten = new CountDownLatch(THREADS * WRITES / 2);
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            int number = i;
            Thread thread = new Thread(() -> {
                for (int write = 0; write < WRITES; write++) {
                    ByteBuffer data = ByteBuffer.wrap(new byte[] {(byte) number, (byte) (write >> 8), (byte) write});
                    connection.write(data, number * WRITES + write, counting);
                    someWritten.countDown();
                }
            });
            thread.start();
            threads.add(thread);
        }
        someWritten.await();
        if (abort) {
            connection.abort();
        } else {
            connection.close();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    private static byte[] readUntilEndOrReset(Socket socket) {
        java.io.ByteArrayOutputStream read = new java.io.ByteArrayOutputStream();
        try {
            socket.getInputStream().transferTo(read);
        } catch (java.io.IOException reset) {
            // Earlier ones count.
        }
        return read.toByteArray();
    }
}
