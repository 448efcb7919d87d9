// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R23 the cache of a thread keeps every rule of the pool")
class BufferCacheTest {
    private static final int LOANS = 100_000;

    private final BufferPool pool = BufferPool.create();

    @Test
    void ownerGetsItsLastReleasedBuffer() throws Exception {
        OwnerThread.call(pool, () -> {
            Lease first = pool.lease(17408);
            Lease second = pool.lease(17408);
            ByteBuffer firstBuffer = first.buffer();
            ByteBuffer secondBuffer = second.buffer();
            second.release();
            first.release();
            assertSame(firstBuffer, pool.lease(17408).buffer());
            assertSame(secondBuffer, pool.lease(17408).buffer());
            return true;
        });
    }

    @Test
    void cachedBuffersAreInvisibleToOtherThreads() throws Exception {
        OwnerThread.call(pool, () -> {
            pool.lease(17408).release();
            FutureTask<Lease> elsewhere = new FutureTask<>(() -> pool.lease(17408));
            new Thread(elsewhere).start();
            elsewhere.get().release();
            assertEquals(4, freeOf(17408));
            return true;
        });
    }

    @ParameterizedTest
    @CsvSource({"256, 16", "17408, 16", "69632, 16", "278528, 4", "557056, 2", "1114112, 2"})
    void fullCacheGivesToTheSharedQueue(int size, int cached) throws Exception {
        OwnerThread.call(pool, () -> {
            List<Lease> leases = new ArrayList<>();
            for (int loan = 0; loan < 20; loan++) {
                leases.add(pool.lease(size));
            }
            leases.forEach(Lease::release);
            long before = freeOf(size);
            FutureTask<Integer> elsewhere = new FutureTask<>(() -> leaseUntilGrowth(size));
            new Thread(elsewhere).start();
            assertEquals(before - cached, elsewhere.get().longValue());
            return true;
        });
    }

    @Test
    void endOfTheThreadGivesTheBuffersBack() throws Exception {
        ByteBuffer cached = OwnerThread.call(pool, () -> {
            Lease lease = pool.lease(17408);
            ByteBuffer buffer = lease.buffer();
            lease.release();
            return buffer;
        });
        assertLent(cached);
        assertEquals(5, pool.statistics().totalLeases());
        assertEquals(4, pool.statistics().activeLeases());
    }

    @Test
    void closedCacheIsIgnoredAndClosesOnlyOnce() throws Exception {
        OwnerThread.call(pool, () -> {
            BufferCache cache = ((OwnerThread) Thread.currentThread()).bufferCache();
            pool.lease(256).release();
            cache.close();
            cache.close();
            pool.lease(256).release();
            return true;
        });
        PoolStatistics statistics = pool.statistics();
        assertEquals(2, statistics.totalLeases());
        assertEquals(0, statistics.activeLeases());
        assertEquals(statistics.directBytes(), statistics.freeBytes());
    }

    @Test
    void cacheOfAnotherPoolIsIgnored() throws Exception {
        BufferPool other = BufferPool.create();
        ByteBuffer buffer = OwnerThread.call(other, () -> {
            Lease taken = pool.lease(17408);
            ByteBuffer bytes = taken.buffer();
            taken.release();
            return bytes;
        });
        assertLent(buffer);
        assertEquals(0, other.statistics().totalLeases());
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 2048, 17408, 557056})
    void steadyStateAllocatesNothing(int size) throws Exception {
        long allocated = OwnerThread.call(pool, () -> {
            leaseAndRelease(size);
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            leaseAndRelease(size);
            return threads.getCurrentThreadAllocatedBytes() - before;
        });
        assertTrue(allocated < LOANS, () -> allocated + " bytes for " + LOANS + " loans");
        assertEquals(0, pool.statistics().activeLeases());
    }

    @Test
    void aLoanByALeaseOfItsOwnAllocatesThatAlone() throws Exception {
        long allocated = OwnerThread.call(pool, () -> {
            takeNewLeases();
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long before = threads.getCurrentThreadAllocatedBytes();
            takeNewLeases();
            return threads.getCurrentThreadAllocatedBytes() - before;
        });
        assertTrue(allocated < 17L * LOANS, () -> allocated + " bytes for " + LOANS + " loans");
    }

    /** The buffer is among the four that one larger buffer was cut into. */
    @SuppressWarnings("ReferenceEquality") // the same buffer
    private void assertLent(ByteBuffer buffer) {
        boolean lent = false;
        for (int piece = 0; piece < 4; piece++) {
            lent |= pool.lease(17408).buffer() == buffer;
        }
        assertTrue(lent);
    }

    private void takeNewLeases() {
        for (int loan = 0; loan < LOANS; loan++) {
            pool.lease(2048).release();
        }
    }

    /** Takes all buffers of a size from the shared queue, until a larger buffer must be cut; returns their number. */
    private int leaseUntilGrowth(int size) {
        int shared = -1;
        long free;
        do {
            free = freeOf(size);
            shared++;
            pool.lease(size);
        } while (freeOf(size) < free);
        return shared;
    }

    private long freeOf(int size) {
        return pool.statistics().sizes().stream()
                .filter(each -> each.capacity() == size)
                .findFirst()
                .orElseThrow()
                .freeBuffers();
    }

    private void leaseAndRelease(int size) {
        Lease first = null;
        Lease second = null;
        for (int loan = 0; loan < LOANS / 2; loan++) {
            first = pool.lease(size, first);
            second = pool.lease(size, second);
            first.releaseWiped(16);
            second.release();
        }
    }
}
