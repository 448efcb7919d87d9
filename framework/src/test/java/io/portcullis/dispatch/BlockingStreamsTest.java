// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Gate;
import io.portcullis.channel.BlockingSession;
import io.portcullis.channel.BlockingStreams;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.dispatch.ChannelPair.Kind;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.nio.channels.ClosedChannelException;
import java.time.Duration;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Blocking streams, and where they refuse to block. */
@Timeout(60)
class BlockingStreamsTest {
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void endThreads() throws Exception {
        threads.shutdown();
        assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
    }

    private static BlockingStreams streams(ChannelPair pair) {
        return ((ConnectionChannel) pair.channel).streams();
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void readAndWriteEveryByte(Kind kind) throws Exception {
        byte[] sent = new byte[300_000];
        new Random(11).nextBytes(sent);
        try (ChannelPair pair = ChannelPair.of(kind)) {
            BlockingStreams streams = streams(pair);
            CompletableFuture<Void> echo = CompletableFuture.runAsync(
                    () -> unchecked(() -> {
                        OutputStream out = streams.output();
                        streams.input().transferTo(out);
                        streams.close();
                    }),
                    threads);
            CompletableFuture<Void> writer = CompletableFuture.runAsync(
                    () -> unchecked(() -> {
                        pair.peer.getOutputStream().write(sent);
                        pair.peer.shutdownOutput();
                    }),
                    threads);
            assertArrayEquals(sent, pair.peer.getInputStream().readAllBytes());
            echo.get(20, TimeUnit.SECONDS);
            writer.get(20, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"PLAIN", "TLS"})
    void singleBytesAndTheEnd(Kind kind) throws Exception {
        try (ChannelPair pair = ChannelPair.of(kind)) {
            BlockingStreams streams = streams(pair);
            streams.output().write(200);
            assertEquals(200, pair.peer.getInputStream().read());
            pair.peer.getOutputStream().write(new byte[] {(byte) 255, 0});
            pair.peer.shutdownOutput();
            assertEquals(255, streams.input().read());
            assertEquals(0, streams.input().read());
            assertEquals(0, streams.input().read(new byte[0]));
            assertEquals(-1, streams.input().read());
            assertEquals(-1, streams.input().read());
            streams.close();
            assertThrows(ClosedChannelException.class, () -> streams.input().read());
            assertThrows(ClosedChannelException.class, () -> streams.output().write(1));
            // As with a socket's stream, writing no bytes does nothing, and does not wait for space
            streams.output().write(new byte[0]);
        }
    }

    @Test
    void refuseToWaitOnADispatcherThreadWithARemedy() throws Exception {
        try (ChannelPair pair = ChannelPair.of(Kind.PLAIN)) {
            BlockingStreams streams = streams(pair);
            for (BlockingSession code : new BlockingSession[] {
                s -> s.input().read(), s -> s.output().write(1)
            }) {
                CompletableFuture<Throwable> refusal = new CompletableFuture<>();
                streams.connection().execute(() -> {
                    refusal.complete(assertThrows(IllegalStateException.class, () -> code.serve(streams)));
                });
                String message = String.valueOf(refusal.get(20, TimeUnit.SECONDS));
                assertTrue(message.contains("a thread that serves many connections"), message);
                assertTrue(message.contains("ChannelHandler.blocking"), message);
            }
            assertTrue(pair.channel.isOpen());
        }
    }

    @Test
    void refuseToWaitInACallbackOfTheirOwnConnectionOnAnyThread() throws Exception {
        CompletableFuture<Throwable> refusal = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .callbackExecutor(threads)
                    .handler(() -> new ChannelHandler(channel -> refusal.complete(assertThrows(
                            IllegalStateException.class,
                            () -> channel.streams().input().read()))))
                    .start();
            TestDispatcher.connect(server).close();
            String message = String.valueOf(refusal.get(20, TimeUnit.SECONDS));
            assertTrue(message.contains("within a callback of its own connection"), message);
        }
    }

    @Test
    void anInterruptClosesTheChannelAndStays() throws Exception {
        try (ChannelPair pair = ChannelPair.of(Kind.PLAIN)) {
            CompletableFuture<Boolean> interrupted = new CompletableFuture<>();
            Thread reader = new Thread(() -> {
                assertThrows(
                        InterruptedIOException.class,
                        () -> streams(pair).input().read());
                interrupted.complete(Thread.currentThread().isInterrupted());
            });
            reader.start();
            reader.interrupt();
            assertTrue(interrupted.get(20, TimeUnit.SECONDS));
            assertFalse(pair.channel.isOpen());
            assertEquals(-1, pair.peer.getInputStream().read());
        }
    }

    @ParameterizedTest
    @EnumSource(Outcome.class)
    void aSessionEndsItsConnectionWithItself(Outcome outcome) throws Exception {
        try (Rig rig = new Rig(
                Gate.plain(),
                () -> ChannelHandler.blocking(
                        threads, streams -> outcome.end(streams.input().read(), streams)),
                settings -> outcome == Outcome.TIMEOUT ? settings.idleTimeout(Duration.ofMillis(200)) : settings)) {
            try (var socket = rig.connect()) {
                socket.getOutputStream().write(1);
                socket.getInputStream().readAllBytes();
                Rig.End end = rig.nextEnd();
                assertEquals(outcome.reason, end.reason());
                if (outcome == Outcome.CHECKED) {
                    assertTrue(String.valueOf(end.cause()).endsWith("on purpose"));
                }
            } catch (IOException reset) {
                assertEquals(outcome.reason, rig.nextEnd().reason());
            }
        }
    }

    enum Outcome {
        RETURN(CloseReason.LOCAL_CLOSE),
        UNCHECKED(CloseReason.HANDLER_FAILED),
        CHECKED(CloseReason.HANDLER_FAILED),
        CLOSED(CloseReason.LOCAL_CLOSE),
        TIMEOUT(CloseReason.IDLE_TIMEOUT);

        private final CloseReason reason;

        Outcome(CloseReason reason) {
            this.reason = reason;
        }

        void end(int first, BlockingStreams streams) throws Exception {
            assertEquals(1, first);
            switch (this) {
                case RETURN -> {}
                case UNCHECKED -> throw new IllegalStateException("on purpose");
                case CHECKED -> throw new Exception("on purpose");
                case CLOSED -> {
                    streams.close();
                    streams.input().read();
                }
                case TIMEOUT -> streams.input().read();
            }
        }
    }

    private interface Throwing {
        void run() throws IOException;
    }

    private static void unchecked(Throwing code) {
        try {
            code.run();
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }
}
