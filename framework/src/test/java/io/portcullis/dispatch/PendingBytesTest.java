// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bytes count as pending from the moment the write is accepted, whichever thread writes them. */
@Timeout(120)
class PendingBytesTest {
    private static final int LENGTH = 16 << 20;

    @TempDir
    private static Path folder;

    private static final List<BiConsumer<Connection, Path>> WRITES = List.of(
            (connection, file) -> connection.write(ByteBuffer.allocate(LENGTH)),
            (connection, file) -> {
                var unused = connection.send(ByteBuffer.allocate(LENGTH));
            },
            (connection, file) -> {
                try {
                    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
                    var unused = connection.sendFile(channel, 0, LENGTH).whenComplete((count, failure) -> {
                        try {
                            channel.close();
                        } catch (java.io.IOException impossible) {
                            throw new AssertionError(impossible);
                        }
                    });
                } catch (java.io.IOException failure) {
                    throw new AssertionError(failure);
                }
            });

    private static Stream<BiConsumer<Connection, Path>> writes() {
        return WRITES.stream();
    }

    @ParameterizedTest
    @MethodSource("writes")
    void countsWritesOfACallbackOnAnExecutor(BiConsumer<Connection, Path> write) throws Exception {
        Path file = Files.write(folder.resolve("file"), new byte[LENGTH]);
        CompletableFuture<Long> pending = new CompletableFuture<>();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .callbackExecutor(executor)
                    .handler(() -> (connection, data) -> {
                        data.position(data.limit());
                        write.accept(connection, file);
                        pending.complete(connection.pendingBytes());
                    })
                    .start();
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write(1);
                long counted = pending.get(60, TimeUnit.SECONDS);
                assertTrue(counted > LENGTH / 4, counted + " bytes pending; the sockets hold a few megabytes at most");
            }
        } finally {
            executor.shutdown();
        }
    }

    /** Answers each frame with a megabyte. */
    private static final class Generous extends FrameHandler {
        private final AtomicInteger frames;

        Generous(AtomicInteger frames) {
            super(LengthField.ofBytes(4), 100);
            this.frames = frames;
        }

        @Override
        protected void onFrame(Connection connection, ByteBuffer frame) {
            frames.incrementAndGet();
            connection.write(ByteBuffer.allocate(1 << 20));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPeerThatReadsNothingCausesNoFurtherRequests(boolean tls) throws Exception {
        AtomicInteger frames = new AtomicInteger();
        CompletableFuture<CloseReason> ended = new CompletableFuture<>();
        AtomicReference<Connection> served = new AtomicReference<>();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain())
                    .callbackExecutor(executor)
                    .handler(() -> observed(new Generous(frames), served, ended))
                    .start();
            try (Socket socket = TestDispatcher.connect(server, tls)) {
                byte[] requests = new byte[500 * 5];
                for (int i = 0; i < 500; i++) {
                    requests[5 * i + 3] = 1;
                }
                socket.getOutputStream().write(requests);
                // Waiting until the strand and the executor are idle takes no time, only a turn of each.
                while (served.get() == null || served.get().pendingBytes() == 0) {
                    Thread.onSpinWait();
                }
                for (int i = 0; i < 100; i++) {
                    CompletableFuture<Boolean> turn = new CompletableFuture<>();
                    served.get().execute(() -> turn.complete(true));
                    assertTrue(turn.get(60, TimeUnit.SECONDS));
                }
                assertTrue(frames.get() < 100, frames + " requests were delivered");
            }
            assertTrue(ended.get(60, TimeUnit.SECONDS) != null);
        } finally {
            executor.shutdown();
        }
    }

    private static ConnectionHandler observed(
            ConnectionHandler handler, AtomicReference<Connection> served, CompletableFuture<CloseReason> ended) {
        return new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                served.set(connection);
                handler.onOpen(connection);
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                handler.onData(connection, data);
            }

            @Override
            public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                ended.complete(reason);
            }
        };
    }

    @Test
    void isZeroAgainWhenEverythingIsSentOrRefused() {
        VirtualMachine machine = new VirtualMachine();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = new RecordingHandler();
        machine.start(transport, new PlainFilter(), handler);
        Connection connection = handler.connection();
        transport.window = 0;
        connection.write(ByteBuffer.allocate(100_000));
        connection.write(ByteBuffer.allocate(50_000), "", handler.completion());
        assertEquals(150_000, connection.pendingBytes());
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertEquals(0, connection.pendingBytes());
        connection.close();
        connection.write(ByteBuffer.allocate(50_000), "", handler.completion());
        assertEquals(0, connection.pendingBytes());
        connection.abort();
        transport.completeAll();
        transport.verify("at the end");
        machine.verify("at the end");
    }
}
