// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.Pipe;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Random;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Two connections that pass everything to each other, on real sockets. */
@Timeout(120)
class PipeTest {
    private static final int LARGE = 5_000_000;

    /** A proxy in front of a backend, all on one dispatcher; at its end nothing may remain. */
    private static final class Proxy implements AutoCloseable {
        final TestDispatcher test = new TestDispatcher(2);
        final BlockingQueue<Pipe> pipes = new LinkedBlockingQueue<>();
        final BlockingQueue<CloseReason> backends = new LinkedBlockingQueue<>();
        final Server backend;
        final Client client;
        final Server front;

        Proxy(
                boolean frontTls,
                boolean backTls,
                Supplier<? extends ConnectionHandler> answering,
                UnaryOperator<Server.Builder> settings)
                throws IOException {
            backend = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, gate(backTls))
                    .handler(answering)
                    .observer(new ConnectionObserver() {
                        @Override
                        public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                            backends.add(reason);
                        }
                    })
                    .start();
            Client.Builder builder = Client.builder(test.dispatcher);
            client = (backTls ? builder.tls(TestCertificates.clientProfile()) : builder).build();
            front = settings.apply(Server.builder(test.dispatcher)
                            .listen(TestDispatcher.ANY_PORT, gate(frontTls))
                            .handler(() -> new ConnectionHandler() {
                                @Override
                                public void onOpen(Connection connection) {
                                    connect(connection);
                                }

                                @Override
                                public void onData(Connection connection, ByteBuffer data) {}
                            }))
                    .start();
        }

        private static Gate gate(boolean tls) {
            return tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain();
        }

        private void connect(Connection connection) {
            connection.pause();
            var unused = client.connect("localhost", backend.addresses().get(0).getPort(), (back, data) -> {})
                    .whenComplete((back, failure) -> {
                        if (failure == null) {
                            pipes.add(Pipe.between(connection, back));
                        } else {
                            connection.abort();
                        }
                    });
        }

        @Override
        public void close() {
            test.close();
        }
    }

    /** Echoes everything, including the end. */
    private static ConnectionHandler echo() {
        return new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) {
                connection.write(data);
            }

            @Override
            public void onEndOfInput(Connection connection) {
                connection.close();
            }
        };
    }

    @ParameterizedTest(name = "front TLS {0}, back TLS {1}, on an executor {2}")
    @CsvSource({"false,false,false", "true,false,false", "false,true,false", "true,true,false", "true,true,true"})
    @DisplayName("every byte, and each end, is passed on in both directions concurrently")
    void passesEverythingBothWays(boolean frontTls, boolean backTls, boolean elsewhere) throws Exception {
        byte[] sent = new byte[LARGE];
        new Random(1).nextBytes(sent);
        try (Proxy proxy = new Proxy(
                frontTls,
                backTls,
                PipeTest::echo,
                settings -> elsewhere ? settings.callbackExecutor(Runnable::run) : settings)) {
            try (Socket socket = TestDispatcher.connect(proxy.front, frontTls)) {
                CompletableFuture<byte[]> received = CompletableFuture.supplyAsync(() -> read(socket, LARGE));
                socket.getOutputStream().write(sent);
                assertArrayEquals(sent, received.get(60, TimeUnit.SECONDS));
                socket.shutdownOutput();
                assertEquals(-1, socket.getInputStream().read());
            }
            Pipe pipe = proxy.pipes.take();
            pipe.closed().get(20, TimeUnit.SECONDS);
            assertEquals(LARGE, pipe.forwardBytes());
            assertEquals(LARGE, pipe.backwardBytes());
        }
    }

    private static byte[] read(Socket socket, int length) {
        try {
            return socket.getInputStream().readNBytes(length);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    @ParameterizedTest(name = "front TLS {0}, back TLS {1}")
    @CsvSource({"false,false", "true,false", "false,true", "true,true"})
    void theResponseAfterTheEndOfTheRequestArrives(boolean frontTls, boolean backTls) throws Exception {
        Supplier<ConnectionHandler> counting = () -> new ConnectionHandler() {
            private int count;

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                count += data.remaining();
                data.position(data.limit());
            }

            @Override
            public void onEndOfInput(Connection connection) {
                connection.write(count + " bytes", StandardCharsets.US_ASCII);
                connection.close();
            }
        };
        try (Proxy proxy = new Proxy(frontTls, backTls, counting, settings -> settings)) {
            try (Socket socket = TestDispatcher.connect(proxy.front, frontTls)) {
                socket.getOutputStream().write(new byte[300_000]);
                socket.shutdownOutput();
                assertEquals(
                        "300000 bytes", new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII));
            }
            proxy.pipes.take().closed().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    @DisplayName("while the client does not read, the backend is not read either, and memory use is bounded")
    void aSlowReaderSlowsDownTheSender() throws Exception {
        AtomicLong produced = new AtomicLong();
        ConnectionHandler producer = new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                onWritable(connection);
            }

            @Override
            public void onWritable(Connection connection) {
                while (connection.writable() && produced.get() < 200_000_000) {
                    connection.write(new byte[100_000]);
                    produced.addAndGet(100_000);
                }
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {}
        };
        try (Proxy proxy = new Proxy(false, false, () -> producer, settings -> settings)) {
            try (Socket socket = TestDispatcher.connect(proxy.front)) {
                socket.getOutputStream().write(1);
                Pipe pipe = proxy.pipes.take();
                long before = -1;
                while (before != pipe.backwardBytes() || before == 0) {
                    before = pipe.backwardBytes();
                    TimeUnit.MILLISECONDS.sleep(300);
                }
                long held = proxy.test.buffers.statistics().activeBytes();
                assertTrue(held < 4_000_000, held + " bytes are held");
                assertTrue(produced.get() < 100_000_000, "the producer was stopped, too: " + produced);
                assertEquals(3_000_000, socket.getInputStream().readNBytes(3_000_000).length);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void truncationOnOneSideIsPassedOnToTheOther(boolean tls) throws Exception {
        BlockingQueue<CloseReason> fronts = new LinkedBlockingQueue<>();
        ConnectionObserver observer = new ConnectionObserver() {
            @Override
            public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                fronts.add(reason);
            }
        };
        try (Proxy proxy = new Proxy(
                tls, tls, () -> (connection, data) -> connection.abort(), settings -> settings.observer(observer))) {
            try (Socket socket = TestDispatcher.connect(proxy.front, tls)) {
                socket.getOutputStream().write(new byte[10]);
                assertEquals(-1, endOf(socket));
            }
            proxy.pipes.take().closed().get(20, TimeUnit.SECONDS);
            // A plain peer that aborts cannot be distinguished from one that ends (Connection.abort)
            assertEquals(tls ? CloseReason.LOCAL_ABORT : CloseReason.PEER_CLOSE, fronts.take());
        }
    }

    private static int endOf(Socket socket) {
        try {
            return socket.getInputStream().read();
        } catch (IOException reset) {
            return -1;
        }
    }

    @Test
    void theEndOfTheClientEndsTheBackend() throws Exception {
        try (Proxy proxy = new Proxy(false, false, () -> (connection, data) -> {}, settings -> settings)) {
            Socket socket = TestDispatcher.connect(proxy.front);
            socket.getOutputStream().write(1);
            Pipe pipe = proxy.pipes.take();
            socket.setSoLinger(true, 0);
            socket.close();
            pipe.closed().get(20, TimeUnit.SECONDS);
            proxy.backends.take();
        }
    }

    @Test
    void aConnectionThatHasEndedEndsTheOther() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            BlockingQueue<Connection> open = new LinkedBlockingQueue<>();
            Server server = test.server(Gate.plain(), () -> new ConnectionHandler() {
                @Override
                public void onOpen(Connection connection) {
                    open.add(connection);
                }

                @Override
                public void onData(Connection connection, ByteBuffer data) {}
            });
            try (Socket one = TestDispatcher.connect(server);
                    Socket two = TestDispatcher.connect(server)) {
                Connection first = open.take();
                Connection second = open.take();
                first.abort();
                first.closed().get(20, TimeUnit.SECONDS);
                Pipe.between(first, second).closed().get(20, TimeUnit.SECONDS);
                assertEquals(CloseReason.LOCAL_ABORT, second.closed().get());
                one.getInputStream();
                two.getInputStream();
            }
        }
    }
}
