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
    void ownerGetsBackWhatItReleasedLast() throws Exception {
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
    void whatIsCachedIsNotSeenByOtherThreads() throws Exception {
        OwnerThread.call(pool, () -> {
            pool.lease(17408).release();
            FutureTask<Lease> elsewhere = new FutureTask<>(() -> pool.lease(17408));
            new Thread(elsewhere).start();
            elsewhere.get().release();
            assertEquals(2, pool.statistics().freeBuffers());
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
            PoolStatistics before = pool.statistics();
            FutureTask<Integer> elsewhere = new FutureTask<>(() -> leaseUntilGrowth(size));
            new Thread(elsewhere).start();
            assertEquals(before.freeBuffers() - cached, elsewhere.get().longValue());
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
        assertSame(cached, pool.lease(17408).buffer());
        assertEquals(2, pool.statistics().leasesEver());
        assertEquals(1, pool.statistics().leasesOut());
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
        assertEquals(2, statistics.leasesEver());
        assertEquals(0, statistics.leasesOut());
        assertEquals(256, statistics.freeBuffers());
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
        assertSame(buffer, pool.lease(17408).buffer());
        assertEquals(0, other.statistics().leasesEver());
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
        assertEquals(0, pool.statistics().leasesOut());
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

    private void takeNewLeases() {
        for (int loan = 0; loan < LOANS; loan++) {
            pool.lease(2048).release();
        }
    }

    private int leaseUntilGrowth(int size) {
        long directBytes = pool.statistics().directBytes();
        int shared = 0;
        pool.lease(size);
        while (pool.statistics().directBytes() == directBytes) {
            shared++;
            pool.lease(size);
        }
        return shared;
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
