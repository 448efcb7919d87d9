// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@DisplayName("R23 no buffer ever has two holders")
class BufferPoolStressTest {
    private static final int THREADS = 8;
    private static final int[] SIZES = {1, 512, 2048, 2049, 16709, 17409};

    private final AtomicLong stamps = new AtomicLong();
    private final ArrayBlockingQueue<Held> passedOn = new ArrayBlockingQueue<>(64);

    @ParameterizedTest
    @CsvSource({"false, 50000", "true, 2000"})
    void everyHolderIsAlone(boolean strict, int rounds) throws Exception {
        BufferPool pool = BufferPool.builder().strict(strict).build();
        List<FutureTask<Long>> tasks = new ArrayList<>();
        for (int number = 0; number < THREADS; number++) {
            long seed = number;
            FutureTask<Long> task = new FutureTask<>(() -> churn(pool, new Random(seed), rounds));
            tasks.add(task);
            (number % 2 == 0 ? new OwnerThread(pool, task) : new Thread(task)).start();
        }
        long leases = 0;
        for (FutureTask<Long> task : tasks) {
            leases += task.get();
        }
        for (Held held = passedOn.poll(); held != null; held = passedOn.poll()) {
            held.release();
        }
        PoolStatistics statistics = pool.statistics();
        assertEquals(0, statistics.activeLeases());
        assertEquals(leases, statistics.totalLeases());
        assertEquals(statistics.directBytes(), statistics.freeBytes());
        assertEquals(List.of(), pool.outstanding());
    }

    private long churn(BufferPool pool, Random random, int rounds) {
        List<Held> mine = new ArrayList<>();
        long leases = 0;
        for (int round = 0; round < rounds; round++) {
            if (mine.size() < 24 && random.nextBoolean()) {
                mine.add(new Held(pool.lease(SIZES[random.nextInt(SIZES.length)]), stamps.incrementAndGet()));
                leases++;
            } else if (!mine.isEmpty()) {
                Held held = mine.remove(random.nextInt(mine.size()));
                if (random.nextInt(4) > 0 || !passedOn.offer(held)) {
                    held.release();
                }
            } else {
                Held other = passedOn.poll();
                if (other != null) {
                    other.release();
                }
            }
        }
        mine.forEach(Held::release);
        return leases;
    }

    /** A lease whose buffer carries a unique stamp every 64 bytes. */
    private record Held(Lease lease, long stamp) {
        Held {
            ByteBuffer buffer = lease.buffer();
            for (int index = 0; index < buffer.capacity(); index += 64) {
                buffer.putLong(index, stamp);
            }
        }

        void release() {
            ByteBuffer buffer = lease.buffer();
            for (int index = 0; index < buffer.capacity(); index += 64) {
                assertEquals(stamp, buffer.getLong(index));
            }
            lease.releaseWiped(64);
        }
    }
}
