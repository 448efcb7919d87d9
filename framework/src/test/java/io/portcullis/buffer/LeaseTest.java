// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R23 a lease is returned exactly once, and wiped if requested")
class LeaseTest {
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void secondReleaseThrows(boolean strict) {
        BufferPool pool = BufferPool.builder().strict(strict).build();
        Lease lease = pool.lease(256);
        lease.release();
        assertThrows(IllegalStateException.class, lease::release);
        assertThrows(IllegalStateException.class, () -> lease.releaseWiped(1));
        assertEquals(0, pool.statistics().activeLeases());
        assertEquals(pool.statistics().directBytes(), pool.statistics().freeBytes());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void anAbandonedBufferIsNeverLentAgainAndCountsAsLeaked(boolean strict) {
        BufferPool pool = BufferPool.builder().strict(strict).build();
        Lease lease = pool.lease(17408);
        ByteBuffer buffer = lease.buffer();
        lease.abandon();
        assertThrows(IllegalStateException.class, lease::abandon);
        assertThrows(IllegalStateException.class, lease::release);
        assertThrows(IllegalStateException.class, lease::buffer);
        assertEquals(0, pool.statistics().activeLeases());
        assertEquals(1, pool.statistics().leaked());
        assertEquals(List.of(), pool.outstanding());
        buffer.put(0, (byte) 7);
        Lease other = pool.lease(17408);
        assertNotSame(buffer, other.buffer());
        other.release();
    }

    @Test
    void aReleasedLeaseCannotBeAbandoned() {
        BufferPool pool = BufferPool.create();
        Lease lease = pool.lease(256);
        lease.release();
        assertThrows(IllegalStateException.class, lease::abandon);
        assertEquals(0, pool.statistics().leaked());
    }

    /** CVE-2019-17638: a buffer returned twice is given to two holders. */
    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void staleLeaseDoesNotReleaseAnother(boolean strict) throws Exception {
        BufferPool pool = BufferPool.builder().strict(strict).build();
        OwnerThread.call(pool, () -> {
            Lease stale = pool.lease(17408);
            stale.release();
            Lease current = pool.lease(17408);
            current.buffer().put(0, (byte) 7);
            assertThrows(IllegalStateException.class, stale::release);
            assertThrows(IllegalStateException.class, () -> stale.releaseWiped(17408));
            assertThrows(IllegalStateException.class, stale::buffer);
            assertEquals(1, pool.statistics().activeLeases());
            Lease third = pool.lease(17408);
            third.buffer().put(0, (byte) 9);
            assertEquals(7, current.buffer().get(0));
            third.release();
            current.release();
            return true;
        });
        assertEquals(0, pool.statistics().activeLeases());
    }

    @Test
    void oneHolderMayUseItsLeaseForOneLoanAfterTheOther() {
        BufferPool pool = BufferPool.create();
        Lease lease = pool.lease(256);
        assertThrows(IllegalStateException.class, () -> pool.lease(256, lease));
        lease.release();
        assertSame(lease, pool.lease(17408, lease));
        assertEquals(17408, lease.buffer().capacity());
        lease.release();
        assertThrows(IllegalStateException.class, lease::release);
        assertEquals(0, pool.statistics().activeLeases());
        assertEquals(2, pool.statistics().totalLeases());
    }

    @Test
    void strictModeNeverUsesALeaseAgain() {
        BufferPool pool = BufferPool.builder().strict(true).build();
        Lease lease = pool.lease(256);
        lease.release();
        Lease next = pool.lease(256, lease);
        assertThrows(IllegalStateException.class, lease::buffer);
        next.release();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void useAfterReleaseThrows(boolean strict) {
        Lease lease = BufferPool.builder().strict(strict).build().lease(256);
        lease.release();
        assertThrows(IllegalStateException.class, lease::buffer);
        assertEquals(256, lease.capacity());
    }

    @Test
    void bufferIsTheSameObjectDuringTheLoan() {
        Lease lease = BufferPool.create().lease(256);
        ByteBuffer buffer = lease.buffer();
        buffer.position(3);
        assertSame(buffer, lease.buffer());
        assertEquals(3, lease.buffer().position());
    }

    @Test
    void describesItsStateInOneLine() {
        Lease lease = BufferPool.create().lease(16709);
        assertEquals("Lease[17408 bytes, active]", lease.toString());
        lease.release();
        assertEquals("Lease[17408 bytes, released]", lease.toString());
    }

    @ParameterizedTest
    @CsvSource({
        "256, 0",
        "256, 1",
        "256, 256",
        "8192, 8191",
        "17408, 8192",
        "17408, 8193",
        "17408, 16384",
        "1114112, 1114112"
    })
    void wipesTheGivenLengthAndNothingElse(int size, int length) {
        Lease lease = BufferPool.create().lease(size);
        ByteBuffer buffer = lease.buffer();
        for (int index = 0; index < size; index++) {
            buffer.put(index, (byte) 0x5A);
        }
        ByteBuffer kept = buffer.duplicate();
        buffer.limit(1).position(1);
        lease.releaseWiped(length);
        for (int index = 0; index < size; index++) {
            assertEquals(index < length ? 0 : 0x5A, kept.get(index));
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, 257, Integer.MAX_VALUE, Integer.MIN_VALUE})
    void impossibleLengthToWipeLeavesTheLeaseOut(int length) {
        BufferPool pool = BufferPool.create();
        Lease lease = pool.lease(256);
        assertThrows(IllegalArgumentException.class, () -> lease.releaseWiped(length));
        assertEquals(1, pool.statistics().activeLeases());
        lease.release();
        assertEquals(0, pool.statistics().activeLeases());
    }

    @Test
    void secondReleaseWipesNothing() {
        BufferPool pool = BufferPool.create();
        Lease lease = pool.lease(17408);
        ByteBuffer kept = lease.buffer().put(0, (byte) 1).duplicate();
        lease.release();
        assertThrows(IllegalStateException.class, () -> lease.releaseWiped(256));
        assertEquals(1, kept.get(0));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void mayBeReleasedOnAnotherThread(boolean strict) throws Exception {
        BufferPool pool = BufferPool.builder().strict(strict).build();
        Lease lease = OwnerThread.call(pool, () -> pool.lease(17408));
        assertEquals(1, pool.statistics().activeLeases());
        lease.release();
        Lease second = pool.lease(17408);
        OwnerThread.call(pool, () -> {
            second.release();
            return true;
        });
        PoolStatistics statistics = pool.statistics();
        assertEquals(0, statistics.activeLeases());
        assertEquals(2, statistics.totalLeases());
        assertEquals(statistics.directBytes(), statistics.freeBytes());
    }

    @ParameterizedTest
    @CsvSource({"false, 20000", "true, 2000"})
    void exactlyOneOfTwoRacingReleasesWins(boolean strict, int rounds) throws Exception {
        BufferPool pool = BufferPool.builder().strict(strict).build();
        Lease[] contended = new Lease[1];
        CyclicBarrier start = new CyclicBarrier(2, () -> contended[0] = pool.lease(256));
        CyclicBarrier end = new CyclicBarrier(2);
        FutureTask<Integer> other = new FutureTask<>(() -> race(contended, start, end, rounds));
        new OwnerThread(pool, other).start();
        int here = race(contended, start, end, rounds);
        assertEquals(rounds, here + other.get());
        PoolStatistics statistics = pool.statistics();
        assertEquals(rounds, statistics.totalLeases());
        assertEquals(0, statistics.activeLeases());
    }

    private static int race(Lease[] contended, CyclicBarrier start, CyclicBarrier end, int rounds) throws Exception {
        int won = 0;
        for (int round = 0; round < rounds; round++) {
            start.await();
            try {
                contended[0].release();
                won++;
            } catch (IllegalStateException lost) {
                // The other thread must have won: the caller counts the failures.
            }
            end.await();
        }
        return won;
    }
}
