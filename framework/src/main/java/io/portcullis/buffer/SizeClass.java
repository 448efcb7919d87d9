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
 * <p>Threads that find the queue empty at the same time each cut a larger buffer; that costs memory, never correctness.
 * The counts only grow and returns are read before leases: the return of a loan happens after its lease, so that a
 * reader can never count more returns than leases.
 */
final class SizeClass {
    private static final int[] SIZES = {
        256, 1024, 2 * 1024, 8 * 1024, 17 * 1024, 68 * 1024, 272 * 1024, 544 * 1024, 1088 * 1024
    };

    /** The index of the size that the small ones are cut out of, all of them directly. */
    private static final int SLAB = 5;

    static final int LARGEST = SIZES[SIZES.length - 1];

    /** What a size and its buffers ask of the pool that they belong to. */
    interface Lender {
        /** Whether each loan is checked, at any price. */
        boolean strict();

        /** Whether a free chunk may be left to the garbage collector, which takes its time. */
        boolean isGenerous();

        /**
         * Takes in a buffer whose loan has ended; once for each loan.
         *
         * @param buffer what was on loan; its lease stays reachable meanwhile
         * @param end what the lease refers to now
         */
        void takeBack(PooledBuffer buffer, PooledBuffer end);

        /**
         * Counts a buffer whose loan has ended, and which is not to be used again; its lease stays reachable meanwhile.
         */
        void giveUp(PooledBuffer buffer);
    }

    final Lender lender;
    final int index;
    final int size;
    private final long retained;
    private final PooledBuffer noLoan;
    private final ConcurrentLinkedQueue<PooledBuffer> free = new ConcurrentLinkedQueue<>();
    private final AtomicLong freeBytes = new AtomicLong();
    private final LongAdder leased = new LongAdder();
    private final LongAdder returned = new LongAdder();
    private final LongAdder leaked = new LongAdder();
    private final LongAdder buffers = new LongAdder();
    private volatile long mergeAbove;

    private SizeClass(Lender lender, int index, long retained) {
        this.lender = lender;
        this.index = index;
        this.size = SIZES[index];
        this.retained = retained;
        this.mergeAbove = retained;
        this.noLoan = PooledBuffer.end(this, null);
    }

    static SizeClass[] all(Lender lender, long retained) {
        SizeClass[] all = new SizeClass[SIZES.length];
        for (int index = 0; index < all.length; index++) {
            all[index] = new SizeClass(lender, index, retained);
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

    /** What a lease refers to as long as nothing is on loan. */
    PooledBuffer noLoan() {
        return noLoan;
    }

    /** What a lease refers to when it was released here and now. */
    PooledBuffer endOfLoan() {
        return lender.strict()
                ? PooledBuffer.end(this, new Throwable("The lease was released here, by " + Thread.currentThread()))
                : noLoan;
    }

    /** The index of the size that buffers of this one are cut out of. */
    static int wholeOf(int index) {
        return index < SLAB ? SLAB : index + 1;
    }

    @Nullable
    PooledBuffer take() {
        PooledBuffer buffer = free.poll();
        if (buffer != null) {
            freeBytes.addAndGet(-size);
        }
        return buffer;
    }

    /** Takes a free buffer in; returns whether so much is free that it should be put together. */
    boolean put(PooledBuffer buffer) {
        long bytes = freeBytes.addAndGet(size);
        if (bytes > retained && index == SIZES.length - 1 && lender.isGenerous()) {
            freeBytes.addAndGet(-size);
            discard();
            return false;
        }
        try {
            free.add(buffer);
        } catch (OutOfMemoryError noRoomForTheNode) {
            freeBytes.addAndGet(-size);
            discard();
        }
        return bytes > mergeAbove;
    }

    /** Takes in what was put together out of pieces. */
    void add(PooledBuffer whole) {
        buffers.increment();
        var unused = put(whole);
    }

    /** After buffers were put together: it is not worth doing so again before as much is free once more. */
    void mergeLater() {
        mergeAbove = Math.max(retained, 2 * freeBytes.get());
    }

    long freeBytes() {
        return freeBytes.get();
    }

    /** Makes a buffer of new memory. */
    PooledBuffer begin(ByteBuffer memory) {
        buffers.increment();
        return PooledBuffer.of(this, memory, null);
    }

    /** Cuts a free buffer of a larger size that the caller has taken; the caller gets the first piece. */
    PooledBuffer cut(PooledBuffer whole) {
        ByteBuffer memory = whole.bytes().clear();
        int pieces = memory.capacity() / size;
        PooledBuffer first = PooledBuffer.of(this, memory.slice(0, size), whole);
        whole.home.discard();
        buffers.add(pieces);
        for (int piece = 1; piece < pieces; piece++) {
            var unused = put(PooledBuffer.of(this, memory.slice(piece * size, size), whole));
        }
        return first;
    }

    /** How many buffers of this size a larger one is cut into. */
    int piecesOfWhole() {
        return SIZES[wholeOf(index)] / size;
    }

    /** So many pieces are a larger buffer again. */
    void merged(int pieces) {
        buffers.add(-pieces);
    }

    /** Counts a buffer that no longer belongs to the pool. */
    void discard() {
        buffers.decrement();
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

    /** Takes over what a thread has counted, and will count no further. */
    void add(LeaseCounts counts) {
        leased.add(counts.leased(index));
        returned.add(counts.returned(index));
    }

    /**
     * Counts.
     *
     * @param threads what threads count themselves; the caller keeps the collection from changing meanwhile
     */
    PoolStatistics.OfSize statistics(Collection<LeaseCounts> threads) {
        long leaks = leaked.sum();
        long gone = leaks + returned.sum();
        for (LeaseCounts thread : threads) {
            gone += thread.returned(index);
        }
        long ever = leased.sum();
        for (LeaseCounts thread : threads) {
            ever += thread.leased(index);
        }
        long out = ever - gone;
        return new PoolStatistics.OfSize(
                size, ever, out, leaks, Math.max(0, buffers.sum() - out), size * buffers.sum());
    }
}
