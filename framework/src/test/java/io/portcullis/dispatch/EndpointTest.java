// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import java.net.BindException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class EndpointTest {
    private static final ConnectionHandler ECHO = (connection, data) -> connection.write(data);

    private final Queue<CloseReason> reasons = new ConcurrentLinkedQueue<>();

    /** Records why it was closed. */
    private final class Closing implements ConnectionHandler {
        private final Runnable onData;

        Closing(Runnable onData) {
            this.onData = onData;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
            onData.run();
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            reasons.add(reason);
        }
    }

    @Test
    @DisplayName("R30 a dispatcher closed from inside a handler sends what was written, and terminates")
    void closesFromInsideAHandler() throws Exception {
        byte[] bye = {'b', 'y', 'e'};
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> new Closing(test.dispatcher::close));
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write(bye);
                assertArrayEquals(bye, socket.getInputStream().readAllBytes());
            }
            server.closed().get(20, TimeUnit.SECONDS);
            test.dispatcher.closed().get(20, TimeUnit.SECONDS);
            assertEquals(List.of(CloseReason.SHUTDOWN), List.copyOf(reasons));
        }
    }

    @Test
    @DisplayName("R30 a server that is closed from 100 threads at once closes each connection once")
    void closesFromManyThreadsAtOnce() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> new Closing(() -> {}));
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < 20; i++) {
                Socket socket = TestDispatcher.connect(server);
                socket.getOutputStream().write(i);
                assertEquals(i, socket.getInputStream().read());
                sockets.add(socket);
            }
            CountDownLatch go = new CountDownLatch(1);
            List<Thread> threads = new ArrayList<>();
            for (int i = 0; i < 100; i++) {
                Runnable close = i % 2 == 0 ? server::close : test.dispatcher::close;
                Thread thread = new Thread(() -> {
                    try {
                        go.await();
                        close.run();
                    } catch (InterruptedException never) {
                        throw new IllegalStateException(never);
                    }
                });
                thread.start();
                threads.add(thread);
            }
            go.countDown();
            for (Thread thread : threads) {
                thread.join();
            }
            for (Socket socket : sockets) {
                assertEquals(-1, socket.getInputStream().read());
                socket.close();
            }
            server.closed().get(20, TimeUnit.SECONDS);
            assertEquals(20, reasons.size());
            assertTrue(reasons.stream().allMatch(CloseReason.SHUTDOWN::equals), reasons.toString());
        }
    }

    @Test
    void namesThePortInUse() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1);
                ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            BindException failure = assertThrows(
                    BindException.class,
                    () -> Server.builder(test.dispatcher)
                            .listen(TestDispatcher.ANY_PORT, Gate.plain())
                            .listen((java.net.InetSocketAddress) taken.getLocalSocketAddress(), Gate.plain())
                            .handler(() -> ECHO)
                            .start());
            String text = String.valueOf(failure.getMessage());
            assertTrue(text.contains(":" + taken.getLocalPort()), text);
            assertTrue(text.contains("use another port"), text);
        }
    }

    @Test
    void returnsTheAddressesInTheOrderOfTheListenCalls() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain(), () -> new Greeting(1))
                    .listen(TestDispatcher.ANY_PORT, Gate.plain(), () -> new Greeting(2))
                    .start();
            assertEquals(2, server.addresses().size());
            for (int i = 0; i < 2; i++) {
                java.net.InetSocketAddress address = server.addresses().get(i);
                try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                    assertEquals(i + 1, socket.getInputStream().read());
                }
            }
        }
    }

    /** Sends one byte, and closes. */
    private record Greeting(int text) implements ConnectionHandler {
        @Override
        public void onOpen(Connection connection) {
            connection.write(new byte[] {(byte) text});
            connection.close();
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
        }
    }

    @Test
    void aConnectThatCannotBeStartedFailsItsFuture() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            Client client = Client.builder(test.dispatcher).build();
            assertFails(ConnectFailedException.class, client.connect("127.0.0.1", 70_000, ECHO));
            client.close();
            client.closed().get(20, TimeUnit.SECONDS);
            assertFails(ConnectFailedException.class, client.connect("127.0.0.1", 1, ECHO));
        }
    }

    @Test
    void aConnectThatIsRefusedFailsItsFuture() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            int nobody;
            try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
                nobody = probe.getLocalPort();
            }
            Client client = Client.builder(test.dispatcher).build();
            assertFails(ConnectFailedException.class, client.connect("127.0.0.1", nobody, ECHO));
        }
    }

    @Test
    void aConnectWithoutAResponseFailsAtTheDeadlineAndDoesNotDelayTheEnd() throws Exception {
        List<Socket> fill = new ArrayList<>();
        try (ServerSocket full = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            try (TestDispatcher test = new TestDispatcher(1)) {
                for (int i = 0; i < 8; i++) {
                    Socket socket = new Socket();
                    fill.add(socket);
                    try {
                        socket.connect(full.getLocalSocketAddress(), 50);
                    } catch (java.net.SocketTimeoutException backlogIsFull) {
                        break;
                    }
                }
                Client impatient = Client.builder(test.dispatcher)
                        .connectTimeout(Duration.ofMillis(50))
                        .build();
                assertFails(ConnectFailedException.class, impatient.connect("127.0.0.1", full.getLocalPort(), ECHO));
                Client patient = Client.builder(test.dispatcher)
                        .connectTimeout(Duration.ofHours(1))
                        .build();
                CompletableFuture<Connection> connect = patient.connect("127.0.0.1", full.getLocalPort(), ECHO);
                test.dispatcher.close();
                assertFails(ConnectFailedException.class, connect);
                patient.closed().get(20, TimeUnit.SECONDS);
            }
        } finally {
            for (Socket socket : fill) {
                socket.close();
            }
        }
    }

    @Test
    void aGateOrASupplierThatFailsCostsItsConnectionOnly() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .listen(TestDispatcher.ANY_PORT, peer -> {
                        throw new IllegalStateException("the gate fails");
                    })
                    .listen(TestDispatcher.ANY_PORT, Gate.plain(), () -> {
                        throw new IllegalStateException("the supplier fails");
                    })
                    .handler(() -> ECHO)
                    .start();
            for (int i = 1; i <= 2; i++) {
                try (Socket socket = new Socket(
                        InetAddress.getLoopbackAddress(),
                        server.addresses().get(i).getPort())) {
                    assertEquals(-1, socket.getInputStream().read());
                }
            }
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write(7);
                assertEquals(7, socket.getInputStream().read());
            }
        }
    }

    @Test
    void countsTheFailuresOfServersThatAreClosedAlready() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> {
                throw new IllegalStateException("on purpose");
            });
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write(7);
                assertEquals(-1, socket.getInputStream().read());
            }
            server.close();
            server.closed().get(20, TimeUnit.SECONDS);
            assertEquals(1, test.dispatcher.statistics().handlerFailures());
        }
    }

    @Test
    void aWriteAfterTheDispatcherHasEndedIsRefused() throws Exception {
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        RecordingHandler recorder = new RecordingHandler();
        try (TestDispatcher test = new TestDispatcher(1)) {
            recorder.onOpen = opened::complete;
            Server server = test.server(Gate.plain(), () -> recorder);
            try (Socket socket = TestDispatcher.connect(server)) {
                opened.get(20, TimeUnit.SECONDS);
                socket.shutdownOutput();
                assertEquals(-1, socket.getInputStream().read());
            }
            test.end();
            assertFalse(opened.get().write(ByteBuffer.allocate(1)));
            opened.get().write(ByteBuffer.allocate(1), "late", recorder.completion());
            assertEquals(List.of("open", "end", "close PEER_CLOSE", "failed late"), recorder.events);
        }
    }

    private static void assertFails(Class<? extends Throwable> type, CompletableFuture<?> future) {
        ExecutionException failure = assertThrows(ExecutionException.class, () -> future.get(20, TimeUnit.SECONDS));
        assertInstanceOf(type, failure.getCause());
    }
}
