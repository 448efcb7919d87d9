// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.internal.parts.FileQueue;
import io.portcullis.tls.PlainFilter;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files on a scripted transport, plain and through a filter; a chunk is read when the test says so. */
class SendFileTest {
    private static final int CHUNK = FileQueue.CHUNK;

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();
    private boolean plain = true;

    private void start(boolean transparent) {
        plain = transparent;
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        machine.start(transport, plain ? new PlainFilter() : new FrameFilter(false), handler);
    }

    private CompletableFuture<Long> send(int position, int count) {
        return handler.connection().sendFile(TestFile.CHANNEL, position, count);
    }

    private static ByteBuffer text(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    /** Reads chunks and transfers bytes until nothing moves; returns the number of chunks read. */
    private int settle() {
        int chunks = 0;
        boolean moved = true;
        while (moved) {
            moved = transport.completeBoth();
            Runnable read = machine.tasks.poll();
            if (read != null) {
                read.run();
                chunks++;
                moved = true;
            }
        }
        return chunks;
    }

    private byte[] sent() {
        byte[] sent = transport.sent.toByteArray();
        return plain ? sent : FrameFilter.dataOf(sent);
    }

    private static @Nullable Throwable failureOf(CompletableFuture<Long> future) {
        assertTrue(future.isDone(), "the future is not complete");
        return assertThrows(ExecutionException.class, future::get).getCause();
    }

    @AfterEach
    void everythingIsReturned(TestInfo test) throws IOException {
        if (handler.reason == null) {
            handler.connection().abort();
        }
        settle();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
        assertTrue(TestFile.CHANNEL.isOpen(), "the channel belongs to the caller");
        assertEquals(0, TestFile.CHANNEL.position(), "its position belongs to the caller");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void isSentInItsPlaceAmongTheWrites(boolean transparent) throws Exception {
        start(transparent);
        ByteArrayOutputStream expected = new ByteArrayOutputStream();
        byte[] large = TestFile.part(500_000, 100_000);
        List<CompletableFuture<Long>> futures = new java.util.ArrayList<>();
        handler.connection().execute(() -> {
            handler.connection().write(text("head,"));
            futures.add(send(5, 300_000));
            handler.connection().write(text("between,"));
            handler.connection().write(ByteBuffer.wrap(large));
            handler.connection().write(ByteBuffer.wrap(large), "large", handler.completion());
            futures.add(send(TestFile.LENGTH - 1, 1));
            futures.add(send(0, 0));
            futures.add(send(0, CHUNK));
            handler.connection().write(text("end"), "end", handler.completion());
        });
        futures.forEach(each -> {
            var unused = each.thenAccept(count -> handler.events.add("sent " + count));
        });
        settle();
        expected.writeBytes("head,".getBytes(ISO_8859_1));
        expected.writeBytes(TestFile.part(5, 300_000));
        expected.writeBytes("between,".getBytes(ISO_8859_1));
        expected.writeBytes(large);
        expected.writeBytes(large);
        expected.writeBytes(TestFile.part(TestFile.LENGTH - 1, 1));
        expected.writeBytes(TestFile.part(0, CHUNK));
        expected.writeBytes("end".getBytes(ISO_8859_1));
        assertArrayEquals(expected.toByteArray(), sent());
        handler.events.removeIf("writable"::equals);
        assertEquals(
                List.of("open", "sent 300000", "completed large", "sent 1", "sent 0", "sent " + CHUNK, "completed end"),
                handler.events);
        assertEquals(0, handler.connection().pendingBytes());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void mayBeSentFromAnotherThread(boolean transparent) throws Exception {
        start(transparent);
        CompletableFuture<Long> sent = send(1, 200_000);
        handler.connection().write(text("!"));
        settle();
        assertEquals(200_000L, sent.get());
        assertArrayEquals(TestFile.part(1, 200_000), java.util.Arrays.copyOf(sent(), 200_000));
        assertEquals('!', sent()[200_000]);
    }

    @Test
    void nothingIsReadOnTheStrand() throws Exception {
        start(true);
        CompletableFuture<Long> sent = send(0, 100);
        assertEquals(1, machine.tasks.size());
        assertEquals(0, transport.sent.size());
        assertEquals(100, handler.connection().pendingBytes());
        settle();
        assertEquals(100L, sent.get());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName(
            "R29 a peer that reads nothing of a file holds two chunks of it, and is not read until it has the file")
    void readsTheFileOnlyAsFastAsThePeerTakesIt(boolean transparent) throws Exception {
        start(transparent);
        transport.window = 0;
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        assertEquals(2, settle(), "chunks read for a peer that reads nothing");
        long held = machine.buffers.statistics().activeBytes();
        assertTrue(held <= 4 * CHUNK, held + " bytes are held");
        byte[] one = {1};
        transport.receive(plain ? one : FrameFilter.frame(FrameFilter.DATA, one));
        settle();
        assertEquals(0, handler.received.size(), "above the high watermark it is not read");
        assertFalse(transport.reading());
        assertEquals(TestFile.LENGTH, handler.connection().pendingBytes());
        int chunks = 2;
        while (!sent.isDone()) {
            machine.advance(Duration.ofMillis(10));
            transport.window = CHUNK / 2;
            int more = settle();
            assertTrue(more <= 1, more + " chunks for half a chunk that the peer has read");
            chunks += more;
            held = machine.buffers.statistics().activeBytes();
            assertTrue(held <= 4 * CHUNK, held + " bytes are held");
        }
        assertEquals((TestFile.LENGTH + CHUNK - 1) / CHUNK, chunks);
        assertEquals(List.of("open", "writable", "data"), handler.events);
        assertTrue(transport.reading());
        transport.window = Long.MAX_VALUE;
        settle();
        assertArrayEquals(TestFile.CONTENT, sent());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPeerThatTakesChunksQuicklyGetsLargerOnesUntilItIsSlow(boolean transparent) throws Exception {
        start(transparent);
        transport.window = 3 * CHUNK;
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        assertEquals(4, settle(), "two chunks, and two larger ones");
        long held = machine.buffers.statistics().activeBytes();
        assertTrue(held > 4 * CHUNK && held <= 2 * 272 * 1024 + 68 * 1024, held + " bytes are held");
        machine.advance(Duration.ofMillis(10));
        transport.window = FileQueue.LARGE_CHUNK + CHUNK;
        assertEquals(1, settle());
        held = machine.buffers.statistics().activeBytes();
        assertTrue(held <= (272 + 3 * 68) * 1024, held + " bytes are held");
        transport.window = Long.MAX_VALUE;
        settle();
        assertEquals(TestFile.LENGTH, sent.get());
        assertArrayEquals(TestFile.CONTENT, sent());
    }

    @Test
    @DisplayName("R29 a peer that reads nothing of a file is cut at the write deadline")
    void aPeerThatReadsNothingIsCut() {
        start(true);
        transport.window = 1000;
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        settle();
        machine.advance(Duration.ofSeconds(30));
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
        assertInstanceOf(ClosedChannelException.class, failureOf(sent));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aFileThatIsShorterThanPromisedEndsTheConnection(boolean transparent) throws Exception {
        start(transparent);
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH + 1);
        handler.connection().write(text("taken for the rest of it"), "behind", handler.completion());
        settle();
        assertEquals(CloseReason.FILE_FAILED, handler.reason);
        EOFException failure = assertInstanceOf(EOFException.class, failureOf(sent));
        assertSame(failure, handler.cause);
        assertArrayEquals(TestFile.CONTENT, sent(), "everything available, and nothing after it");
        assertFalse(transport.outputEnded, "the stream was ended gracefully");
        assertTrue(handler.events.contains("failed behind"), handler.events.toString());
    }

    @Test
    void aFileTruncatedDuringTheTransferEndsTheConnection(@TempDir Path folder) throws Exception {
        start(true);
        transport.window = 0;
        try (FileChannel file = FileChannel.open(
                folder.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            file.write(ByteBuffer.wrap(TestFile.CONTENT), 0);
            CompletableFuture<Long> sent = handler.connection().sendFile(file, 0, TestFile.LENGTH);
            settle();
            file.truncate(CHUNK);
            transport.window = Long.MAX_VALUE;
            settle();
            assertInstanceOf(EOFException.class, failureOf(sent));
            assertEquals(CloseReason.FILE_FAILED, handler.reason);
            assertTrue(file.isOpen());
        }
    }

    @Test
    void aFileThatCannotBeReadEndsTheConnection(@TempDir Path folder) throws Exception {
        start(true);
        FileChannel file =
                FileChannel.open(folder.resolve("file"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        file.close();
        CompletableFuture<Long> sent = handler.connection().sendFile(file, 0, 1);
        handler.connection().close();
        settle();
        assertSame(handler.cause, failureOf(sent));
        assertEquals(CloseReason.FILE_FAILED, handler.reason, "a graceful close cannot be kept");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void closeSendsTheFileFirst(boolean transparent) throws Exception {
        start(transparent);
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        handler.connection().close();
        settle();
        assertEquals(TestFile.LENGTH, sent.get());
        assertArrayEquals(TestFile.CONTENT, sent());
        assertTrue(transport.outputEnded);
        transport.receiveEnd();
        settle();
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    @Test
    void abortWhileAChunkIsReadEndsWhenTheChunkIsReturned() {
        start(true);
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        CompletableFuture<Long> next = send(0, 1);
        handler.connection().abort();
        assertTrue(transport.closed);
        assertNull(handler.reason, "the task still uses the chunk");
        settle();
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
        assertInstanceOf(ClosedChannelException.class, failureOf(sent));
        assertInstanceOf(ClosedChannelException.class, failureOf(next));
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aNetworkThatFailsFailsTheFile(boolean transparent) {
        start(transparent);
        transport.window = CHUNK;
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        settle();
        transport.fail(new IOException("reset"));
        settle();
        assertEquals(CloseReason.IO_FAILED, handler.reason);
        assertInstanceOf(ClosedChannelException.class, failureOf(sent));
    }

    @Test
    void aPeerThatBreaksTheProtocolFailsTheFile() {
        start(false);
        transport.window = 0;
        CompletableFuture<Long> sent = send(0, 2 * CHUNK);
        settle();
        transport.receive(FrameFilter.frame((byte) 99));
        settle();
        transport.window = Long.MAX_VALUE;
        transport.receiveEnd();
        settle();
        assertEquals(CloseReason.PROTOCOL_VIOLATION, handler.reason);
        assertInstanceOf(ClosedChannelException.class, failureOf(sent));
    }

    @Test
    void cancelingTheFutureAbortsTheConnection() {
        start(true);
        transport.window = 0;
        CompletableFuture<Long> sent = send(0, TestFile.LENGTH);
        settle();
        assertTrue(sent.cancel(true));
        settle();
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
    }

    @Test
    void aCompletedFutureCannotBeCancelled() throws Exception {
        start(true);
        CompletableFuture<Long> sent = send(0, 10);
        settle();
        assertFalse(sent.cancel(true));
        assertEquals(10L, sent.get());
        assertNull(handler.reason);
    }

    @Test
    void aConnectionThatIsClosedSendsNoFile() {
        start(true);
        handler.connection().close();
        assertInstanceOf(ClosedChannelException.class, failureOf(send(0, 10)));
        transport.receiveEnd();
        settle();
        assertInstanceOf(ClosedChannelException.class, failureOf(send(0, 10)));
        assertEquals(0, transport.sent.size());
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
    }

    @Test
    void impossibleRangesAreRefusedAtOnce() {
        start(true);
        for (long[] wrong : new long[][] {{-1, 0}, {0, -1}, {1, Long.MAX_VALUE}}) {
            assertThrows(
                    IllegalArgumentException.class,
                    () -> handler.connection().sendFile(TestFile.CHANNEL, wrong[0], wrong[1]));
        }
        assertNull(handler.reason);
    }
}
