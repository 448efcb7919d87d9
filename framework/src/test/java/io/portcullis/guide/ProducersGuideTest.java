// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Iterator;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snippets of the page on producers, at work. */
@Timeout(60)
class ProducersGuideTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final int COUNT = 500_000; // some megabytes, more than the watermarks and the socket's buffers

    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void everyThreadHasEnded() throws InterruptedException {
        threads.shutdown();
        assertEquals(true, threads.awaitTermination(20, TimeUnit.SECONDS));
    }

    private static Iterator<Long> numbers() {
        return LongStream.range(0, COUNT).iterator();
    }

    // snippet: PRODUCER
    static final class Producer extends StatefulHandler {
        private final Iterator<Long> source;

        Producer(Iterator<Long> source) {
            this.source = source;
        }

        @Override
        public void onOpen(Connection connection) {
            produce(connection);
        }

        @Override
        public void onWritable(Connection connection) {
            produce(connection);
        }

        private void produce(Connection connection) {
            while (connection.writable() && source.hasNext()) {
                connection.write(source.next() + "\n", US_ASCII);
            }
            if (!source.hasNext()) {
                connection.close(); // sends first what was written
            }
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit()); // this protocol has no requests
        }
    }
    // end snippet

    // snippet: THREAD
    static final class Feed extends StatefulHandler {
        private final Iterator<Long> source;
        private final Executor threads;
        private final Semaphore signals = new Semaphore(0);

        Feed(Iterator<Long> source, Executor threads) {
            this.source = source;
            this.threads = threads;
        }

        @Override
        public void onOpen(Connection connection) {
            threads.execute(() -> produce(connection)); // a thread that may block
        }

        @Override
        public void onWritable(Connection connection) {
            signals.release();
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            signals.release();
        }

        private void produce(Connection connection) {
            while (source.hasNext()) {
                while (!connection.writable()) {
                    if (!connection.isOpen()) {
                        return;
                    }
                    signals.acquireUninterruptibly(); // each false is followed by onWritable or onClose
                }
                connection.write(source.next() + "\n", US_ASCII);
            }
            connection.close();
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
        }
    }
    // end snippet

    // snippet: SEND
    /** Sends one buffer after the other, on a thread that may block. */
    static void sendAll(Connection connection, Iterator<Long> source) {
        while (source.hasNext()) {
            ByteBuffer block = ByteBuffer.allocate(64 * 1024);
            while (source.hasNext() && block.remaining() > 20) {
                block.put((source.next() + "\n").getBytes(US_ASCII));
            }
            connection.send(block.flip()).join(); // until it has been handed to the operating system
        }
        connection.close();
    }
    // end snippet

    private static void assertAllArrive(Supplier<? extends ConnectionHandler> handler) throws IOException {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(ADDRESS, Gate.plain())
                        .handler(handler)
                        .start();
                Socket socket = connect(server)) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), US_ASCII));
            for (int i = 0; i < COUNT; i++) {
                assertEquals(String.valueOf(i), lines.readLine());
            }
            assertEquals(-1, lines.read());
        }
    }

    private static Socket connect(Server server) throws IOException {
        Socket socket = new Socket(
                InetAddress.getLoopbackAddress(), server.addresses().get(0).getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void aProducerContinuesWhenTheConnectionIsWritable() throws Exception {
        assertAllArrive(() -> new Producer(numbers()));
    }

    @Test
    void aThreadWaitsForTheConnection() throws Exception {
        assertAllArrive(() -> new Feed(numbers(), threads));
    }

    @Test
    void aThreadEndsWithItsConnection() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(ADDRESS, Gate.plain())
                        .handler(() ->
                                new Feed(LongStream.iterate(0, n -> n + 1).iterator(), threads))
                        .start();
                Socket socket = connect(server)) {
            assertEquals('0', socket.getInputStream().read());
        } // and everyThreadHasEnded
    }

    @Test
    void aThreadWaitsForEachBlock() throws Exception {
        assertAllArrive(() -> new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                threads.execute(() -> sendAll(connection, numbers()));
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                data.position(data.limit());
            }
        });
    }
}
