// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.loop.Work;
import io.portcullis.internal.loop.Workshop;
import io.portcullis.tls.TestCertificates;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Clock;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Blocking work of one kind delays no other kind, and its queue is bounded. */
@Timeout(60)
class WorkTest {
    private static final int NAMES = 100;

    @Test
    void namesThatAreSlowToLookUpDelayNoFile() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CountDownLatch blocked = new CountDownLatch(8);
        AtomicInteger asked = new AtomicInteger();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Client client = Client.builder(test.dispatcher)
                    .resolver(host -> {
                        asked.incrementAndGet();
                        blocked.countDown();
                        RealClients.awaitUninterruptibly(release);
                        return CompletableFuture.completedFuture(List.of(InetAddress.getLoopbackAddress()));
                    })
                    .build();
            Server server = test.server(Gate.plain(), () -> WorkTest::sendFile);
            List<CompletableFuture<Connection>> connects = new ArrayList<>();
            for (int i = 0; i < NAMES; i++) {
                connects.add(client.connect("host" + i + ".example", 1, (connection, data) -> {}));
            }
            assertTrue(blocked.await(20, TimeUnit.SECONDS));
            assertTrue(test.dispatcher.statistics().queuedLookUps() > 0);
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write('x');
                assertArrayEquals(
                        TestFile.part(0, 1000), socket.getInputStream().readNBytes(1000));
            }
            assertEquals(0, test.dispatcher.statistics().queuedFileReads());
            assertEquals(0, test.dispatcher.statistics().queuedTasks());
            client.close();
            for (CompletableFuture<Connection> connect : connects) {
                assertThrows(Exception.class, () -> connect.get(20, TimeUnit.SECONDS));
            }
            int before = asked.get();
            release.countDown();
            client.closed().get(20, TimeUnit.SECONDS);
            assertEquals(before, asked.get(), "a name is looked up although no connect waits for it any more");
        }
    }

    private static void sendFile(Connection connection, ByteBuffer data) {
        data.position(data.limit());
        var unused = connection.sendFile(TestFile.CHANNEL, 0, 1000);
    }

    /** Blocks the only thread for a kind of work, and fills its queue. */
    private static void fill(GroupMachine machine, Work sort, CountDownLatch release) throws InterruptedException {
        CountDownLatch begun = new CountDownLatch(1);
        machine.run(sort, () -> {
            begun.countDown();
            RealClients.awaitUninterruptibly(release);
        });
        assertTrue(begun.await(20, TimeUnit.SECONDS));
        while (machine.waiting(sort) < Workshop.QUEUE) {
            machine.run(sort, () -> {});
        }
    }

    private static CloseReason failure(CompletableFuture<Connection> connect) {
        ExecutionException failed = assertThrows(ExecutionException.class, () -> connect.get(20, TimeUnit.SECONDS));
        return assertInstanceOf(ConnectFailedException.class, failed.getCause()).reason();
    }

    @Test
    void aRefusedTaskOfAClientExceedsTheLimit() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (TestDispatcher there = new TestDispatcher(1);
                Dispatcher dispatcher = Dispatcher.builder().taskThreads(1).build();
                Client client = Client.builder(dispatcher)
                        .tls(TestCertificates.clientBuilder()
                                .tasksMayBlock(true)
                                .build())
                        .build()) {
            Server server = there.server(Gate.tls(TestCertificates.serverProfile()), () -> Connection::write);
            fill(dispatcher.machine(), Work.TASK, release);
            assertEquals(
                    CloseReason.ADMISSION_REFUSED,
                    failure(client.connect(
                            "127.0.0.1", server.addresses().get(0).getPort(), (connection, data) -> {})));
            release.countDown();
        }
    }

    @Test
    void aRefusedLookupExceedsTheLimit() {
        VirtualClient client = new VirtualClient("192.0.2.1");
        client.machine.tasksRefused = true;
        assertEquals(
                CloseReason.ADMISSION_REFUSED, client.failure(client.connect()).reason());
        client.verify();
    }

    @Test
    void aFullQueueEndsNeitherTheCalendarNorTheWatchOfCertificates() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        try (Dispatcher dispatcher = Dispatcher.builder().taskThreads(1).build();
                Server server = Server.builder(dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .handler(() -> WorkTest::sendFile)
                        .start()) {
            GroupMachine machine = dispatcher.machine();
            fill(machine, Work.TASK, release);
            CertificateCalendar calendar = new CertificateCalendar(List::of, Clock.systemUTC());
            calendar.start(machine);
            assertTrue(calendar.planned());
            ExecutionException refused = assertThrows(
                    ExecutionException.class, () -> server.reloadCertificates().get(20, TimeUnit.SECONDS));
            assertTrue(String.valueOf(refused.getMessage()).contains("others wait already"), refused.getMessage());
            release.countDown();
            while (machine.waiting(Work.TASK) > 0) {
                Thread.onSpinWait();
            }
            assertEquals(List.of(), server.reloadCertificates().get(20, TimeUnit.SECONDS));
            calendar.close();
        }
    }

    @Test
    void theQueueIsBoundedAndTheRefusalExplainsWhy() throws Exception {
        CountDownLatch release = new CountDownLatch(1);
        CompletableFuture<Void> last = new CompletableFuture<>();
        Workshop workshop = new Workshop(Work.LOOK_UP, 1, Thread::new);
        workshop.run(() -> RealClients.awaitUninterruptibly(release));
        for (int i = 1; i < Workshop.QUEUE; i++) {
            workshop.run(() -> {});
        }
        workshop.run(() -> last.complete(null));
        assertEquals(Workshop.QUEUE, workshop.waiting());
        RejectedExecutionException refused =
                assertThrows(RejectedExecutionException.class, () -> workshop.run(() -> {}));
        assertTrue(String.valueOf(refused.getMessage()).contains("LOOK_UP"), refused.getMessage());
        release.countDown();
        last.get(20, TimeUnit.SECONDS);
        workshop.end();
    }
}
