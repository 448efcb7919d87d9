// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.tls.PlainFilter;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Places, and the connections of a server that wait for them. */
class AdmissionTest {
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final byte[] HELLO = FrameFilter.frame(FrameFilter.HELLO, (byte) 1);

    private final VirtualMachine machine = new VirtualMachine();
    private final Endpoint endpoint = endpoint(1, 2);
    private final List<Peer> peers = new ArrayList<>();

    private Endpoint endpoint(int concurrent, int queue) {
        return new Endpoint(
                machine,
                ConnectionSettings.DEFAULT,
                new io.portcullis.ConnectionListener() {},
                new AdmissionLimit(concurrent, queue, Duration.ofSeconds(8)));
    }

    /** A client of the endpoint. */
    private final class Peer {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final RecordingHandler handler = new RecordingHandler();

        Peer() {
            this(new FrameFilter(false));
        }

        Peer(FrameFilter filter) {
            machine.start(endpoint, transport, filter, handler);
            peers.add(this);
        }

        Peer sends(byte... bytes) {
            transport.receive(bytes).completeAll();
            return this;
        }

        boolean open() {
            return handler.events.contains("open");
        }

        void disconnects() {
            transport.receiveEnd().completeAll();
        }
    }

    /** A client whose handshake does not get on. */
    private Peer slowPeer() {
        return new Peer().sends(FrameFilter.HELLO);
    }

    @AfterEach
    void everythingIsGivenBack() {
        endpoint.close();
        for (Peer peer : peers) {
            peer.transport.receiveEnd().completeAll();
            peer.transport.verify("peer");
        }
        assertTrue(endpoint.closed().isDone());
        assertEquals(0, endpoint.admission().admitted());
        assertEquals(0, endpoint.admission().queued());
        machine.verify("admission");
    }

    @Test
    void whoIsSilentTakesNobodysPlace() {
        new Peer();
        new Peer();
        assertTrue(new Peer().sends(HELLO).open());
        assertEquals(0, endpoint.admission().admitted(), "the handshake is over");
    }

    @Test
    void plainConnectionsTakeNobodysPlace() {
        slowPeer();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = RecordingHandler.echo();
        machine.start(endpoint, transport, new PlainFilter(), handler);
        transport.receive("x").completeAll();
        assertEquals("x", transport.sentText());
        transport.receiveEnd().completeAll();
    }

    @Test
    void whoWaitsIsNotReadAndComesInOrder() {
        Peer slow = slowPeer();
        Peer second = new Peer().sends(HELLO);
        Peer third = new Peer().sends(HELLO);
        assertFalse(second.open());
        assertFalse(second.transport.reading(), "it is not read");
        second.sends(FrameFilter.frame(FrameFilter.DATA, (byte) 'd'));
        assertEquals(2, endpoint.admission().queued());
        slow.disconnects();
        assertTrue(second.open());
        assertTrue(third.open());
        assertEquals("d", second.handler.receivedText());
        assertEquals(CloseReason.HANDSHAKE_FAILED, slow.handler.reason);
    }

    @Test
    void whoIsLetInBeforeItsTurnIsOverIsNotReadFirst() {
        Admission.Place taken = endpoint.admission().ask(() -> {});
        Peer waits = new Peer(new FrameFilter(false) {
            @Override
            public boolean hasOutput() {
                if (endpoint.admission().queued() > 0) {
                    taken.leave();
                }
                return super.hasOutput();
            }
        });
        assertTrue(waits.sends(HELLO).open(), "what it sent is not left undecoded");
    }

    @Test
    void aQueueThatIsFullRefuses() {
        slowPeer();
        new Peer().sends(HELLO);
        new Peer().sends(HELLO);
        Peer fourth = new Peer().sends(HELLO);
        assertEquals(List.of("close ADMISSION_REFUSED"), fourth.handler.events);
        assertTrue(fourth.transport.closed);
    }

    @Test
    void whoWaitsForTooLongIsDropped() {
        slowPeer();
        Peer waits = new Peer().sends(HELLO);
        machine.advance(Duration.ofSeconds(8).minus(MILLISECOND));
        assertNull(waits.handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(List.of("close ADMISSION_TIMEOUT"), waits.handler.events);
        assertEquals(0, endpoint.admission().queued());
    }

    @Test
    void theHandshakeDeadlineGivesThePlaceBack() {
        Peer slow = slowPeer();
        machine.advance(Duration.ofSeconds(9));
        Peer next = new Peer().sends(HELLO);
        assertFalse(next.open());
        machine.advance(Duration.ofSeconds(1));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, slow.handler.reason);
        assertTrue(next.open());
    }

    @Test
    void aHandshakeThatFailsGivesThePlaceBackBeforeItsAlertIsSent() {
        Peer bad = new Peer();
        bad.transport.window = 0;
        bad.sends(FrameFilter.frame(FrameFilter.DATA, (byte) 1));
        assertNull(bad.handler.reason, "the alert waits");
        assertEquals(0, endpoint.admission().admitted());
        bad.transport.window = 1000;
        bad.transport.completeAll();
    }

    @Test
    void aClosedEndpointEmptiesTheQueue() {
        slowPeer();
        Peer waits = new Peer().sends(HELLO);
        endpoint.close();
        // Whoever is closed first gives its place to the other one, which may then have opened, and waits for its peer.
        waits.transport.receiveEnd().completeAll();
        assertEquals(CloseReason.SHUTDOWN, waits.handler.reason);
        assertEquals(0, endpoint.admission().queued());
    }

    @Test
    void aLimitIsChecked() {
        Duration second = Duration.ofSeconds(1);
        assertThrows(IllegalArgumentException.class, () -> new AdmissionLimit(0, 1, second));
        assertThrows(IllegalArgumentException.class, () -> new AdmissionLimit(1, -1, second));
        assertThrows(IllegalArgumentException.class, () -> new AdmissionLimit(1, 1, Duration.ZERO));
    }

    @Test
    @Timeout(60)
    void manyThreadsNeverExceedTheLimitAndLoseNobody() throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            AdmissionLimit three = new AdmissionLimit(3, 1000, Duration.ofMinutes(5));
            Admission admission = new Admission(test.dispatcher.machine(), three);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            List<Throwable> failures = java.util.Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 8; i++) {
                Random random = new Random(i);
                threads.add(new Thread(() -> {
                    for (int round = 0; round < 5000; round++) {
                        Semaphore told = new Semaphore(0);
                        Admission.Place place = admission.ask(told::release);
                        boolean stays = random.nextInt(4) != 0;
                        if (stays && place.waiting()) {
                            told.acquireUninterruptibly();
                        }
                        if (stays) {
                            most.accumulateAndGet(inside.incrementAndGet(), Math::max);
                            inside.decrementAndGet();
                        }
                        place.leave();
                    }
                }));
            }
            threads.forEach(thread -> thread.setUncaughtExceptionHandler((dead, failure) -> failures.add(failure)));
            threads.forEach(Thread::start);
            for (Thread thread : threads) {
                thread.join();
            }
            assertEquals(List.of(), failures);
            assertTrue(most.get() <= 3, most + " at a time");
            assertEquals(0, admission.admitted());
            assertEquals(0, admission.queued());
        }
    }
}
