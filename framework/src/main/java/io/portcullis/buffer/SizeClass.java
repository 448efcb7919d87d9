// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.nio.ByteBuffer;
import java.util.Collection;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * The buffers of one size: the queue of free buffers shared by all threads, and the counts.
 *
 * <p>Threads that find the queue empty at the same time each split a larger buffer; that costs memory, but never
 * correctness. The counts only grow, and releases are read before leases: a loan is released after it was leased, so a
 * reader can never see more releases than leases.
 */
final class SizeClass {
    private static final int[] SIZES = {
        256, 1024, 2 * 1024, 8 * 1024, 17 * 1024, 68 * 1024, 272 * 1024, 544 * 1024, 1088 * 1024
    };

    /** The index of the size from which all smaller ones are split directly. */
    private static final int SLAB = 5;

    static final int LARGEST = SIZES[SIZES.length - 1];

    /** The pool, as seen by its size classes and their buffers. */
    interface Lender {
        /** Returns whether each loan is checked, regardless of the cost. */
        boolean strict();

        /** Returns whether a free chunk may be left to the garbage collector, which takes a while to reclaim it. */
        boolean isGenerous();

        /**
         * Takes back a buffer whose loan has ended. Called once for each loan.
         *
         * @param buffer the buffer that was on loan; its lease stays reachable during the call
         * @param end the marker that the lease refers to from now on
         */
        void takeBack(PooledBuffer buffer, PooledBuffer end);

        /**
         * Counts a buffer whose loan has ended and which must not be reused; its lease stays reachable during the call.
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

    /** Returns the marker that a lease refers to while it has no loan. */
    PooledBuffer noLoan() {
        return noLoan;
    }

    /** Returns the marker for a lease that is being released now. */
    PooledBuffer endOfLoan() {
        return lender.strict()
                ? PooledBuffer.end(this, new Throwable("The lease was released here, by " + Thread.currentThread()))
                : noLoan;
    }

    /** Returns the index of the size from which buffers of the given size are split. */
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

    /** Adds a free buffer; returns whether so much is free that buffers should be merged. */
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

    /** Adds a buffer that was merged from pieces. */
    void add(PooledBuffer whole) {
        buffers.increment();
        var unused = put(whole);
    }

    /** Called after a merge: another one is not worthwhile before twice as much memory is free. */
    void mergeLater() {
        mergeAbove = Math.max(retained, 2 * freeBytes.get());
    }

    long freeBytes() {
        return freeBytes.get();
    }

    /** Returns a buffer that consists of newly allocated memory. */
    PooledBuffer begin(ByteBuffer memory) {
        buffers.increment();
        return PooledBuffer.of(this, memory, null);
    }

    /** Splits a free buffer of a larger size, which the caller has taken, and returns the first piece. */
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

    /** Returns the number of buffers of this size in a larger one. */
    int piecesOfWhole() {
        return SIZES[wholeOf(index)] / size;
    }

    /** Subtracts the pieces that were merged into a larger buffer. */
    void merged(int pieces) {
        buffers.add(-pieces);
    }

    /** Subtracts a buffer that no longer belongs to the pool. */
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

    /** Adds the counts of a thread that will not count any further. */
    void add(LeaseCounts counts) {
        leased.add(counts.leased(index));
        returned.add(counts.returned(index));
    }

    /**
     * Returns the current numbers.
     *
     * @param threads the counts of threads that have their own; the caller ensures that the collection does not change
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
