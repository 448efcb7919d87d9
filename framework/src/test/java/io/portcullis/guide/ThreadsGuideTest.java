// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Runs the snippets of the page on threads. */
@Timeout(60)
class ThreadsGuideTest {
    private static final InetSocketAddress ADDRESS = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Integer> database = new LinkedBlockingQueue<>(List.of(7, 8));

    /** Makes a request that takes time. */
    private final class Asking implements ConnectionHandler {
        // snippet: CALLBACK
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            while (data.hasRemaining() && connection.receiving()) { // each byte is a request
                data.get();
                connection.write(ByteBuffer.wrap(new byte[] {lookUp()})); // lookUp may take seconds
            }
        }
        // end snippet

        private byte lookUp() {
            try {
                return database.take().byteValue();
            } catch (InterruptedException never) {
                throw new IllegalStateException(never);
            }
        }
    }

    @Test
    void callbacksMayBlockOnAnExecutor() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                // snippet: EXECUTOR
                Server server = Server.builder(dispatcher)
                        .listen(ADDRESS, Gate.plain())
                        .handler(Asking::new)
                        .callbackExecutor(threads) // from Java 21 on: Executors.newVirtualThreadPerTaskExecutor()
                        .start()
                // end snippet
                ) {
            ask(server);
        }
        threads.shutdown();
        assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
    }

    private static void ask(Server server) throws IOException {
        InetSocketAddress address = server.addresses().get(0);
        try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
            socket.setSoTimeout(20_000);
            socket.getOutputStream().write(new byte[] {1, 2}); // two requests in one segment
            assertEquals(7, socket.getInputStream().read());
            assertEquals(8, socket.getInputStream().read());
        }
    }

    @Test
    @SuppressWarnings("FutureReturnValueIgnored") // nothing but the connection waits for it
    void oneResponseMayComeFromElsewhere() throws Exception {
        // snippet: HAND_OVER
        ConnectionHandler handler = (connection, data) -> {
            data.get(); // a request of one byte
            connection.pause(); // the next one waits, even if it has already arrived
            CompletableFuture.supplyAsync(this::lookUp, threads).whenComplete((result, failure) -> {
                if (failure == null) {
                    connection.write(ByteBuffer.wrap(new byte[] {result})); // from any thread
                    connection.resume();
                } else {
                    connection.abort(); // or send an error reply; otherwise it would stay paused
                }
            });
        };
        // end snippet
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(ADDRESS, Gate.plain())
                        .handler(() -> handler)
                        .start()) {
            ask(server);
        }
        threads.shutdown();
        assertTrue(threads.awaitTermination(20, TimeUnit.SECONDS));
    }

    private byte lookUp() {
        return database.remove().byteValue();
    }

    // snippet: LISTENER
    static final class Watching implements ConnectionObserver {
        @Override
        public void onThreadBlocked(Connection connection, Duration time, List<StackTraceElement> stack) {
            System.err.println(connection + " has blocked for " + time.toMillis() + " ms at " + stack.get(0));
        }
    }
    // end snippet
}
