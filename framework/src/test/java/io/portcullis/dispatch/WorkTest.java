// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.Gate;
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

/** Work that may block, of one sort, delays no other sort, and what waits for it is bounded. */
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
            assertTrue(test.dispatcher.statistics().lookUps() > 0);
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write('x');
                assertArrayEquals(
                        TestFile.part(0, 1000), socket.getInputStream().readNBytes(1000));
            }
            assertEquals(0, test.dispatcher.statistics().fileReads());
            assertEquals(0, test.dispatcher.statistics().tasks());
            client.close();
            for (CompletableFuture<Connection> connect : connects) {
                assertThrows(Exception.class, () -> connect.get(20, TimeUnit.SECONDS));
            }
            int before = asked.get();
            release.countDown();
            client.closed().get(20, TimeUnit.SECONDS);
            assertEquals(before, asked.get(), "a name that nobody waits for is not looked up any more");
        }
    }

    private static void sendFile(Connection connection, ByteBuffer data) {
        data.position(data.limit());
        var unused = connection.sendFile(TestFile.CHANNEL, 0, 1000);
    }

    @Test
    void aFullQueueEndsNeitherTheCalendarNorTheWatchOfCertificates() throws Exception {
        CountDownLatch begun = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Dispatcher dispatcher = Dispatcher.builder().taskThreads(1).build();
                Server server = Server.builder(dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .handler(() -> WorkTest::sendFile)
                        .start()) {
            GroupMachine machine = dispatcher.machine();
            machine.run(Work.TASK, () -> {
                begun.countDown();
                RealClients.awaitUninterruptibly(release);
            });
            assertTrue(begun.await(20, TimeUnit.SECONDS));
            while (machine.waiting(Work.TASK) < Workshop.QUEUE) {
                machine.run(Work.TASK, () -> {});
            }
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
    void whatWaitsIsBoundedAndTheRefusalSaysWhy() throws Exception {
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
