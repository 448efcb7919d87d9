// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.NonBlocking;
import io.portcullis.internal.connection.ConnectionInsides;
import io.portcullis.internal.connection.SocketConnection;
import io.portcullis.tls.TestCertificates;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Callbacks on an application's executor, over real sockets. */
@Timeout(60)
class CallbacksOnTest {
    private TestDispatcher test;
    private ExecutorService executor;

    @BeforeEach
    void open() throws Exception {
        test = new TestDispatcher(2);
        executor = Executors.newFixedThreadPool(2);
    }

    @AfterEach
    void everythingIsReturned() throws Exception {
        test.close();
        executor.shutdown();
        assertTrue(executor.awaitTermination(20, TimeUnit.SECONDS));
    }

    private Server.Builder server(Gate gate, java.util.function.Supplier<? extends ConnectionHandler> handlers) {
        return Server.builder(test.dispatcher)
                .listen(TestDispatcher.ANY_PORT, gate)
                .handler(handlers)
                .callbackExecutor(executor);
    }

    /** Blocks at its first data until the test releases it. */
    private static final class Blocking implements ConnectionHandler {
        private final CountDownLatch blocked;
        private final CountDownLatch release;
        private final BlockingQueue<CloseReason> ends;

        Blocking(CountDownLatch blocked, CountDownLatch release, BlockingQueue<CloseReason> ends) {
            this.blocked = blocked;
            this.release = release;
            this.ends = ends;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            blocked.countDown();
            RealClients.awaitUninterruptibly(release);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            ends.add(reason);
        }
    }

    @Test
    @DisplayName("R28 with every thread of the executor blocked, accept, handshakes, deadlines and close still work")
    void aBlockedExecutorHoldsUpCallbacksOnly() throws Exception {
        CountDownLatch blocked = new CountDownLatch(2);
        CountDownLatch release = new CountDownLatch(1);
        BlockingQueue<CloseReason> ends = new LinkedBlockingQueue<>();
        List<Socket> sockets = new ArrayList<>();
        Server server = server(
                        Gate.detect(TestCertificates.serverProfile()), () -> new Blocking(blocked, release, ends))
                .idleTimeout(Duration.ofMillis(700))
                .closeTimeout(Duration.ofMillis(300))
                .start();
        try {
            for (int i = 0; i < 2; i++) {
                Socket socket = TestDispatcher.connect(server);
                sockets.add(socket);
                socket.getOutputStream().write(1);
            }
            assertTrue(blocked.await(20, TimeUnit.SECONDS));
            Socket third = TestDispatcher.connect(server);
            sockets.add(third);
            TlsPeer handshake = new TlsPeer(third, "TLSv1.3");
            handshake.wrap(ByteBuffer.allocate(1)).flush();
            for (Socket socket : sockets) {
                awaitEnd(socket);
            }
            assertTrue(ends.isEmpty());
            Socket fourth = TestDispatcher.connect(server);
            sockets.add(fourth);
            new TlsPeer(fourth, "TLSv1.3");
            server.close();
            awaitEnd(fourth);
            assertFalse(server.closed().isDone());
        } finally {
            release.countDown();
        }
        server.closed().get(20, TimeUnit.SECONDS);
        assertEquals(4, ends.size());
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The stream ends; it is truncated if the server has not yet read the peer's last bytes, such as its Finished. */
    private static void awaitEnd(Socket socket) throws IOException {
        try {
            socket.getInputStream().readAllBytes();
        } catch (SocketException cut) {
            assertEquals("Connection reset", cut.getMessage());
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @DisplayName(
            "R28 callbacks run in order, never concurrently, never on a dispatcher thread, and every byte is right")
    void echoesEveryByte(boolean tls) throws Exception {
        AtomicInteger overlaps = new AtomicInteger();
        AtomicInteger onDispatcher = new AtomicInteger();
        Gate gate = tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain();
        Server server = server(gate, () -> new ConnectionHandler() {
                    private final AtomicInteger inside = new AtomicInteger();

                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        overlaps.addAndGet(inside.getAndIncrement());
                        onDispatcher.addAndGet(Thread.currentThread() instanceof NonBlocking ? 1 : 0);
                        connection.write(data);
                        inside.decrementAndGet();
                    }
                })
                .start();
        byte[] sent = new byte[300_000];
        new Random(28).nextBytes(sent);
        try (Socket plain = TestDispatcher.connect(server);
                Socket socket = tls ? secured(plain) : plain) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(socket, sent));
            byte[] received = new byte[sent.length];
            new DataInputStream(socket.getInputStream()).readFully(received);
            org.junit.jupiter.api.Assertions.assertArrayEquals(sent, received);
            writer.get(20, TimeUnit.SECONDS);
        }
        assertEquals(0, overlaps.get());
        assertEquals(0, onDispatcher.get());
    }

    private static Socket secured(Socket plain) throws IOException {
        return TestCertificates.jdkClientContext()
                .getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), true);
    }

    private static void write(Socket socket, byte[] bytes) {
        try {
            socket.getOutputStream().write(bytes);
        } catch (IOException failure) {
            throw new java.io.UncheckedIOException(failure);
        }
    }

    @Test
    void aRelayNeedsNoExecutor() throws Exception {
        Server echo = test.server(Gate.plain(), () -> Connection::write);
        Server relay = Server.builder(test.dispatcher)
                .listen(
                        TestDispatcher.ANY_PORT,
                        peer -> Decision.relay(echo.addresses().get(0)))
                .handler(() -> Connection::write)
                .callbackExecutor(task -> {
                    throw new RejectedExecutionException("no application code may run");
                })
                .start();
        byte[] sent = new byte[300_000];
        new Random(29).nextBytes(sent);
        try (Socket socket = TestDispatcher.connect(relay)) {
            CompletableFuture<Void> writer = CompletableFuture.runAsync(() -> write(socket, sent));
            byte[] received = new byte[sent.length];
            new DataInputStream(socket.getInputStream()).readFully(received);
            org.junit.jupiter.api.Assertions.assertArrayEquals(sent, received);
            writer.get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void aClientIsNotifiedOnItsExecutor() throws Exception {
        Server server = test.server(Gate.plain(), () -> Connection::write);
        Client client =
                Client.builder(test.dispatcher).callbackExecutor(executor).build();
        BlockingQueue<String> threads = new LinkedBlockingQueue<>();
        Connection connection = client.connect(
                        "127.0.0.1", server.addresses().get(0).getPort(), (c, data) -> {
                            data.position(data.limit());
                            threads.add(Thread.currentThread() instanceof NonBlocking ? "dispatcher" : "executor");
                            c.close();
                        })
                .get(20, TimeUnit.SECONDS);
        connection.write(ByteBuffer.allocate(1));
        assertEquals("executor", threads.poll(20, TimeUnit.SECONDS));
        assertEquals(CloseReason.LOCAL_CLOSE, connection.closed().get(20, TimeUnit.SECONDS));
    }

    private static void together(CyclicBarrier start, Runnable asks) {
        try {
            start.await(20, TimeUnit.SECONDS);
        } catch (Exception failure) {
            throw new IllegalStateException(failure);
        }
        asks.run();
    }

    @Test
    void pauseAndResumeOfTwoThreadsLeaveAConnectionThatReceivesOrOneThatDoesNot() throws Exception {
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        Server server = server(Gate.plain(), () -> new ConnectionHandler() {
                    @Override
                    public void onOpen(Connection connection) {
                        opened.complete(connection);
                    }

                    @Override
                    public void onData(Connection connection, ByteBuffer data) {}
                })
                .start();
        ExecutorService two = Executors.newFixedThreadPool(2);
        try (Socket socket = TestDispatcher.connect(server)) {
            assertTrue(socket.isConnected());
            SocketConnection connection = (SocketConnection) opened.get(20, TimeUnit.SECONDS);
            CyclicBarrier start = new CyclicBarrier(2);
            for (int i = 0; i < 3000; i++) {
                var pause = CompletableFuture.runAsync(() -> together(start, connection::pause), two);
                var resume = CompletableFuture.runAsync(() -> together(start, connection::resume), two);
                CompletableFuture.allOf(pause, resume).get(20, TimeUnit.SECONDS);
                CompletableFuture<Boolean> paused = new CompletableFuture<>();
                connection.tell(() -> paused.complete(ConnectionInsides.paused(connection)));
                assertEquals(!paused.get(20, TimeUnit.SECONDS), connection.receiving(), "in round " + i);
            }
        } finally {
            two.shutdown();
        }
    }
}
