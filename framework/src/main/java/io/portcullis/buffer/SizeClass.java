// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one size: the queue of the free ones that all threads share, and the counts.
 *
 * <p>Threads that find the queue empty at the same time each allocate; that costs memory, never correctness. The counts
 * only grow and returns are read before leases: the return of a loan happens after its lease, so that a reader can never
 * count more returns than leases.
 */
final class SizeClass {
    private static final int SLAB = 64 * 1024;
    private static final int LARGEST_SLICE = 8 * 1024;
    private static final int[] SIZES = {
        256, 1024, 2 * 1024, LARGEST_SLICE, 17 * 1024, 68 * 1024, 272 * 1024, 544 * 1024, 1088 * 1024
    };

    static final int LARGEST = SIZES[SIZES.length - 1];

    private final BufferPool pool;
    private final int index;
    private final int size;
    private final long retained;
    private final PooledBuffer noLoan;
    private final ConcurrentLinkedQueue<PooledBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicLong freeBytes = new AtomicLong();
    private final LongAdder leased = new LongAdder();
    private final LongAdder returned = new LongAdder();
    private final LongAdder leaked = new LongAdder();
    private final LongAdder buffers = new LongAdder();
    private final LongAdder directBytes = new LongAdder();

    private SizeClass(BufferPool pool, int index, long retained) {
        this.pool = pool;
        this.index = index;
        this.size = SIZES[index];
        this.retained = retained;
        this.noLoan = PooledBuffer.end(this, null);
    }

    static SizeClass[] all(BufferPool pool, long retained) {
        SizeClass[] all = new SizeClass[SIZES.length];
        for (int index = 0; index < all.length; index++) {
            all[index] = new SizeClass(pool, index, retained);
        }
        return all;
    }

    static int indexFor(int size) {
        if (size < 0) {
            throw new IllegalArgumentException("Cannot lease " + size + " bytes: the size must not be negative");
        }
        for (int index = 0; index < SIZES.length; index++) {
            if (size <= SIZES[index]) {
                return index;
            }
        }
        throw new IllegalArgumentException("Cannot lease " + size + " bytes: the largest buffer has " + LARGEST
                + "; use several, or allocate outside of the pool");
    }

    BufferPool pool() {
        return pool;
    }

    int index() {
        return index;
    }

    int size() {
        return size;
    }

    /** What a lease refers to as long as nothing is on loan. */
    PooledBuffer noLoan() {
        return noLoan;
    }

    /** What a lease refers to when it was released here and now. */
    PooledBuffer endOfLoan() {
        return pool.strict()
                ? PooledBuffer.end(this, new Throwable("The lease was released here, by " + Thread.currentThread()))
                : noLoan;
    }

    @Nullable
    PooledBuffer take() {
        PooledBuffer buffer = free.poll();
        if (buffer != null && !sliced()) {
            freeBytes.addAndGet(-size);
        }
        return buffer;
    }

    void put(PooledBuffer buffer) {
        if (!sliced() && freeBytes.addAndGet(size) > retained) {
            freeBytes.addAndGet(-size);
            discard();
            return;
        }
        try {
            free.add(buffer);
        } catch (OutOfMemoryError noRoomForTheNode) {
            discard();
        }
    }

    /** Makes one buffer for the caller or, of a small size, a slab of which the caller gets the first slice. */
    PooledBuffer allocate() {
        if (!sliced()) {
            PooledBuffer buffer = PooledBuffer.of(this, ByteBuffer.allocateDirect(size));
            buffers.increment();
            directBytes.add(size);
            return buffer;
        }
        ByteBuffer slab = ByteBuffer.allocateDirect(SLAB);
        for (int offset = size; offset < SLAB; offset += size) {
            free.add(PooledBuffer.of(this, slab.slice(offset, size)));
        }
        buffers.add(SLAB / size);
        directBytes.add(SLAB);
        return PooledBuffer.of(this, slab.slice(0, size));
    }

    /** Counts a buffer that no longer belongs to the pool. The memory of a slice stays: its slab is shared. */
    void discard() {
        buffers.decrement();
        if (!sliced()) {
            directBytes.add(-size);
        }
    }

    void countLease() {
        leased.increment();
    }

    void countReturn() {
        returned.increment();
    }

    void countLeak() {
        leaked.increment();
        discard();
    }

    void addCountsOf(BufferCache cache) {
        leased.add(cache.leased(index));
        returned.add(cache.returned(index));
    }

    /** The caller keeps the collection from changing, and from closing any of the caches, meanwhile. */
    PoolStatistics.OfSize statistics(Collection<BufferCache> caches) {
        long leaks = leaked.sum();
        long gone = leaks + returned.sum();
        for (BufferCache cache : caches) {
            gone += cache.returned(index);
        }
        long ever = leased.sum();
        for (BufferCache cache : caches) {
            ever += cache.leased(index);
        }
        long out = ever - gone;
        return new PoolStatistics.OfSize(size, ever, out, leaks, Math.max(0, buffers.sum() - out), directBytes.sum());
    }

    private boolean sliced() {
        return size <= LARGEST_SLICE;
    }
}
