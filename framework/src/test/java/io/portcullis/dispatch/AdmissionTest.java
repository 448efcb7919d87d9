// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.limit.Admission;
import io.portcullis.internal.loop.Machine;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsSession;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

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
                new io.portcullis.ConnectionObserver() {},
                new AdmissionLimit(concurrent, queue, Duration.ofSeconds(8)));
    }

    /** A client of the endpoint. */
    private final class Peer {
        final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        final RecordingHandler handler = new RecordingHandler();

        Peer() {
            this(new FrameFilter(false));
        }

        Peer(Filter filter) {
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
    }

    /** A client whose handshake task runs elsewhere, until the machine's tasks are run. */
    private Peer slowPeer() {
        return new Peer(new FrameFilter(true)).sends(HELLO);
    }

    /** A client that sends the beginning of its hello. */
    private Peer halfPeer() {
        return new Peer().sends(FrameFilter.HELLO);
    }

    private void endSlowPeers() {
        machine.runTasks();
        machine.goRound();
    }

    @AfterEach
    void everythingIsReturned() {
        endSlowPeers();
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
    void silentPeersTakeNoPlace() {
        new Peer();
        new Peer();
        assertTrue(new Peer().sends(HELLO).open());
        assertEquals(0, endpoint.admission().admitted(), "the handshake is over");
    }

    @Test
    void peersThatSendHalfAHelloTakeNoPlace() {
        for (int i = 0; i < 100; i++) {
            Peer half = halfPeer();
            assertTrue(half.transport.reading(), "the rest has not arrived");
            assertEquals(
                    0, endpoint.admission().admitted() + endpoint.admission().queued());
        }
        assertTrue(new Peer().sends(HELLO).open());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void peersThatStopAfterOurFlightHoldNoPlaceAndComeFirstWhenTheyGoOn(String protocol) throws Exception {
        Peer stops = new Peer(TestCertificates.serverProfile().serverFilter());
        MemoryTlsPeer tls = new MemoryTlsPeer(stops.transport, protocol).begin();
        stops.sends(tls.take());
        assertTrue(stops.transport.sent.size() > 0, "our flight is sent");
        assertEquals(0, endpoint.admission().admitted());
        machine.goRound();
        Peer slow = slowPeer();
        Peer waits = new Peer().sends(HELLO);
        tls.exchange();
        assertFalse(stops.open(), "its next flight waits for a place");
        assertEquals(2, endpoint.admission().queued());
        machine.runTasks();
        assertTrue(slow.open());
        // With one place, each segment that contains part of the flight takes a round; the handshake that has begun is
        // first
        while (!stops.open()) {
            assertFalse(waits.open());
            assertTrue(machine.goOneRound());
        }
        assertFalse(waits.open());
        machine.goOneRound();
        assertTrue(waits.open());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void aHandshakeThatAnUpgradeBeganHoldsNoPlaceWhileItsPeerIsAwaited(String protocol) throws Exception {
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = new RecordingHandler();
        machine.start(endpoint, transport, new PlainFilter(), handler);
        CompletableFuture<TlsSession> secured = handler.connection().startTls(TestCertificates.serverProfile());
        byte[] hello = MemoryTlsPeer.hello(protocol);
        transport.receive(Arrays.copyOf(hello, hello.length - 1)).completeAll();
        assertEquals(0, endpoint.admission().admitted() + endpoint.admission().queued(), "half a hello");
        Peer slow = slowPeer();
        transport.receive(new byte[] {hello[hello.length - 1]}).completeAll();
        assertEquals(1, endpoint.admission().queued(), "a whole one waits");
        machine.runTasks();
        assertTrue(slow.open());
        assertEquals(0, transport.sent.size());
        machine.goRound();
        assertTrue(transport.sent.size() > 0, "our flight is sent");
        assertEquals(0, endpoint.admission().admitted());
        transport.receiveEnd().completeAll();
        assertTrue(secured.isCompletedExceptionally());
    }

    @Test
    void plainConnectionsTakeNoPlace() {
        slowPeer();
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = RecordingHandler.echo();
        machine.start(endpoint, transport, new PlainFilter(), handler);
        transport.receive("x").completeAll();
        assertEquals("x", transport.sentText());
        transport.receiveEnd().completeAll();
    }

    @Test
    void waitingPeersAreNotReadAndComeInOrder() {
        Peer slow = slowPeer();
        Peer second = new Peer().sends(HELLO);
        Peer third = new Peer().sends(HELLO);
        assertFalse(second.open());
        assertFalse(second.transport.reading(), "it is not read");
        second.sends(FrameFilter.frame(FrameFilter.DATA, (byte) 'd'));
        assertEquals(2, endpoint.admission().queued());
        machine.runTasks();
        assertTrue(slow.open());
        assertEquals(0, endpoint.admission().admitted());
        machine.goOneRound();
        assertTrue(second.open());
        assertFalse(third.open());
        machine.goOneRound();
        assertTrue(third.open());
        assertEquals("d", second.handler.receivedText());
    }

    @Test
    void aPlaceIsFreeWhenOthersHaveHadTheirTurn() {
        assertTrue(new Peer().sends(HELLO).open());
        Peer next = new Peer().sends(HELLO);
        assertFalse(next.open(), "open connections come first");
        assertEquals(0, endpoint.admission().admitted());
        machine.goRound();
        assertTrue(next.open());
    }

    @Test
    void noRoundIsMadeWhileMostPlacesAreFree() {
        Admission admission = Admission.inRounds(machine, new AdmissionLimit(8, 0, Duration.ofSeconds(1)));
        for (int i = 0; i < 4; i++) {
            admission.ask(() -> {}).leave();
        }
        assertEquals(0, machine.rounds());
        for (int i = 0; i < 4; i++) {
            admission.ask(() -> {}).leave();
        }
        assertEquals(1, machine.rounds(), "one round for all");
        assertEquals(CloseReason.ADMISSION_REFUSED, admission.ask(() -> {}).refusal());
        machine.goRound();
        Admission.Place next = admission.ask(() -> {});
        assertNull(next.refusal());
        next.leave();
        assertEquals(0, machine.rounds());
    }

    @Test
    void waitingForPlacesThatOnlyARoundFreesStartsOne() {
        Admission admission = Admission.inRounds(machine, new AdmissionLimit(4, 10, Duration.ofSeconds(1)));
        List<Admission.Place> places = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            admission.ask(() -> {}).leave();
        }
        for (int i = 0; i < 2; i++) {
            places.add(admission.ask(() -> {}));
        }
        assertEquals(0, machine.rounds());
        Admission.Place waits = admission.ask(() -> {});
        places.add(waits);
        assertTrue(waits.waiting());
        machine.goRound();
        assertFalse(waits.waiting());
        places.forEach(Admission.Place::leave);
        machine.goRound();
        machine.verify("rounds");
    }

    @Test
    void aRoundThatCannotStartIsOver() {
        Admission admission = Admission.inRounds(machine, new AdmissionLimit(1, 1, Duration.ofSeconds(1)));
        machine.roundsFail = true;
        Admission.Place place = admission.ask(() -> {});
        Admission.Place waits = admission.ask(() -> {});
        place.leave();
        assertFalse(waits.waiting());
        waits.leave();
        machine.roundsFail = false;
    }

    @Test
    void handshakesInProgressComeFirstAndAreNeverRefused() {
        Admission admission = Admission.atOnce(machine, new AdmissionLimit(1, 1, Duration.ofSeconds(1)));
        List<String> order = new ArrayList<>();
        Admission.Place in = admission.ask(() -> {});
        Admission.Place fresh = admission.ask(() -> order.add("fresh"));
        Admission.Place first = admission.askAgain(() -> order.add("first"));
        Admission.Place second = admission.askAgain(() -> order.add("second"));
        assertNull(second.refusal());
        for (Admission.Place place : List.of(in, first, second, fresh)) {
            place.leave();
        }
        assertEquals(List.of("first", "second", "fresh"), order);
        assertEquals(0, admission.admitted() + admission.queued());
    }

    @Test
    void givingUpCostsTheSameHoweverManyWait() {
        int many = 90_000;
        Admission admission = Admission.atOnce(machine(), new AdmissionLimit(1, many, Duration.ofSeconds(1)));
        Admission.Place in = admission.ask(() -> {});
        List<Admission.Place> waiting = new ArrayList<>();
        for (int i = 0; i < many; i++) {
            waiting.add(admission.ask(() -> {}));
        }
        Collections.reverse(waiting);
        waiting.forEach(Admission.Place::leave);
        assertEquals(0, admission.queued());
        assertTrue(admission.swept() < 3L * many, admission.swept() + " looks for " + many);
        // Abandoned entries do not accumulate while the place is occupied
        long before = admission.swept();
        for (int i = 0; i < many; i++) {
            admission.ask(() -> {}).leave();
        }
        assertTrue(admission.swept() - before >= many - 100, "abandoned entries are not removed");
        in.leave();
        assertEquals(0, admission.admitted());
    }

    /** A machine whose timer only records what is scheduled. */
    private static Machine machine() {
        return new VirtualMachine() {
            @Override
            public java.util.concurrent.Future<?> schedule(Runnable code, long delayNanos) {
                return new CompletableFuture<Void>();
            }
        };
    }

    @Test
    void aPeerAdmittedWithinItsTurnIsNotReadFirst() {
        Admission.Place taken = endpoint.admission().ask(() -> {});
        Peer waits = new Peer(new FrameFilter(false) {
            @Override
            public boolean hasOutput() {
                if (endpoint.admission().queued() > 0) {
                    taken.leave();
                    machine.goRound();
                }
                return super.hasOutput();
            }
        });
        assertTrue(waits.sends(HELLO).open(), "the bytes that it sent are left undecoded");
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
    void clientsThatWaitTooLongAreDropped() {
        slowPeer();
        Peer waits = new Peer().sends(HELLO);
        machine.advance(Duration.ofSeconds(8).minus(MILLISECOND));
        assertNull(waits.handler.reason);
        machine.advance(MILLISECOND);
        assertEquals(List.of("close ADMISSION_TIMEOUT"), waits.handler.events);
        assertEquals(0, endpoint.admission().queued());
    }

    @Test
    void aTaskThatOutlivesItsConnectionHoldsItsPlaceUntilItIsOver() {
        Peer slow = slowPeer();
        machine.advance(Duration.ofSeconds(9));
        Peer next = new Peer().sends(HELLO);
        machine.advance(Duration.ofSeconds(1));
        assertTrue(slow.transport.closed);
        machine.goRound();
        assertFalse(next.open(), "the limit is on computing handshakes, and the task still computes");
        machine.runTasks();
        machine.goRound();
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
    void peersThatDoNotReadOurFlightHoldNoPlace() {
        Peer deaf = new Peer();
        deaf.transport.window = 0;
        deaf.sends(HELLO);
        assertTrue(deaf.transport.writing());
        assertEquals(0, endpoint.admission().admitted());
        machine.goRound();
        assertTrue(new Peer().sends(HELLO).open());
        deaf.transport.window = 1000;
        deaf.transport.completeAll();
    }

    @Test
    void aClosedEndpointEmptiesTheQueue() {
        slowPeer();
        Peer waits = new Peer().sends(HELLO);
        endpoint.close();
        machine.runTasks();
        machine.goRound();
        // Whichever is closed first gives its place to the other, which may then have opened, and waits for its peer.
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

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    @Timeout(60)
    void manyThreadsNeverExceedTheLimitAndLoseNoWaiter(boolean inRounds) throws Exception {
        try (TestDispatcher test = new TestDispatcher(1)) {
            AdmissionLimit three = new AdmissionLimit(3, 1000, Duration.ofMinutes(5));
            Machine real = test.dispatcher.machine();
            Admission admission = inRounds ? Admission.inRounds(real, three) : Admission.atOnce(real, three);
            AtomicInteger inside = new AtomicInteger();
            AtomicInteger most = new AtomicInteger();
            List<Thread> threads = new ArrayList<>();
            List<Throwable> failures = Collections.synchronizedList(new ArrayList<>());
            for (int i = 0; i < 8; i++) {
                Random random = new Random(i);
                threads.add(new Thread(() -> {
                    for (int round = 0; round < (inRounds ? 1000 : 5000); round++) {
                        Semaphore told = new Semaphore(0);
                        boolean begun = random.nextBoolean();
                        Admission.Place place =
                                begun ? admission.askAgain(told::release) : admission.ask(told::release);
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
