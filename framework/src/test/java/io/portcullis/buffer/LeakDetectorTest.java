// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.FutureTask;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class LeakDetectorTest {
    private final ConcurrentLinkedQueue<OutstandingLease> leaks = new ConcurrentLinkedQueue<>();

    @Test
    void namesThePlaceOfALeaseThatWasNeverReleased() throws InterruptedException {
        BufferPool pool = watched();
        leak(pool, 16709);
        awaitLeaks(pool, 1);
        OutstandingLease leaked = leaks.remove();
        assertEquals(17408, leaked.capacity());
        assertTrue(Stream.of(leaked.acquiredAt().getStackTrace())
                .anyMatch(frame -> "namesThePlaceOfALeaseThatWasNeverReleased".equals(frame.getMethodName())));
    }

    @Test
    void leakedLeaseIsNoLongerActiveAndItsBufferIsGone() throws InterruptedException {
        BufferPool pool = watched();
        leak(pool, 17408);
        leak(pool, 256);
        awaitLeaks(pool, 2);
        PoolStatistics statistics = pool.statistics();
        assertEquals(0, statistics.activeLeases());
        assertEquals(0, statistics.activeBytes());
        assertEquals(2, statistics.totalLeases());
        assertEquals(1088 * 1024 - 17408 - 256, statistics.directBytes());
        assertEquals(statistics.directBytes(), statistics.freeBytes());
        assertEquals(List.of(), pool.outstanding());
    }

    @Test
    void releasedAndHeldLeasesAreNotReported() throws InterruptedException {
        BufferPool pool = watched();
        Lease held = pool.lease(256);
        for (int loan = 0; loan < 1000; loan++) {
            pool.lease(256).release();
        }
        leak(pool, 17408);
        awaitLeaks(pool, 1);
        assertEquals(17408, leaks.remove().capacity());
        assertEquals(1, pool.outstanding().size());
        held.release();
        assertEquals(List.of(), pool.outstanding());
    }

    @Test
    void strictModeKeepsLeaksOnTheListOfOutstandingLeases() throws InterruptedException {
        BufferPool pool = BufferPool.builder().strict(true).build();
        leak(pool, 256);
        awaitLeaks(pool, 1);
        assertEquals(0, pool.statistics().activeLeases());
        assertEquals(1, pool.outstanding().size());
    }

    @Test
    void strictModeReportsEveryLeakWhateverTheWatchSamples() throws InterruptedException {
        BufferPool pool = BufferPool.builder()
                .strict(true)
                .leakDetector(LeakDetector.sampled(Integer.MAX_VALUE, leaks::add))
                .build();
        for (int leak = 0; leak < 10; leak++) {
            leak(pool, 256);
        }
        awaitLeaks(pool, 10);
        assertEquals(10, leaks.size());
    }

    @Test
    void watchesOnlyTheSample() {
        BufferPool pool = BufferPool.builder()
                .leakDetector(LeakDetector.sampled(16, leaks::add))
                .build();
        List<Lease> leases = new ArrayList<>();
        for (int loan = 0; loan < 16_000; loan++) {
            leases.add(pool.lease(256));
        }
        int watched = pool.outstanding().size();
        assertTrue(watched > 500 && watched < 2000, () -> watched + " of 16000");
        leases.forEach(Lease::release);
        assertEquals(List.of(), pool.outstanding());
    }

    @Test
    void consumerThatThrowsDoesNotHarmTheThreadThatFindsTheLeak() throws Exception {
        IllegalStateException thrown = new IllegalStateException("from the consumer");
        BufferPool pool = BufferPool.builder()
                .leakDetector(LeakDetector.sampled(1, loan -> {
                    throw thrown;
                }))
                .build();
        leak(pool, 256);
        ConcurrentLinkedQueue<Throwable> uncaught = new ConcurrentLinkedQueue<>();
        FutureTask<Boolean> finder = new FutureTask<>(() -> {
            awaitLeaks(pool, 1);
            return true;
        });
        Thread thread = new Thread(finder);
        thread.setUncaughtExceptionHandler((where, what) -> uncaught.add(what));
        thread.start();
        assertTrue(finder.get());
        assertSame(thrown, uncaught.remove());
    }

    @Test
    void intervalBelowOneIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> LeakDetector.sampled(0, leaks::add));
    }

    private BufferPool watched() {
        return BufferPool.builder()
                .leakDetector(LeakDetector.sampled(1, leaks::add))
                .build();
    }

    private static void leak(BufferPool pool, int size) {
        pool.lease(size).buffer().put(0, (byte) 1);
    }

    /**
     * Runs garbage collections until the pool has found this many leaks; each round waits until an object of its own is
     * collected.
     */
    private static void awaitLeaks(BufferPool pool, int expected) throws InterruptedException {
        ReferenceQueue<Object> collected = new ReferenceQueue<>();
        for (int round = 0; round < 200 && pool.statistics().leaked() < expected; round++) {
            Reference<Object> sentinel = new PhantomReference<>(new Object(), collected);
            try {
                System.gc();
                collected.remove(50);
            } finally {
                Reference.reachabilityFence(sentinel);
            }
        }
        assertEquals(expected, pool.statistics().leaked());
    }
}
