// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.dispatch.ChannelPair.Kind;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What the JDK documents for {@link AsynchronousByteChannel}, checked for the JDK's own channel and ours. */
@Timeout(60)
class ChannelConformanceTest {

    /** Counts its calls. */
    private static final class Recorder implements CompletionHandler<Integer, String> {
        final BlockingQueue<Object> calls = new LinkedBlockingQueue<>();

        @Override
        public void completed(Integer count, String attachment) {
            calls.add(attachment + " " + count);
        }

        @Override
        public void failed(Throwable cause, String attachment) {
            calls.add(cause);
        }

        Object next() throws InterruptedException {
            Object call = calls.poll(20, TimeUnit.SECONDS);
            if (call == null) {
                throw new AssertionError("the handler was not called");
            }
            return call;
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsIntoTheBufferBetweenPositionAndLimit(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ByteBuffer target = ByteBuffer.allocate(10).position(2).limit(5);
            Recorder recorder = new Recorder();
            pair.channel.read(target, "read", recorder);
            pair.peer.getOutputStream().write(new byte[] {1, 2, 3, 4, 5});
            assertEquals("read 3", recorder.next());
            assertEquals(5, target.position());
            assertEquals(5, target.limit());
            assertArrayEquals(new byte[] {0, 0, 1, 2, 3, 0, 0, 0, 0, 0}, target.array());
            ByteBuffer rest = ByteBuffer.allocateDirect(10);
            assertEquals(2, get(pair.channel.read(rest)));
            assertEquals(2, rest.position());
            assertEquals(4, rest.get(0));
            assertTrue(recorder.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void writesFromPositionAndMovesIt(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ByteBuffer source =
                    ByteBuffer.wrap(new byte[] {9, 1, 2, 3, 9}).position(1).limit(4);
            Recorder recorder = new Recorder();
            pair.channel.write(source.asReadOnlyBuffer(), "readonly", recorder);
            assertEquals("readonly 3", recorder.next());
            assertEquals(3, get(pair.channel.write(source)));
            assertEquals(4, source.position());
            assertEquals(4, source.limit());
            assertArrayEquals(
                    new byte[] {1, 2, 3, 1, 2, 3}, pair.peer.getInputStream().readNBytes(6));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSecondReadIsRefusedWhileOneIsPending(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Future<Integer> first = pair.channel.read(ByteBuffer.allocate(1));
            Recorder recorder = new Recorder();
            assertThrows(ReadPendingException.class, () -> pair.channel.read(ByteBuffer.allocate(1)));
            assertThrows(ReadPendingException.class, () -> pair.channel.read(ByteBuffer.allocate(1), "read", recorder));
            assertThrows(ReadPendingException.class, () -> pair.channel.read(ByteBuffer.allocate(0)));
            assertFalse(first.isDone());
            pair.peer.getOutputStream().write(7);
            assertEquals(1, get(first));
            assertTrue(recorder.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aSecondWriteIsRefusedWhileOneIsPending(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Future<Integer> pending = writeUntilPending(pair.channel);
            assertThrows(WritePendingException.class, () -> pair.channel.write(ByteBuffer.allocate(1)));
            assertThrows(WritePendingException.class, () -> pair.channel.write(ByteBuffer.allocate(0)));
            pair.channel.close();
            assertInstanceOf(AsynchronousCloseException.class, failure(pending));
        }
    }

    @ParameterizedTest
    @EnumSource
    void readsWhileAWriteIsPending(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Future<Integer> pending = writeUntilPending(pair.channel);
            pair.peer.getOutputStream().write(7);
            assertEquals(1, get(pair.channel.read(ByteBuffer.allocate(5))));
            assertFalse(pending.isDone());
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutSpaceReadsAndWritesReturnZero(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder recorder = new Recorder();
            pair.channel.read(ByteBuffer.allocate(0), "read", recorder);
            assertEquals("read 0", recorder.next());
            pair.channel.write(ByteBuffer.allocate(0), "write", recorder);
            assertEquals("write 0", recorder.next());
            assertEquals(0, get(pair.channel.read(ByteBuffer.allocate(0))));
            assertEquals(0, get(pair.channel.write(ByteBuffer.allocate(0))));
        }
    }

    @ParameterizedTest
    @EnumSource
    void theEndIsMinusOneEachTimeAfterTheLastByte(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            pair.peer.getOutputStream().write(7);
            pair.peer.shutdownOutput();
            ByteBuffer target = ByteBuffer.allocate(5);
            assertEquals(1, get(pair.channel.read(target)));
            assertEquals(-1, get(pair.channel.read(target)));
            Recorder recorder = new Recorder();
            pair.channel.read(target, "read", recorder);
            assertEquals("read -1", recorder.next());
            assertEquals(1, target.position());
            assertTrue(pair.channel.isOpen());
            assertEquals(1, get(pair.channel.write(ByteBuffer.allocate(1))));
            assertEquals(0, pair.peer.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aReadOnlyTargetIsAnIllegalArgument(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ByteBuffer target = ByteBuffer.allocate(1).asReadOnlyBuffer();
            Recorder recorder = new Recorder();
            assertThrows(IllegalArgumentException.class, () -> pair.channel.read(target));
            assertThrows(IllegalArgumentException.class, () -> pair.channel.read(target, "read", recorder));
            assertTrue(recorder.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void closeFailsPendingAndLaterOperations(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder recorder = new Recorder();
            pair.channel.read(ByteBuffer.allocate(1), "read", recorder);
            assertTrue(pair.channel.isOpen());
            pair.channel.close();
            pair.channel.close();
            assertFalse(pair.channel.isOpen());
            assertSame(AsynchronousCloseException.class, recorder.next().getClass());
            pair.channel.read(ByteBuffer.allocate(1), "read", recorder);
            assertSame(ClosedChannelException.class, recorder.next().getClass());
            pair.channel.write(ByteBuffer.allocate(1), "write", recorder);
            assertSame(ClosedChannelException.class, recorder.next().getClass());
            assertSame(
                    ClosedChannelException.class,
                    failure(pair.channel.read(ByteBuffer.allocate(1))).getClass());
            assertSame(
                    ClosedChannelException.class,
                    failure(pair.channel.write(ByteBuffer.allocate(1))).getClass());
            assertEquals(-1, pair.peer.getInputStream().read());
            assertTrue(recorder.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void cancellingForciblyClosesTheChannel(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Future<Integer> read = pair.channel.read(ByteBuffer.allocate(1));
            assertTrue(read.cancel(true));
            assertTrue(read.isCancelled());
            assertThrows(CancellationException.class, () -> get(read));
            assertFalse(pair.channel.isOpen());
            assertFalse(read.cancel(true));
        }
    }

    @ParameterizedTest
    @EnumSource
    void completedOperationsAreNotCancelled(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Future<Integer> write = pair.channel.write(ByteBuffer.allocate(1));
            assertEquals(1, get(write));
            assertFalse(write.cancel(true));
            assertFalse(write.isCancelled());
            assertTrue(pair.channel.isOpen());
        }
    }

    @ParameterizedTest
    @EnumSource
    void anAttachmentMayBeNull(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            CompletableFuture<Object> called = new CompletableFuture<>();
            pair.channel.write(ByteBuffer.allocate(1), null, new CompletionHandler<Integer, Object>() {
                @Override
                public void completed(Integer count, Object attachment) {
                    called.complete(attachment == null ? count : attachment);
                }

                @Override
                public void failed(Throwable cause, Object attachment) {
                    called.completeExceptionally(cause);
                }
            });
            assertEquals(1, called.get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource
    void carriesAMegabyteInBothDirectionsAtOnce(Kind kind) throws Exception {
        byte[] sent = new byte[1 << 20];
        new Random(4711).nextBytes(sent);
        try (ChannelPair pair = ChannelPair.of(kind)) {
            OutputStream out = pair.peer.getOutputStream();
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> {
                try {
                    out.write(sent);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
            CompletableFuture<byte[]> reader = CompletableFuture.supplyAsync(() -> {
                try {
                    return pair.peer.getInputStream().readNBytes(sent.length);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
            ByteBuffer received = ByteBuffer.allocate(sent.length);
            ByteBuffer echoed = received.duplicate().limit(0);
            while (echoed.position() < sent.length) {
                if (received.hasRemaining()) {
                    get(pair.channel.read(received));
                }
                echoed.limit(received.position());
                get(pair.channel.write(echoed));
            }
            assertNull(writer.get(20, TimeUnit.SECONDS));
            assertArrayEquals(sent, reader.get(20, TimeUnit.SECONDS));
        }
    }

    /** Writes to a peer that does not read, until a write does not complete at once. */
    private static Future<Integer> writeUntilPending(AsynchronousByteChannel channel) throws Exception {
        while (true) {
            Future<Integer> write = channel.write(ByteBuffer.allocate(1 << 16));
            try {
                write.get(1, TimeUnit.SECONDS);
            } catch (TimeoutException pending) {
                return write;
            }
        }
    }

    private static int get(Future<Integer> future) throws Exception {
        return future.get(20, TimeUnit.SECONDS);
    }

    private static Throwable failure(Future<Integer> future) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(future));
        return assertInstanceOf(Throwable.class, failure.getCause());
    }
}
