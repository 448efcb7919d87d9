// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.dispatch.ChannelPair.Kind;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AlreadyBoundException;
import java.nio.channels.AlreadyConnectedException;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.InterruptedByTimeoutException;
import java.nio.channels.ReadPendingException;
import java.nio.channels.WritePendingException;
import java.nio.channels.spi.AsynchronousChannelProvider;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * What the JDK documents for {@link AsynchronousSocketChannel} beyond a byte channel, checked for the JDK's own channel
 * and ours.
 */
@Timeout(60)
class SocketChannelConformanceTest {
    private static final int SOON = 50;

    /** Counts its calls. */
    private static final class Recorder<V> implements CompletionHandler<V, String> {
        final BlockingQueue<Object> calls = new LinkedBlockingQueue<>();

        @Override
        public void completed(V result, String attachment) {
            calls.add(attachment + " " + result);
        }

        @Override
        public void failed(Throwable cause, String attachment) {
            calls.add(cause.getClass());
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
    void aReadThatTimesOutFailsAndEveryLaterReadIsIllegal(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder<Integer> one = new Recorder<>();
            pair.channel.read(ByteBuffer.allocate(1), SOON, TimeUnit.MILLISECONDS, "read", one);
            assertSame(InterruptedByTimeoutException.class, one.next());
            assertTrue(pair.channel.isOpen());
            pair.peer.getOutputStream().write(7);
            assertRefused(() -> pair.channel.read(ByteBuffer.allocate(1)));
            assertRefused(() -> pair.channel.read(ByteBuffer.allocate(0)));
            assertRefused(() -> pair.channel.read(ByteBuffer.allocate(1), "read", one));
            assertRefused(() -> pair.channel.read(
                    new ByteBuffer[] {ByteBuffer.allocate(1)}, 0, 1, 0, TimeUnit.SECONDS, "read", new Recorder<>()));
            assertEquals(1, pair.channel.write(ByteBuffer.wrap(new byte[] {9})).get(20, TimeUnit.SECONDS));
            assertEquals(9, pair.peer.getInputStream().read());
            pair.channel.close();
            pair.channel.read(ByteBuffer.allocate(1), "read", one);
            assertSame(ClosedChannelException.class, one.next());
            assertTrue(one.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void aWriteThatTimesOutFailsAndEveryLaterWriteIsIllegal(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder<Integer> recorder = new Recorder<>();
            Object outcome;
            do {
                pair.channel.write(ByteBuffer.allocate(1 << 16), 10L * SOON, TimeUnit.MILLISECONDS, "write", recorder);
                outcome = recorder.next();
            } while (!outcome.equals(InterruptedByTimeoutException.class));
            assertTrue(pair.channel.isOpen());
            assertRefused(() -> pair.channel.write(ByteBuffer.allocate(1)));
            assertRefused(() -> pair.channel.write(ByteBuffer.allocate(0)));
            assertRefused(() -> pair.channel.write(
                    new ByteBuffer[] {ByteBuffer.allocate(1)}, 0, 1, 0, TimeUnit.SECONDS, "write", new Recorder<>()));
            pair.peer.getOutputStream().write(7);
            assertEquals(1, pair.channel.read(ByteBuffer.allocate(1)).get(20, TimeUnit.SECONDS));
            assertTrue(recorder.calls.isEmpty());
        }
    }

    private static void assertRefused(Executable operation) {
        assertSame(
                IllegalStateException.class,
                assertThrows(IllegalStateException.class, operation).getClass());
    }

    @ParameterizedTest
    @EnumSource
    void operationsInTimeDoNotTimeOut(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder<Integer> recorder = new Recorder<>();
            for (int i = 0; i < 3; i++) {
                ByteBuffer target = ByteBuffer.allocate(1);
                pair.channel.read(target, 1, TimeUnit.HOURS, "read", recorder);
                pair.peer.getOutputStream().write(i);
                assertEquals("read 1", recorder.next());
                assertEquals(i, target.get(0));
                pair.channel.write(ByteBuffer.allocate(2), 1, TimeUnit.HOURS, "write", recorder);
                assertEquals("write 2", recorder.next());
            }
            pair.channel.read(ByteBuffer.allocate(1), -1, TimeUnit.SECONDS, "read", recorder);
            pair.peer.shutdownOutput();
            assertEquals("read -1", recorder.next());
            assertTrue(recorder.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void scattersReceivedBytesOverBuffersInTheirOrder(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ByteBuffer[] targets = {
                ByteBuffer.allocate(1),
                ByteBuffer.allocate(4).position(2),
                ByteBuffer.allocate(0),
                ByteBuffer.allocateDirect(9),
                ByteBuffer.allocate(1)
            };
            Recorder<Long> recorder = new Recorder<>();
            pair.channel.read(targets, 1, 3, 1, TimeUnit.HOURS, "read", recorder);
            assertThrows(ReadPendingException.class, () -> pair.channel.read(ByteBuffer.allocate(1)));
            pair.peer.getOutputStream().write(new byte[] {1, 2, 3, 4, 5});
            assertEquals("read 5", recorder.next());
            assertEquals(0, targets[0].position());
            assertArrayEquals(new byte[] {0, 0, 1, 2}, targets[1].array());
            assertEquals(ByteBuffer.wrap(new byte[] {3, 4, 5}), targets[3].flip());
            assertEquals(0, targets[4].position());
            pair.peer.shutdownOutput();
            pair.channel.read(targets, 4, 1, 0, TimeUnit.SECONDS, "read", recorder);
            assertEquals("read -1", recorder.next());
        }
    }

    @ParameterizedTest
    @EnumSource
    void gathersBuffersInTheirOrder(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ByteBuffer[] sources = {
                ByteBuffer.wrap(new byte[] {9}),
                ByteBuffer.wrap(new byte[] {1, 2, 9}).limit(2),
                ByteBuffer.allocate(0),
                ByteBuffer.wrap(new byte[] {9, 3}).position(1).asReadOnlyBuffer(),
                ByteBuffer.wrap(new byte[] {9})
            };
            Recorder<Long> recorder = new Recorder<>();
            pair.channel.write(sources, 1, 3, 1, TimeUnit.HOURS, "write", recorder);
            assertEquals("write 3", recorder.next());
            assertArrayEquals(new byte[] {1, 2, 3}, pair.peer.getInputStream().readNBytes(3));
            assertEquals(0, sources[0].position());
            assertEquals(2, sources[1].position());
            assertEquals(2, sources[3].position());
            assertEquals(0, sources[4].position());
        }
    }

    @ParameterizedTest
    @EnumSource
    void gathersAMegabyteOfBuffersOfEverySize(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            byte[] sent = new byte[1 << 20];
            new Random(4711).nextBytes(sent);
            ByteBuffer[] sources = new ByteBuffer[16];
            int begin = 0;
            for (int i = 0; i < sources.length; i++) {
                int end = i == sources.length - 1 ? sent.length : Math.min(sent.length, begin + (1 << (i + 3)));
                sources[i] = ByteBuffer.wrap(sent, begin, end - begin);
                begin = end;
            }
            CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> {
                try {
                    return pair.peer.getInputStream().readNBytes(sent.length);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            });
            Recorder<Long> recorder = new Recorder<>();
            while (sources[sources.length - 1].hasRemaining()) {
                pair.channel.write(sources, 0, sources.length, 0, TimeUnit.SECONDS, "write", recorder);
                assertTrue(recorder.next().toString().startsWith("write "));
            }
            assertArrayEquals(sent, received.get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @EnumSource
    void withoutRoomTheVectoredFormsReturnZero(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            ByteBuffer[] none = {ByteBuffer.allocate(0), ByteBuffer.allocate(0)};
            Recorder<Long> recorder = new Recorder<>();
            pair.channel.write(none, 0, 2, 0, TimeUnit.SECONDS, "write", recorder);
            assertEquals("write 0", recorder.next());
            pair.channel.write(none, 0, 0, 0, TimeUnit.SECONDS, "write", recorder);
            assertEquals("write 0", recorder.next());
            pair.channel.read(none, 0, 2, 0, TimeUnit.SECONDS, "read", recorder);
            assertEquals("read 0", recorder.next());
        }
    }

    @ParameterizedTest
    @EnumSource
    void argumentsThatAreWrongAreRefused(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            AsynchronousSocketChannel channel = pair.channel;
            ByteBuffer[] buffers = {
                ByteBuffer.allocate(1), ByteBuffer.allocate(1).asReadOnlyBuffer()
            };
            Recorder<Long> many = new Recorder<>();
            assertThrows(
                    IndexOutOfBoundsException.class, () -> channel.read(buffers, 1, 2, 0, TimeUnit.SECONDS, "", many));
            assertThrows(
                    IndexOutOfBoundsException.class,
                    () -> channel.write(buffers, -1, 1, 0, TimeUnit.SECONDS, "", many));
            assertThrows(
                    IllegalArgumentException.class, () -> channel.read(buffers, 0, 2, 0, TimeUnit.SECONDS, "", many));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> channel.read(buffers[1], 1, TimeUnit.SECONDS, "", new Recorder<>()));
            assertThrows(
                    NullPointerException.class,
                    () -> channel.read(buffers[0], 1, TimeUnit.SECONDS, "", (CompletionHandler<Integer, String>) null));
            assertThrows(
                    NullPointerException.class,
                    () -> channel.write(
                            buffers, 0, 1, 1, TimeUnit.SECONDS, "", (CompletionHandler<Long, String>) null));
            assertTrue(many.calls.isEmpty());
        }
    }

    @ParameterizedTest
    @EnumSource
    void knowsBothAddressesUntilItIsClosed(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            assertEquals(pair.peer.getLocalSocketAddress(), pair.channel.getRemoteAddress());
            assertEquals(pair.peer.getRemoteSocketAddress(), pair.channel.getLocalAddress());
            pair.channel.close();
            assertThrows(ClosedChannelException.class, pair.channel::getRemoteAddress);
            assertThrows(ClosedChannelException.class, pair.channel::getLocalAddress);
        }
    }

    @ParameterizedTest
    @EnumSource
    void optionsAreThoseOfTheSocket(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind);
                AsynchronousSocketChannel any = AsynchronousSocketChannel.open()) {
            AsynchronousSocketChannel channel = pair.channel;
            assertEquals(any.supportedOptions(), channel.supportedOptions());
            assertFalse(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertSame(channel, channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true));
            assertTrue(channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            channel.setOption(StandardSocketOptions.TCP_NODELAY, false);
            assertFalse(channel.getOption(StandardSocketOptions.TCP_NODELAY));
            assertTrue(channel.setOption(StandardSocketOptions.SO_SNDBUF, 32 * 1024)
                            .getOption(StandardSocketOptions.SO_SNDBUF)
                    > 0);
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> channel.setOption(StandardSocketOptions.IP_MULTICAST_TTL, 1));
            assertThrows(
                    UnsupportedOperationException.class,
                    () -> channel.getOption(StandardSocketOptions.IP_MULTICAST_TTL));
            assertThrows(IllegalArgumentException.class, () -> channel.setOption(StandardSocketOptions.SO_SNDBUF, -1));
            channel.close();
            assertThrows(ClosedChannelException.class, () -> channel.getOption(StandardSocketOptions.SO_KEEPALIVE));
            assertThrows(
                    ClosedChannelException.class, () -> channel.setOption(StandardSocketOptions.SO_KEEPALIVE, true));
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterShutdownOfTheInputReadsAreAtTheEndAndWritesGoOn(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            assertSame(pair.channel, pair.channel.shutdownInput());
            pair.channel.shutdownInput();
            Recorder<Integer> recorder = new Recorder<>();
            pair.channel.read(ByteBuffer.allocate(1), "read", recorder);
            assertEquals("read -1", recorder.next());
            pair.channel.read(ByteBuffer.allocate(0), "read", recorder);
            assertEquals("read -1", recorder.next());
            Recorder<Long> many = new Recorder<>();
            pair.channel.read(new ByteBuffer[] {ByteBuffer.allocate(1)}, 0, 1, 1, TimeUnit.HOURS, "read", many);
            assertEquals("read -1", many.next());
            assertTrue(pair.channel.isOpen());
            assertEquals(1, pair.channel.write(ByteBuffer.wrap(new byte[] {9})).get(20, TimeUnit.SECONDS));
            assertEquals(9, pair.peer.getInputStream().read());
            pair.channel.close();
            assertThrows(ClosedChannelException.class, pair.channel::shutdownInput);
        }
    }

    @ParameterizedTest
    @EnumSource
    void afterShutdownOfTheOutputThePeerIsAtTheEndAndReadsGoOn(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            assertEquals(1, pair.channel.write(ByteBuffer.wrap(new byte[] {9})).get(20, TimeUnit.SECONDS));
            assertSame(pair.channel, pair.channel.shutdownOutput());
            pair.channel.shutdownOutput();
            assertEquals(9, pair.peer.getInputStream().read());
            assertEquals(-1, pair.peer.getInputStream().read());
            Recorder<Integer> recorder = new Recorder<>();
            pair.channel.write(ByteBuffer.allocate(1), "write", recorder);
            assertSame(ClosedChannelException.class, recorder.next());
            Future<Integer> empty = pair.channel.write(ByteBuffer.allocate(0));
            ExecutionException failure = assertThrows(ExecutionException.class, () -> empty.get(20, TimeUnit.SECONDS));
            assertInstanceOf(ClosedChannelException.class, failure.getCause());
            assertTrue(pair.channel.isOpen());
            pair.peer.getOutputStream().write(7);
            assertEquals(1, pair.channel.read(ByteBuffer.allocate(5)).get(20, TimeUnit.SECONDS));
            pair.channel.close();
            assertThrows(ClosedChannelException.class, pair.channel::shutdownOutput);
        }
    }

    @ParameterizedTest
    @EnumSource
    void aConnectedChannelIsNeitherBoundNorConnectedAgain(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder<Void> recorder = new Recorder<>();
            assertThrows(AlreadyBoundException.class, () -> pair.channel.bind(TestDispatcher.ANY_PORT));
            assertThrows(AlreadyConnectedException.class, () -> pair.channel.connect(TestDispatcher.ANY_PORT));
            assertThrows(
                    AlreadyConnectedException.class,
                    () -> pair.channel.connect(TestDispatcher.ANY_PORT, "connect", recorder));
            pair.channel.close();
            assertThrows(ClosedChannelException.class, () -> pair.channel.bind(TestDispatcher.ANY_PORT));
            pair.channel.connect(TestDispatcher.ANY_PORT, "connect", recorder);
            assertSame(ClosedChannelException.class, recorder.next());
            assertTrue(pair.channel.provider().equals(AsynchronousChannelProvider.provider()));
        }
    }

    @ParameterizedTest
    @EnumSource
    void onlyOneWriteMayBePendingInWhicheverForm(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            Recorder<Long> recorder = new Recorder<>();
            ByteBuffer[] sources = {ByteBuffer.allocate(1 << 15), ByteBuffer.allocate(1 << 15)};
            Object outcome;
            do {
                pair.channel.write(
                        new ByteBuffer[] {sources[0].clear(), sources[1].clear()},
                        0,
                        2,
                        0,
                        TimeUnit.SECONDS,
                        "write",
                        recorder);
                outcome = recorder.calls.poll(1, TimeUnit.SECONDS);
            } while (outcome != null);
            assertThrows(WritePendingException.class, () -> pair.channel.write(ByteBuffer.allocate(1)));
            assertThrows(
                    WritePendingException.class,
                    () -> pair.channel.write(sources, 0, 0, 0, TimeUnit.SECONDS, "write", recorder));
        }
    }
}
