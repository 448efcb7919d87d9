// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.StatefulHandler;
import io.portcullis.internal.states.DrawnTable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The rules of a pool, with a virtual clock and scripted sockets: the test performs each step. At the end of each test
 * no connection, lease, timer or waiter remains.
 */
@Timeout(60)
class ConnectionPoolRulesTest extends ScriptedPool {
    @Test
    void aConnectionIsMadeWhenItIsNeededAndLentAgain() {
        open(settings -> settings);
        assertEquals(0, attempts());
        Borrower first = new Borrower();
        assertFalse(first.future.isDone());
        connect(0);
        assertFalse(first.lease().reused());
        receive(0, "one");
        first.release();
        Borrower second = new Borrower();
        assertTrue(second.lease().reused());
        assertSame(first.connection(), second.connection());
        receive(0, "two");
        assertEquals("one", first.handler.receivedText());
        assertEquals("two", second.handler.receivedText());
        assertEquals(List.of("open", "data"), first.handler.events);
        assertEquals(List.of("open", "data"), second.handler.events);
        assertEquals(1, attempts());
    }

    @Test
    void aServerMaySpeakFirstToTheFirstBorrower() {
        open(settings -> settings);
        Borrower first = new Borrower();
        client.attempt(0).transport.receive("greeting".getBytes(StandardCharsets.ISO_8859_1));
        connect(0);
        assertEquals("greeting", first.handler.receivedText());
    }

    @Test
    void thereAreNeverMoreThanTheLimitAndWaitersAreServedInOrder() {
        open(settings -> settings.withMaxConnections(2));
        List<Borrower> borrowers = new ArrayList<>();
        for (int i = 0; i < 5; i++) {
            borrowers.add(new Borrower());
        }
        assertEquals(2, attempts());
        connect(1);
        assertTrue(borrowers.get(0).future.isDone(), "the first connection is for the first acquire");
        connect(0);
        assertTrue(borrowers.get(1).future.isDone());
        assertEquals(3, pool().statistics().waiting());
        for (int i = 2; i < 5; i++) {
            assertFalse(borrowers.get(i).future.isDone());
            borrowers.get(i - 1).release();
            assertTrue(borrowers.get(i).future.isDone());
        }
        assertEquals(2, attempts());
    }

    @Test
    void aReleasedConnectionGoesToTheLongestWaiterAndNotToANewcomer() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        Borrower waiting = new Borrower();
        List<Borrower> newcomer = new ArrayList<>();
        client.machine.inAnotherTurn(() -> {
            first.lease().release();
            newcomer.add(new Borrower());
        });
        settle();
        assertTrue(waiting.future.isDone());
        assertFalse(newcomer.get(0).future.isDone());
    }

    @Test
    void theConnectionThatWasUsedLastIsLentFirst() {
        open(settings -> settings);
        Borrower first = new Borrower();
        Borrower second = new Borrower();
        connect(0);
        connect(1);
        first.release();
        second.release();
        assertSame(second.connection(), new Borrower().connection());
        assertSame(first.connection(), new Borrower().connection());
    }

    @Test
    void aSecondReleaseDoesNothing() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = borrowAndRelease();
        Borrower second = new Borrower();
        first.lease().release();
        first.release();
        receive(0, "for the second");
        assertEquals("for the second", second.handler.receivedText());
        assertFalse(new Borrower().future.isDone());
        assertEquals(1, pool().statistics().borrowed());
    }

    @Test
    void anAcquireThatTakesTooLongFailsAndLeavesNoTrace() {
        open(settings ->
                settings.withMaxConnections(1).withAcquire(Duration.ofSeconds(2).toNanos()));
        Borrower first = new Borrower();
        connect(0);
        Borrower late = new Borrower();
        advance(Duration.ofSeconds(1));
        Borrower inTime = new Borrower();
        advance(Duration.ofSeconds(1));
        AcquireFailedException failure = late.failure(AcquireFailedException.class);
        assertEquals(AcquireFailedException.Reason.DEADLINE, failure.reason());
        assertTrue(
                String.valueOf(failure.getMessage())
                        .contains("no connection to example.org:443: none became free within 2000 ms; of at most 1"),
                failure.getMessage());
        assertEquals(1, pool().statistics().waiting());
        first.release();
        assertTrue(inTime.future.isDone());
        assertEquals(List.of(), late.handler.events);
        assertEquals(1, pool().statistics().timeouts());
    }

    @Test
    void aConnectGoesOnWhenItsWaiterIsGoneAndServesTheNextOne() {
        open(settings ->
                settings.withMaxConnections(1).withAcquire(Duration.ofSeconds(2).toNanos()));
        Borrower late = new Borrower();
        advance(Duration.ofSeconds(2));
        late.failure(AcquireFailedException.class);
        Borrower next = new Borrower();
        assertEquals(1, attempts());
        connect(0);
        assertTrue(next.future.isDone());
    }

    @Test
    void aCancelledAcquireGivesItsConnectionToTheNextWaiter() {
        open(settings -> settings.withMaxConnections(1));
        Borrower cancelled = new Borrower();
        Borrower next = new Borrower();
        Borrower last = new Borrower();
        assertTrue(cancelled.future.cancel(false));
        last.future.completeExceptionally(new IOException("given up"));
        settle();
        connect(0);
        assertTrue(next.future.isDone());
        next.release();
        assertEquals(1, pool().statistics().idle(), "no other acquire waits");
        assertEquals(List.of(), cancelled.handler.events);
        assertEquals(List.of(), last.handler.events);
    }

    @Test
    void anAcquireThatIsCancelledWhileItIsServedLeavesTheConnectionToOthers() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        Borrower cancelled = new Borrower();
        Borrower next = new Borrower();
        client.machine.inAnotherTurn(() -> {
            first.lease().release();
            cancelled.future.cancel(false);
        });
        settle();
        assertEquals(List.of(), cancelled.handler.events);
        assertSame(first.connection(), next.connection());
    }

    @Test
    void aHandlerThatCancelsItsOwnAcquireLosesTheConnection() {
        open(settings -> settings.withMaxConnections(1));
        RecordingHandler handler = new RecordingHandler();
        CompletableFuture<PooledConnection> future = pool().acquire(handler);
        handler.onOpen = connection -> future.cancel(false);
        settle();
        connect(0);
        assertEquals(List.of("open", "close LOCAL_ABORT"), handler.events);
        assertEquals(0, pool().statistics().connections());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void anIdleConnectionThatReceivesBytesOrItsEndIsNotLentAgain(boolean bytes) {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = borrowAndRelease();
        if (bytes) {
            receive(0, "a late response");
        } else {
            receiveEnd(0);
        }
        assertEquals(0, pool().statistics().idle());
        assertEquals(1, pool().statistics().discarded());
        Borrower second = new Borrower();
        connect(1);
        assertFalse(second.lease().reused());
        assertEquals(List.of("open"), first.handler.events);
        assertEquals("", second.handler.receivedText());
    }

    @Test
    void bytesThatArriveAtTheSameTimeAsTheNextBorrowerSpoilTheConnection() {
        open(settings -> settings.withMaxConnections(1));
        borrowAndRelease();
        List<Borrower> next = new ArrayList<>();
        client.machine.inAnotherTurn(() -> {
            client.attempt(0).transport.receive("late".getBytes(StandardCharsets.ISO_8859_1));
            client.attempt(0).transport.completeAll();
            next.add(new Borrower());
        });
        settle();
        assertFalse(next.get(0).future.isDone(), "it waits for another connection");
        connect(1);
        assertFalse(next.get(0).lease().reused());
        assertEquals("", next.get(0).handler.receivedText());
    }

    @Test
    void aConnectionWithUnreadBytesIsNotLentAgain() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        first.handler.onData = (connection, data) -> {
            data.get();
            first.lease().release();
        };
        receive(0, "ab");
        receiveEnd(0);
        assertEquals(0, pool().statistics().connections());
        assertEquals(1, pool().statistics().discarded());
    }

    @Test
    void aPausedConnectionIsReadAgainWhenItIsReturned() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        first.connection().pause();
        first.release();
        Borrower second = new Borrower();
        assertSame(first.connection(), second.connection());
        receive(0, "heard");
        assertEquals("heard", second.handler.receivedText());
    }

    @Test
    void theTimeoutsOfABorrowerEndWithTheLoan() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        first.connection().idleTimeout(Duration.ofSeconds(2));
        first.connection().readIdleTimeout(Duration.ofSeconds(2));
        first.connection().writeIdleTimeout(Duration.ofSeconds(2));
        first.release();
        advance(Duration.ofSeconds(3));
        assertEquals(1, pool().statistics().idle());
        Borrower second = new Borrower();
        assertSame(first.connection(), second.connection());
        advance(Duration.ofSeconds(50));
        assertTrue(second.connection().isOpen());
    }

    @Test
    void bytesThatWereHeldForAPausedBorrowerSpoilTheConnection() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        first.connection().pause();
        receive(0, "held");
        first.release();
        assertEquals(List.of("open"), first.handler.events);
        assertEquals(0, pool().statistics().connections());
    }

    @Test
    void aConnectionThatWasClosedOrHalfClosedByItsBorrowerIsNotLentAgain() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        first.connection().close();
        first.release();
        Borrower second = new Borrower();
        assertEquals(1, attempts(), "it counts until it has ended");
        receiveEnd(0);
        assertEquals(2, attempts());
        connect(1);
        second.connection().shutdownOutput();
        second.release();
        Borrower third = new Borrower();
        receiveEnd(1);
        connect(2);
        third.connection().abort();
        settle();
        assertEquals(List.of("open", "close LOCAL_ABORT"), third.handler.events);
        third.release();
        assertEquals(0, pool().statistics().connections(), "an abort needs no release");
    }

    @Test
    void theEndOfABorrowedConnectionFreesItsPlaceWithoutARelease() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        connect(0);
        Borrower second = new Borrower();
        client.attempt(0).transport.fail(new IOException("reset"));
        settle();
        assertEquals(List.of("open", "close IO_FAILED"), first.handler.events);
        connect(1);
        assertTrue(second.future.isDone());
    }

    @Test
    void aFailedConnectFailsTheFirstWaiterAndThePoolGoesOn() {
        open(settings -> settings.withMaxConnections(1));
        Borrower first = new Borrower();
        Borrower second = new Borrower();
        client.attempt(0).refuse();
        settle();
        ConnectFailedException failure = first.failure(ConnectFailedException.class);
        assertEquals(CloseReason.IO_FAILED, failure.reason());
        assertFalse(second.future.isDone());
        assertEquals(1, pool().statistics().connectFailures());
        connect(1);
        assertTrue(second.future.isDone());
    }

    @Test
    void moreAcquiresThanMayWaitAreRefusedAndThoseThatAreServedAtOnceAreNot() {
        open(settings -> settings.withMaxConnections(2).withMaxPending(1));
        List<Borrower> served = List.of(new Borrower(), new Borrower());
        Borrower waiting = new Borrower();
        Borrower refused = new Borrower();
        AcquireFailedException failure = refused.failure(AcquireFailedException.class);
        assertEquals(AcquireFailedException.Reason.TOO_MANY_WAITING, failure.reason());
        connect(0);
        connect(1);
        served.get(0).release();
        assertTrue(waiting.future.isDone());
        assertEquals(1, pool().statistics().refusals());
    }

    @Test
    void withoutRoomForWaitersAnIdleConnectionIsStillLent() {
        open(settings -> settings.withMaxConnections(1).withMaxPending(0));
        Borrower first = new Borrower();
        connect(0);
        new Borrower().failure(AcquireFailedException.class);
        first.release();
        assertTrue(new Borrower().future.isDone());
    }

    @Test
    void anIdleConnectionIsClosedAfterAWhile() {
        open(settings -> settings.withMaxIdle(Duration.ofSeconds(20).toNanos()));
        borrowAndRelease();
        advance(Duration.ofSeconds(15));
        new Borrower().release();
        advance(Duration.ofSeconds(15));
        assertEquals(1, pool().statistics().idle(), "it was used meanwhile");
        advance(Duration.ofSeconds(5));
        assertEquals(0, pool().statistics().idle());
        receiveEnd(0);
        assertEquals(0, pool().statistics().connections());
        assertEquals(0, pool().statistics().discarded());
    }

    @Test
    void anOldConnectionIsReplacedWhenItIsReturned() {
        open(settings -> settings.withMaxConnections(1)
                .withMaxLifetime(Duration.ofSeconds(20).toNanos()));
        Borrower first = new Borrower();
        connect(0);
        Borrower second = new Borrower();
        client.machine.advance(Duration.ofSeconds(9));
        first.release();
        assertSame(first.connection(), second.connection());
        advance(Duration.ofSeconds(11));
        assertEquals(List.of("open"), second.handler.events, "it is not cut");
        second.release();
        assertEquals(0, pool().statistics().idle());
    }

    @Test
    void anIdleConnectionIsClosedAtTheEndOfItsLife() {
        open(settings -> settings.withMaxLifetime(Duration.ofSeconds(10).toNanos()));
        borrowAndRelease();
        advance(Duration.ofSeconds(9));
        assertEquals(1, pool().statistics().idle());
        advance(Duration.ofSeconds(1));
        assertEquals(0, pool().statistics().idle());
    }

    // Health checks:

    /** Sends a question, and accepts the answer y. */
    private static HealthCheck asking() {
        return (connection, healthy) -> new StatefulHandler() {
            @Override
            public void onOpen(Connection own) {
                own.write(ByteBuffer.wrap(new byte[] {'?'}));
            }

            @Override
            public void onData(Connection own, ByteBuffer data) {
                healthy.complete(data.get() == 'y');
            }
        };
    }

    private void openChecking() {
        open(settings -> settings.withMaxConnections(1)
                .withCheck(asking(), Duration.ofSeconds(1).toNanos()));
    }

    @Test
    void aHealthyConnectionIsLentAfterItsCheck() {
        openChecking();
        Borrower first = borrowAndRelease();
        Borrower second = new Borrower();
        assertFalse(second.future.isDone());
        assertEquals("?", client.attempt(0).transport.sent.toString(StandardCharsets.ISO_8859_1));
        receive(0, "y");
        assertSame(first.connection(), second.connection());
        receive(0, "data");
        assertEquals("data", second.handler.receivedText());
    }

    @ParameterizedTest
    @ValueSource(strings = {"n", "yes", ""})
    void anUnhealthyConnectionIsReplaced(String answer) {
        openChecking();
        borrowAndRelease();
        Borrower second = new Borrower();
        if (answer.isEmpty()) {
            advance(Duration.ofSeconds(1));
        } else {
            receive(0, answer);
        }
        if (!client.attempt(0).transport.closed) {
            receiveEnd(0);
        }
        connect(1);
        assertFalse(second.lease().reused());
        assertEquals("yes".equals(answer) ? 0 : 1, pool().statistics().unhealthy());
        assertEquals("", second.handler.receivedText());
    }

    @Test
    void aConnectionThatEndsDuringItsCheckIsReplaced() {
        openChecking();
        borrowAndRelease();
        Borrower second = new Borrower();
        client.attempt(0).transport.fail(new IOException("reset"));
        settle();
        connect(1);
        assertTrue(second.future.isDone());
    }

    @Test
    void aCheckThatThrowsEndsTheConnectionAndNoMore() {
        open(settings -> settings.withMaxConnections(1)
                .withCheck(
                        (connection, healthy) -> {
                            throw new IllegalStateException("thrown by the test");
                        },
                        Duration.ofSeconds(1).toNanos()));
        borrowAndRelease();
        Borrower second = new Borrower();
        connect(1);
        assertTrue(second.future.isDone());
    }

    @Test
    void aConnectionWhoseCheckSucceedsAfterTheLastWaiterIsIdleAndNotCheckedAgainAtOnce() {
        openChecking();
        borrowAndRelease();
        Borrower gone = new Borrower();
        gone.future.cancel(false);
        settle();
        receive(0, "y");
        assertEquals(1, pool().statistics().idle());
        assertTrue(new Borrower().future.isDone());
    }

    // Handlers:

    private static final class Stateful extends StatefulHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
        }
    }

    @Test
    void aHandlerWithStateServesOneConnectionOnly() {
        open(settings -> settings);
        ConnectionHandler handler = new Stateful();
        CompletableFuture<PooledConnection> first = pool().acquire(handler);
        CompletableFuture<PooledConnection> second = pool().acquire(handler);
        settle();
        connect(0);
        connect(1);
        assertTrue(first.isDone() && !first.isCompletedExceptionally());
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, second::get).getCause());
        assertEquals(1, pool().statistics().idle(), "the connection is still usable");
    }

    @Test
    @DisplayName("a handler that is created for its loan can release it, even in onOpen")
    void aHandlerMayBeCreatedForItsLoan() {
        open(settings -> settings.withMaxConnections(1));
        RecordingHandler handler = new RecordingHandler();
        CompletableFuture<PooledConnection> future = pool().acquire(borrowed -> {
            handler.onOpen = connection -> {
                assertSame(borrowed.connection(), connection);
                borrowed.release();
            };
            return handler;
        });
        settle();
        connect(0);
        assertEquals(List.of("open"), handler.events);
        assertFalse(future.join().reused());
        assertEquals(1, pool().statistics().idle());
        assertTrue(pool().acquire(new RecordingHandler()).isDone());
    }

    @ParameterizedTest
    @ValueSource(strings = {"null", "throws", "releases"})
    @DisplayName("an acquire whose handler cannot be created fails, and the connection serves the next one")
    void aHandlerThatCannotBeCreatedFailsItsAcquire(String how) {
        open(settings -> settings.withMaxConnections(1));
        CompletableFuture<PooledConnection> future = pool().acquire(borrowed -> {
            borrowed.release();
            if (how.equals("throws")) {
                throw new IllegalStateException("thrown by the test");
            }
            return how.equals("null") ? nothing() : new RecordingHandler();
        });
        settle();
        connect(0);
        assertTrue(future.isCompletedExceptionally());
        assertEquals(1, pool().statistics().idle());
        assertTrue(pool().acquire(new RecordingHandler()).isDone());
    }

    @SuppressWarnings("NullAway") // as code without annotations may do
    private static ConnectionHandler nothing() {
        return null;
    }

    @Test
    void aHandlerThatThrowsInOnOpenFailsItsAcquireAndLosesTheConnection() {
        open(settings -> settings.withMaxConnections(1));
        RecordingHandler handler = new RecordingHandler();
        handler.onOpen = connection -> {
            throw new IllegalStateException("thrown by the test");
        };
        CompletableFuture<PooledConnection> future = pool().acquire(handler);
        settle();
        connect(0);
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, future::get).getCause());
        assertEquals(List.of("open", "close HANDLER_FAILED"), handler.events);
        assertEquals(0, pool().statistics().connections());
    }

    @Test
    void aHandlerThatNeedsMoreRoomThanThereIsIsRefused() {
        open(settings -> settings.withMaxConnections(1));
        RecordingHandler greedy = new RecordingHandler() {
            @Override
            public int requiredUnreadLimit() {
                return 1 << 30;
            }
        };
        CompletableFuture<PooledConnection> future = pool().acquire(greedy);
        settle();
        connect(0);
        assertInstanceOf(
                IllegalStateException.class,
                assertThrows(ExecutionException.class, future::get).getCause());
    }

    // The end:

    @Test
    void aClosedPoolFailsWaitersAndClosesIdleConnectionsNowAndBorrowedOnesOnRelease() {
        open(settings -> settings.withMaxConnections(2));
        Borrower first = new Borrower();
        Borrower second = new Borrower();
        connect(0);
        connect(1);
        Borrower waiting = new Borrower();
        second.release();
        assertTrue(waiting.future.isDone());
        waiting.release();
        Borrower third = new Borrower();
        Borrower late = new Borrower();
        third.release();
        assertTrue(late.future.isDone());
        late.release();
        assertEquals(1, pool().statistics().idle());
        pool().close();
        settle();
        assertEquals(0, pool().statistics().idle());
        assertEquals(
                AcquireFailedException.Reason.POOL_CLOSED,
                new Borrower().failure(AcquireFailedException.class).reason());
        receiveEnd(1);
        assertFalse(pool().end().isDone());
        receive(0, "still served");
        assertEquals("still served", first.handler.receivedText());
        first.release();
        receiveEnd(0);
        assertTrue(pool().end().isDone());
        assertEquals(
                AcquireFailedException.Reason.POOL_CLOSED,
                new Borrower().failure(AcquireFailedException.class).reason());
    }

    @Test
    void aClosedPoolGivesUpItsConnects() {
        open(settings -> settings);
        Borrower waiting = new Borrower();
        pool().close();
        settle();
        waiting.failure(AcquireFailedException.class);
        assertTrue(pool().end().isDone());
        assertEquals(0, client.connector.open());
    }

    @Test
    void aPoolOfAClosedClientIsClosed() {
        client.close();
        open(settings -> settings);
        assertTrue(pool().end().isDone());
        new Borrower().failure(AcquireFailedException.class);
    }

    @Test
    void aConnectionIsOnlyEverWhereTheTableAllows() {
        open(settings -> settings);
        DrawnTable.assertDrawn(
                PoolSlot.TRANSITIONS,
                List.of(PoolSlot.State.values()),
                List.of(
                        "CONNECTING: HANDING RETURNING ENDING GONE",
                        "HANDING: BORROWED RETURNING ENDING GONE",
                        "BORROWED: RETURNING ENDING GONE",
                        "RETURNING: IDLE ENDING GONE",
                        "IDLE: HANDING CHECKING ENDING GONE",
                        "CHECKING: RETURNING ENDING GONE",
                        "ENDING: GONE",
                        "GONE:"));
    }
}
