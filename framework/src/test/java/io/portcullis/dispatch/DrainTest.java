// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A server that drains lets its connections finish, accepts no new ones, and ends. */
@Timeout(60)
class DrainTest {
    private static final Duration LONG = Duration.ofMinutes(5);
    private static final Duration SHORT = Duration.ofMillis(50);

    private final BlockingQueue<Connection> notified = new LinkedBlockingQueue<>();

    /** Echoes, and ends only when another party ends it. */
    private final class Busy implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }

        @Override
        public void onDrain(Connection connection) {
            notified.add(connection);
        }
    }

    private static void await(CompletableFuture<Void> end) throws Exception {
        end.get(30, TimeUnit.SECONDS);
    }

    @Test
    @DisplayName("R30 an idle connection is closed gracefully as soon as the server drains")
    void closesIdleConnections() throws Exception {
        try (Rig rig = new Rig(Gate.tls(TestCertificates.serverProfile()), () -> Connection::write);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            peer.wrap(ByteBuffer.wrap(new byte[] {1})).flush().read(1);
            assertFalse(rig.server.draining());
            CompletableFuture<Void> drained = rig.server.drain(LONG);
            assertEquals(1, peer.readToEnd().length, "a close_notify ends it");
            peer.closeOutput().flush();
            await(drained);
            assertTrue(rig.server.draining());
            assertEquals(CloseReason.LOCAL_CLOSE, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R30 a busy connection continues, while new ones are refused")
    void letsBusyConnectionsFinish() throws Exception {
        try (Rig rig = new Rig(Gate.plain(), Busy::new);
                Socket socket = rig.connect()) {
            Echoes.echo(socket);
            CompletableFuture<Void> drained = rig.server.drain(LONG);
            Connection busy = notified.poll(20, TimeUnit.SECONDS);
            var address = (java.net.InetSocketAddress) socket.getRemoteSocketAddress();
            assertThrows(ConnectException.class, () -> Echoes.connect(address));
            Echoes.echo(socket);
            assertFalse(drained.isDone());
            busy.close();
            assertEquals(-1, socket.getInputStream().read());
            Echoes.leave(socket);
            await(drained);
            assertEquals(0, notified.size(), "notified once");
        }
    }

    @Test
    @DisplayName("R30 at the deadline the remaining connections are closed gracefully")
    void closesTheRestAtTheDeadline() throws Exception {
        try (Rig rig = new Rig(Gate.tls(TestCertificates.serverProfile()), Busy::new);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.2");
            peer.wrap(ByteBuffer.wrap(new byte[] {1})).flush().read(1);
            CompletableFuture<Void> drained = rig.server.drain(SHORT, LONG);
            assertEquals(1, peer.readToEnd().length, "a close_notify ends it");
            peer.closeOutput().flush();
            await(drained);
            assertEquals(CloseReason.SHUTDOWN, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R30 a peer that does not answer the close is cut soon after the deadline")
    void cutsPeersThatDoNotAnswerTheClose() throws Exception {
        try (Rig rig = new Rig(Gate.plain(), Busy::new);
                Socket socket = rig.connect()) {
            Echoes.echo(socket);
            await(rig.server.drain(SHORT));
            assertEquals(CloseReason.SHUTDOWN, rig.nextEnd().reason());
        }
    }

    /** Writes more than any buffer holds to a peer that reads nothing, without a timeout. */
    private static ConnectionHandler stalled() {
        return new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                connection.write(ByteBuffer.allocate(32 << 20));
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {}

            @Override
            public void onDrain(Connection connection) {}
        };
    }

    @Test
    @DisplayName("R30 a peer that reads nothing is cut soon after the deadline, however long its timeouts are")
    void cutsPeersThatReadNothing() throws Exception {
        try (Rig rig = new Rig(
                        Gate.tls(TestCertificates.serverProfile()),
                        DrainTest::stalled,
                        settings -> settings.writeTimeout(Duration.ofDays(1)).closeTimeout(Duration.ofDays(1)));
                Socket socket = rig.connect()) {
            new TlsPeer(socket, "TLSv1.3").read(1);
            await(rig.server.drain(SHORT));
            assertEquals(CloseReason.SHUTDOWN, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R30 client connections whose peers read nothing do not delay the drain of their dispatcher")
    void cutsClientsThatAreNotRead() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2);
                ServerSocket peer = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            Client client = Client.builder(test.dispatcher)
                    .writeTimeout(Duration.ofDays(1))
                    .closeTimeout(Duration.ofDays(1))
                    .build();
            client.connect("127.0.0.1", peer.getLocalPort(), stalled()).get(20, TimeUnit.SECONDS);
            await(test.dispatcher.drain(SHORT));
        }
    }

    @Test
    void aConnectionBeingOpenedIsNotifiedWhenItIsOpen() throws Exception {
        CompletableFuture<io.portcullis.Decision> decision = new CompletableFuture<>();
        CountDownLatch asked = new CountDownLatch(1);
        Gate slow = peer -> {
            asked.countDown();
            return io.portcullis.Decision.later(decision);
        };
        try (Rig rig = new Rig(slow, Busy::new);
                Socket socket = rig.connect()) {
            assertTrue(asked.await(20, TimeUnit.SECONDS));
            CompletableFuture<Void> drained = rig.server.drain(LONG);
            decision.complete(io.portcullis.Decision.plain());
            Connection busy = notified.poll(20, TimeUnit.SECONDS);
            Echoes.echo(socket);
            busy.close();
            socket.shutdownOutput();
            await(drained);
        }
    }

    @Test
    @DisplayName("R30 draining from 100 threads at once, then closing, notifies every handler once")
    void manyMayDrainAtOnce() throws Exception {
        Queue<CompletableFuture<Void>> ends = new ConcurrentLinkedQueue<>();
        try (Rig rig = new Rig(Gate.plain(), Busy::new);
                Socket socket = rig.connect()) {
            Echoes.echo(socket);
            Thread[] threads = new Thread[100];
            for (int i = 0; i < threads.length; i++) {
                threads[i] = new Thread(() -> ends.add(rig.server.drain(LONG)));
                threads[i].start();
            }
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(1, notified.size());
            Echoes.leave(socket);
            assertEquals(100, ends.size());
            for (CompletableFuture<Void> end : ends) {
                await(end);
            }
        }
    }

    @Test
    @DisplayName("R30 a dispatcher drains its servers and then ends its threads")
    void aDispatcherDrains() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server one = test.server(Gate.plain(), Busy::new);
            Server other = test.server(Gate.plain(), () -> Connection::write);
            Client client = Client.builder(test.dispatcher).build();
            Set<Thread> threads = test.threads();
            assertEquals(2, threads.size());
            try (Socket busy = TestDispatcher.connect(one);
                    Socket idle = TestDispatcher.connect(other)) {
                Echoes.echo(busy);
                Echoes.echo(idle);
                CompletableFuture<Void> end = test.dispatcher.drain(LONG);
                assertEquals(-1, idle.getInputStream().read());
                Echoes.echo(busy);
                assertFalse(end.isDone());
                Echoes.leave(busy);
                Echoes.leave(idle);
                await(end);
            }
            assertEquals(0, test.dispatcher.statistics().threads());
            for (Thread thread : threads) {
                thread.join(TimeUnit.SECONDS.toMillis(20));
                assertFalse(thread.isAlive(), thread::getName);
            }
            assertThrows(
                    Exception.class,
                    () -> client.connect("127.0.0.1", 1, Connection::write).get(20, TimeUnit.SECONDS));
        }
    }

    @Test
    void aNegativeDeadlineIsRefused() throws IOException {
        try (Rig rig = new Rig(Gate.plain(), Busy::new)) {
            assertThrows(IllegalArgumentException.class, () -> rig.server.drain(Duration.ofMillis(-1)));
            assertFalse(rig.server.draining());
        }
    }
}
