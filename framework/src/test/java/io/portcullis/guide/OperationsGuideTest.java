// SPDX-License-Identifier: Apache-2.0
package io.portcullis.guide;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLog;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.dispatch.ConnectionLimits;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Listener;
import io.portcullis.dispatch.Server;
import io.portcullis.proxy.TrustedPeers;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Runs the snippets of the page on operations. */
@Timeout(60)
class OperationsGuideTest {
    private static final InetSocketAddress PUBLIC = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final InetSocketAddress ADMIN = PUBLIC;
    private static final TrustedPeers PROXIES = TrustedPeers.of("10.0.0.0/8");
    private static final InetAddress SUSPECT = InetAddress.getLoopbackAddress();

    private volatile boolean traced = true;

    // snippet: ON_DRAIN
    /** Responds to each byte later, from another thread: one at a time, so that a peer cannot pile up work. */
    static final class Answering extends StatefulHandler {
        private int waiting; // received requests, including the current one
        private boolean draining;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            waiting = data.remaining();
            byte request = data.get(); // further ones are left unread
            connection.pause();
            workElsewhere(() -> connection.execute(() -> respond(connection, request)));
        }

        private void respond(Connection connection, byte request) {
            connection.write(ByteBuffer.wrap(new byte[] {request}));
            connection.resume(); // unread bytes are presented again
            waiting--;
            closeIfDone(connection);
        }

        @Override
        public void onDrain(Connection connection) {
            draining = true;
            closeIfDone(connection);
        }

        private void closeIfDone(Connection connection) {
            if (draining && waiting == 0) {
                connection.close();
            }
        }
    }
    // end snippet

    // snippet: KEEP_ALIVE
    /**
     * Responds to each byte immediately; its peer keeps the connection, and reuses it unless the response says that it
     * was the last.
     */
    static final class KeptAlive extends StatefulHandler {
        static final byte NEXT = '+';
        static final byte LAST = '.';

        private boolean draining;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            while (data.hasRemaining() && connection.receiving()) { // several may arrive together
                data.get();
                boolean last = draining && !data.hasRemaining();
                connection.write(ByteBuffer.wrap(new byte[] {last ? LAST : NEXT}));
                if (last) {
                    connection.close();
                }
            }
        }

        @Override
        public void onDrain(Connection connection) {
            draining = true; // not closed: the next request may be in flight
        }
    }
    // end snippet

    private static final AtomicInteger AT_WORK = new AtomicInteger();
    private static final AtomicInteger MOST_AT_WORK = new AtomicInteger();

    private static void workElsewhere(Runnable work) {
        MOST_AT_WORK.accumulateAndGet(AT_WORK.incrementAndGet(), Math::max);
        new Thread(() -> {
                    AT_WORK.decrementAndGet();
                    work.run();
                })
                .start();
    }

    private static byte exchange(Listener listener) throws Exception {
        try (Socket socket =
                new Socket(listener.address().getAddress(), listener.address().getPort())) {
            socket.getOutputStream().write(42);
            return (byte) socket.getInputStream().read();
        }
    }

    @Test
    void listenersComeAndGoAndTheServerDrains() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create()) {
            // snippet: SERVER
            Server server = Server.builder(dispatcher)
                    .listen(Listener.at(PUBLIC, Gate.plain()).name("public"))
                    .handler(Answering::new)
                    .limits(ConnectionLimits.none()
                            .connections(50_000) // the others wait in the backlog
                            .perAddress(200)
                            .exempt(PROXIES) // their clients are counted instead
                            .perSecond(2_000))
                    .start();
            // end snippet
            // snippet: LISTENERS
            Listener admin = server.listen(Listener.at(ADMIN, Gate.plain()).name("admin"));
            admin.suspend(); // new connections wait
            admin.resume();
            // end snippet
            assertEquals(42, exchange(admin));
            // snippet: REMOVE
            admin.close(); // its connections continue
            // end snippet
            assertEquals(42, exchange(server.listeners().get(0)));
            // snippet: DRAIN
            CompletableFuture<Void> ended = server.drain(Duration.ofSeconds(20)).thenRun(dispatcher::close);
            // end snippet
            ended.get(30, TimeUnit.SECONDS);
            assertTrue(server.draining());
        }
    }

    @Test
    @DisplayName("R44 during a drain, a keep-alive connection gets one more response, which announces the close")
    void aKeptConnectionIsClosedAfterItsLastResponse() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server server = Server.builder(dispatcher)
                    .listen(PUBLIC, Gate.plain())
                    .handler(KeptAlive::new)
                    .start();
            InetSocketAddress address = server.addresses().get(0);
            try (Socket used = new Socket(address.getAddress(), address.getPort());
                    Socket idle = new Socket(address.getAddress(), address.getPort())) {
                for (Socket socket : new Socket[] {used, idle}) {
                    socket.getOutputStream().write(42);
                    assertEquals(KeptAlive.NEXT, socket.getInputStream().read());
                }
                CompletableFuture<Void> ended = server.drain(Duration.ofSeconds(1));
                int answer = KeptAlive.NEXT;
                // A request that arrives before the handler is notified of the drain is not the last
                while (answer == KeptAlive.NEXT) {
                    used.getOutputStream().write(42);
                    answer = used.getInputStream().read();
                }
                assertEquals(KeptAlive.LAST, answer);
                assertEquals(-1, used.getInputStream().read());
                used.shutdownOutput();
                assertEquals(-1, idle.getInputStream().read(), "closed at the deadline");
                idle.shutdownOutput();
                ended.get(30, TimeUnit.SECONDS);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("handlersOfRequests")
    void requestsOfOneSegmentAllGetResponses(Supplier<ConnectionHandler> handler) throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(PUBLIC, Gate.plain())
                        .handler(handler)
                        .start();
                Socket socket = connect(server)) {
            socket.getOutputStream().write(new byte[500]);
            assertEquals(500, socket.getInputStream().readNBytes(500).length);
        }
    }

    static Stream<Supplier<ConnectionHandler>> handlersOfRequests() {
        return Stream.of(Answering::new, KeptAlive::new);
    }

    /**
     * Received requests are answered before the connection closes, even one in the same segment as the request in
     * progress.
     */
    @Test
    void dataReceivedBeforeTheDrainIsAnswered() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server server = Server.builder(dispatcher)
                    .listen(PUBLIC, Gate.plain())
                    .handler(Answering::new)
                    .start();
            try (Socket socket = connect(server)) {
                socket.getOutputStream().write(new byte[500]);
                int first = socket.getInputStream().read();
                CompletableFuture<Void> ended = server.drain(Duration.ofSeconds(30));
                byte[] rest = socket.getInputStream().readAllBytes();
                assertTrue(first >= 0);
                assertEquals(499, rest.length);
                socket.shutdownOutput();
                ended.get(30, TimeUnit.SECONDS);
            }
        }
    }

    @Test
    void aPeerCannotPileUpWork() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = Server.builder(dispatcher)
                        .listen(PUBLIC, Gate.plain())
                        .handler(Answering::new)
                        .start();
                Socket socket = connect(server)) {
            MOST_AT_WORK.set(0);
            socket.setTcpNoDelay(true);
            for (int i = 0; i < 2_000; i++) {
                socket.getOutputStream().write(i);
            }
            assertEquals(2_000, socket.getInputStream().readNBytes(2_000).length);
            assertEquals(1, MOST_AT_WORK.get(), "requests of one connection that are in progress at a time");
        }
    }

    private static Socket connect(Server server) throws IOException {
        InetSocketAddress address = server.addresses().get(0);
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(20_000);
        return socket;
    }

    @Test
    void oneClientIsTraced() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create()) {
            Server.Builder builder = Server.builder(dispatcher).handler(Answering::new);
            // snippet: TRACE
            builder.logContext()
                    .connectionLog(peer -> traced && peer.address().getAddress().equals(SUSPECT)
                            ? ConnectionLog.wire(4096)
                            : ConnectionLog.none());
            // end snippet
            Server server = builder.listen(PUBLIC, Gate.plain()).start();
            assertEquals(42, exchange(server.listeners().get(0)));
        }
    }
}
