// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.StatefulHandler;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Loans of pooled connections that overlap with other events: releases, timers, and handlers that are replaced. */
@Timeout(60)
class PoolLoansTest extends ScriptedPool {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    /** Releases a connection, and acquires one before the other has come back. */
    private Borrower releaseAndAcquire(Borrower borrower) {
        List<Borrower> next = new ArrayList<>();
        client.machine.inAnotherTurn(() -> {
            borrower.lease().release();
            next.add(new Borrower());
        });
        settle();
        return next.get(0);
    }

    @Test
    void anAcquireRightAfterAReleaseUsesTheReturnedConnection() {
        open(settings -> settings.withMaxConnections(2));
        Borrower first = new Borrower();
        connect(0);
        Borrower second = releaseAndAcquire(first);
        assertEquals(1, attempts());
        assertSame(first.connection(), second.connection());
    }

    @Test
    void aReturnedConnectionHasRoomForAnAcquireAlthoughNoneMayWait() {
        open(settings -> settings.withMaxConnections(1).withMaxPending(0));
        Borrower first = new Borrower();
        connect(0);
        Borrower second = releaseAndAcquire(first);
        assertSame(first.connection(), second.connection());
        assertEquals(0, pool().statistics().refusals());
    }

    @Test
    void anAcquireConnectsWhenTheReturnedConnectionCannotBeLentAgain() {
        open(settings -> settings.withMaxConnections(2));
        Borrower first = new Borrower();
        connect(0);
        first.connection().shutdownOutput();
        Borrower second = releaseAndAcquire(first);
        assertEquals(2, attempts());
        connect(1);
        assertFalse(second.lease().reused());
    }

    @Test
    @DisplayName("a check does not wait for a returned connection, which would have to be checked as well")
    void anIdleConnectionIsCheckedAlthoughAnotherOneIsReturned() {
        open(settings -> settings.withMaxConnections(2).withCheck(answeredBy('y'), SECOND));
        Borrower first = new Borrower();
        Borrower second = new Borrower();
        connect(0);
        connect(1);
        first.release();
        List<Borrower> next = new ArrayList<>();
        client.machine.inAnotherTurn(() -> {
            second.lease().release();
            next.add(new Borrower());
        });
        settle();
        receive(0, "y");
        assertSame(first.connection(), next.get(0).connection());
    }

    private static HealthCheck answeredBy(char answer) {
        return (connection, healthy) -> new StatefulHandler() {
            @Override
            public void onData(Connection own, ByteBuffer data) {
                healthy.complete(data.get() == answer);
            }
        };
    }

    @Test
    @DisplayName("the timer of an idle connection that expires when its check begins does not end the check")
    void aCheckHasItsFullTime() {
        open(settings ->
                settings.withMaxConnections(1).withMaxIdle(10 * SECOND).withCheck(answeredBy('y'), 2 * SECOND));
        borrowAndRelease();
        List<Borrower> next = new ArrayList<>();
        client.machine.inAnotherTurn(() -> {
            next.add(new Borrower());
            client.machine.advance(Duration.ofSeconds(10));
        });
        settle();
        assertEquals(0, pool().statistics().unhealthy());
        receive(0, "y");
        assertTrue(next.get(0).lease().reused());
    }

    @Test
    @DisplayName(
            "a connection whose handler could not be created is not taken from the next borrower by a late release")
    void theReleaseOfALoanThatFailedDoesNotEndTheNextOne() {
        open(settings -> settings.withMaxConnections(1));
        List<PooledConnection> kept = new ArrayList<>();
        CompletableFuture<PooledConnection> failed = pool().acquire(borrowed -> {
            kept.add(borrowed);
            throw new IllegalStateException("thrown by the test");
        });
        settle();
        connect(0);
        assertTrue(failed.isCompletedExceptionally());
        Borrower next = new Borrower();
        assertTrue(next.future.isDone());
        kept.get(0).release();
        settle();
        receive(0, "still lent");
        assertEquals("still lent", next.handler.receivedText());
        assertEquals(1, pool().statistics().borrowed());
    }

    @Test
    void aConnectionThatWasGivenToAnotherHandlerIsLentAgain() {
        open(settings -> settings.withMaxConnections(1));
        RecordingHandler next = new RecordingHandler();
        Borrower first = new Borrower();
        connect(0);
        first.handler.onData = (connection, data) -> {
            data.get();
            connection.handler(next);
        };
        receive(0, "ab");
        assertEquals("b", next.receivedText());
        first.release();
        assertEquals(1, pool().statistics().idle());
        Borrower second = new Borrower();
        receive(0, "c");
        assertEquals("c", second.handler.receivedText());
        assertEquals("b", next.receivedText());
    }

    @Test
    @DisplayName("an acquire whose future was completed by its caller is forgotten, as after a cancel")
    void anAcquireThatItsCallerCompletesNoLongerWaits() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        Borrower abandoned = new Borrower();
        abandoned.future.complete(first.lease());
        settle();
        assertEquals(0, pool().statistics().waiting());
        first.release();
        assertEquals(List.of(), abandoned.handler.events);
        assertEquals(1, pool().statistics().idle());
    }

    @Test
    @DisplayName("a connection that ends by the idle timeout of its client is not idle in the pool while it is closed")
    void aConnectionThatTimesOutIsNoLongerIdle() {
        open(settings -> settings.withMaxIdle(600 * SECOND));
        borrowAndRelease();
        advance(Duration.ofSeconds(60));
        assertEquals(0, pool().statistics().idle());
        assertEquals(1, pool().statistics().discarded());
        Borrower next = new Borrower();
        connect(1);
        assertFalse(next.lease().reused());
        assertEquals(1, pool().statistics().discarded());
    }

    @Test
    @DisplayName("bytes that a borrower left unread do not reach the next one when output that waited has been sent")
    void unreadBytesBehindWaitingOutputDoNotReachTheNextBorrower() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        first.handler.onData = (connection, data) -> {}; // leaves everything
        receive(0, "secret");
        ScriptedTransport transport = client.attempt(0).transport;
        transport.window = 0;
        first.connection().write(new byte[300_000]); // above the high watermark
        settle();
        transport.window = 200_000; // now between the two watermarks
        settle();
        first.release();

        Borrower second = new Borrower();
        transport.window = Long.MAX_VALUE;
        settle();
        assertEquals("", second.handler.receivedText());
        assertEquals(1, pool().statistics().discarded());
    }
}
