// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectPhase;
import io.portcullis.Connection;
import io.portcullis.internal.connect.AddressOrder;
import java.net.InetAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

/** The race of a host's addresses (RFC 8305), with a clock and sockets that the test controls. */
class HappyEyeballsTest {
    private static final Duration MILLISECOND = Duration.ofMillis(1);
    private static final Duration DELAY = Duration.ofMillis(250);
    private static final String SIX = "2001:db8:0:0:0:0:0:1";
    private static final String SIX_2 = "2001:db8:0:0:0:0:0:2";
    private static final String FOUR = "192.0.2.1";
    private static final String FOUR_2 = "192.0.2.2";

    @Test
    void familiesTakeTurnsAndIpv6IsFirst() {
        List<InetAddress> order =
                AddressOrder.interleaved(VirtualClient.inet(FOUR, FOUR_2, "192.0.2.3", SIX, FOUR, SIX_2));
        assertEquals(
                List.of(SIX, FOUR, SIX_2, FOUR_2, "192.0.2.3"),
                order.stream().map(InetAddress::getHostAddress).toList());
    }

    @Test
    void theNextAddressIsTriedAfterTheDelay() {
        VirtualClient client = new VirtualClient(FOUR, FOUR_2, SIX);
        var unused = client.connect();
        assertEquals(List.of(SIX), client.connector.tried());
        client.machine.advance(DELAY.minus(MILLISECOND));
        assertEquals(List.of(SIX), client.connector.tried());
        client.machine.advance(MILLISECOND);
        assertEquals(List.of(SIX, FOUR), client.connector.tried());
        client.machine.advance(DELAY);
        assertEquals(List.of(SIX, FOUR, FOUR_2), client.connector.tried());
        assertEquals(3, client.connector.open(), "none is abandoned for the next");
        client.verify();
    }

    @Test
    void theFirstThatIsConnectedWinsAndTheOthersAreClosed() throws Exception {
        VirtualClient client = new VirtualClient(SIX, FOUR, SIX_2);
        CompletableFuture<Connection> future = client.connect();
        client.machine.advance(DELAY);
        client.attempt(1).connect();
        assertEquals(FOUR, future.get().remoteAddress().getAddress().getHostAddress());
        assertTrue(client.attempt(0).transport.closed);
        client.machine.advance(DELAY.multipliedBy(4));
        assertEquals(List.of(SIX, FOUR), client.connector.tried(), "no attempt is started after the winner");
        assertEquals(1, client.connector.open());
        client.verify();
    }

    @Test
    void anAddressThatIsSlowMayStillWin() throws Exception {
        VirtualClient client = new VirtualClient(SIX, FOUR);
        CompletableFuture<Connection> future = client.connect();
        client.machine.advance(Duration.ofSeconds(9));
        client.attempt(0).connect();
        assertEquals(SIX, future.get().remoteAddress().getAddress().getHostAddress());
        client.verify();
    }

    @Test
    void aLateConnectionIsClosed() throws Exception {
        VirtualClient client = new VirtualClient(SIX, FOUR);
        CompletableFuture<Connection> future = client.connect();
        client.machine.advance(DELAY);
        client.attempt(0).connect();
        client.attempt(1).transport.closed = false;
        client.attempt(1).connect();
        assertTrue(client.attempt(1).transport.closed);
        assertEquals(SIX, future.get().remoteAddress().getAddress().getHostAddress());
        assertEquals(List.of("open"), client.handler.events);
        client.verify();
    }

    @Test
    void aFailureIsFollowedByTheNextAddressAtOnce() {
        VirtualClient client = new VirtualClient(SIX, FOUR, SIX_2);
        var unused = client.connect();
        client.machine.advance(Duration.ofMillis(100));
        client.attempt(0).refuse();
        assertEquals(List.of(SIX, FOUR), client.connector.tried());
        client.machine.advance(DELAY.minus(MILLISECOND));
        assertEquals(2, client.connector.tries.size(), "the delay starts again");
        client.machine.advance(MILLISECOND);
        assertEquals(3, client.connector.tries.size());
        client.verify();
    }

    @Test
    void twoFailuresAtOnceAreFollowedByTwoAttemptsAndOneDelay() {
        VirtualClient client = new VirtualClient(SIX, FOUR, SIX_2, FOUR_2, "192.0.2.3", "192.0.2.4");
        var unused = client.connect();
        client.machine.advance(DELAY);
        client.attempt(0).refuse();
        client.attempt(1).refuse();
        assertEquals(4, client.connector.tries.size());
        client.machine.advance(DELAY);
        assertEquals(5, client.connector.tries.size());
        client.verify();
    }

    @Test
    void theFailureNamesEveryAddressWithItsCause() {
        VirtualClient client = new VirtualClient(SIX, FOUR);
        CompletableFuture<Connection> future = client.connect();
        client.machine.advance(DELAY);
        client.attempt(1).refuse();
        assertFalse(future.isDone(), "the other one may still win");
        client.attempt(0).refuse();
        ConnectFailedException failure = client.failure(future);
        assertEquals(CloseReason.IO_FAILED, failure.reason());
        assertEquals(ConnectPhase.CONNECTION, failure.phase());
        String text = String.valueOf(failure.getMessage());
        for (String part : List.of("example.org:443", SIX, FOUR, "refused by " + SIX, "refused by " + FOUR)) {
            assertTrue(text.contains(part), text);
        }
        assertEquals(2, failure.trace().attempts().size());
        assertSame(failure.trace().attempts().get(0).failure().orElseThrow(), failure.getCause());
        assertSame(failure.trace().attempts().get(1).failure().orElseThrow(), failure.getSuppressed()[0]);
        client.verify();
    }

    @Test
    void theConnectDeadlineIsAbsoluteOverAllAttempts() {
        VirtualClient client = new VirtualClient(SIX, FOUR);
        CompletableFuture<Connection> future = client.begin();
        client.machine.advance(Duration.ofSeconds(4));
        client.machine.runTasks();
        client.machine.advance(Duration.ofSeconds(5));
        client.attempt(1).refuse();
        client.machine.advance(Duration.ofMillis(999));
        assertFalse(future.isDone());
        client.machine.advance(MILLISECOND);
        ConnectFailedException failure = client.failure(future);
        assertEquals(CloseReason.CONNECT_TIMEOUT, failure.reason());
        assertEquals(ConnectPhase.CONNECTION, failure.phase());
        assertTrue(String.valueOf(failure.getMessage()).contains("refused by " + FOUR), failure::toString);
        client.verify();
    }

    @Test
    void addressesThatCannotEvenBeTriedAreFailures() throws Exception {
        VirtualClient client = new VirtualClient(SIX, FOUR);
        client.connector.impossible = Set.of(SIX);
        CompletableFuture<Connection> future = client.connect();
        assertEquals(List.of(FOUR), client.connector.tried());
        client.attempt(0).connect();
        assertEquals(FOUR, future.get().remoteAddress().getAddress().getHostAddress());
        assertEquals(2, client.traces.get(0).attempts().size());
        client.verify();
    }

    @Test
    void manyUselessAddressesNeedNoStackAndNoLongMessage() {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 20_000; i++) {
            many.add("10.0." + (i >> 8) + "." + (i & 255));
        }
        VirtualClient client = new VirtualClient(many.toArray(String[]::new));
        client.connector.impossible = Set.copyOf(many);
        ConnectFailedException failure = client.failure(client.connect());
        assertEquals(many.size(), failure.trace().attempts().size());
        assertTrue(String.valueOf(failure.getMessage()).contains("and 19992 more"), failure::toString);
        assertTrue(failure.getSuppressed().length < 10);
        client.verify();
    }

    @Test
    void theTraceReportsWhatWasDoneAndWhen() {
        VirtualClient client = new VirtualClient(SIX, FOUR);
        var unused = client.begin();
        client.machine.advance(Duration.ofMillis(30));
        client.machine.runTasks();
        client.machine.advance(DELAY);
        client.machine.advance(Duration.ofMillis(20));
        client.attempt(1).connect();
        var trace = client.traces.get(0);
        assertEquals(ConnectPhase.OPEN, trace.phase());
        assertEquals(Duration.ZERO, trace.admitted().orElseThrow());
        assertEquals(Duration.ofMillis(30), trace.resolved().orElseThrow());
        assertEquals(
                List.of(Duration.ofMillis(30), Duration.ofMillis(280)),
                trace.attempts().stream().map(attempt -> attempt.begun()).toList());
        assertEquals(Duration.ofMillis(300), trace.connected().orElseThrow());
        assertEquals(Duration.ofMillis(300), trace.opened().orElseThrow());
        assertEquals(
                Collections.nCopies(2, true),
                trace.attempts().stream()
                        .map(attempt -> attempt.failure().isEmpty())
                        .toList());
        client.verify();
    }
}
