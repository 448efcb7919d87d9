// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a pool. It is allocated in chunks of the largest size. Chunks are split when a smaller buffer is
 * requested, and merged again when all their pieces are free:
 *
 * <pre>
 *   1,088 KiB -> 2 x 544 KiB -> 2 x 272 KiB -> 4 x 68 KiB -> 4 x 17 KiB, 8 x 8 KiB, 34 x 2 KiB, 68 x 1 KiB, or 272 x 256 B
 * </pre>
 *
 * So memory used for small buffers can later be used for large ones. Free buffers are kept in the queues of the
 * {@link SizeClass}es. A thread that removes a buffer from a queue owns it exclusively, and so may split it without
 * synchronization. One thread at a time merges, when the budget is exhausted or a lot of memory is free: it removes all
 * free buffers from the queues, and puts back those that cannot be merged. No thread waits for it.
 */
final class Arena {
    /** The number of times a thread retries while another one is merging. */
    private static final int LOOKS = 2_000;

    private final SizeClass[] classes;
    private final Budget budget;
    private final AtomicBoolean merging = new AtomicBoolean();

    Arena(SizeClass[] classes, Budget budget) {
        this.classes = classes;
        this.budget = budget;
    }

    /**
     * Returns a buffer of a size whose queue was empty. If nothing is left that could be split, a larger buffer is
     * returned whole: otherwise a holder of one piece of each chunk could prevent all remaining free memory from being
     * used for smaller sizes.
     *
     * @throws BufferShortageException if there is not enough memory
     */
    PooledBuffer obtain(int index) {
        PooledBuffer buffer = cut(index);
        if (buffer == null && freeBytes() >= classes[index].size) {
            merge();
            buffer = cut(index);
        }
        for (int look = 0; buffer == null && look < LOOKS && merging.get(); look++) {
            Thread.onSpinWait();
            buffer = cut(index);
        }
        for (int larger = index + 1; buffer == null && larger < classes.length; larger++) {
            buffer = classes[larger].take();
        }
        if (buffer == null) {
            throw new BufferShortageException(
                    "No buffer of " + classes[index].size + " bytes is available: "
                            + "the pool's budget of " + budget.limit() + " bytes is exhausted; "
                            + "raise it (BufferPool.Builder.budget, -XX:MaxDirectMemorySize), or limit what connections may hold");
        }
        return buffer;
    }

    /** Takes a buffer from the queue, or splits the next larger free buffer, or allocates a chunk. */
    private @Nullable PooledBuffer cut(int index) {
        SizeClass size = classes[index];
        PooledBuffer buffer = size.take();
        if (buffer != null) {
            return buffer;
        }
        if (index == classes.length - 1) {
            ByteBuffer memory = budget.allocate(size.size);
            return memory == null ? null : size.begin(memory);
        }
        PooledBuffer whole = cut(SizeClass.wholeOf(index));
        return whole == null ? null : size.cut(whole);
    }

    /** Merges free buffers, unless another thread is already doing so. */
    void merge() {
        if (!merging.compareAndSet(false, true)) {
            return;
        }
        try {
            for (int index = 0; index < classes.length - 1; index++) {
                merge(classes[index]);
                classes[index].mergeLater();
            }
        } finally {
            merging.set(false);
        }
    }

    /** Called from the smallest size to the largest, so that a merged buffer is considered as a piece in turn. */
    private void merge(SizeClass size) {
        List<PooledBuffer> free = new ArrayList<>();
        for (PooledBuffer next = size.take(); next != null; next = size.take()) {
            free.add(next);
            next.whole().found();
        }
        int pieces = size.piecesOfWhole();
        for (PooledBuffer piece : free) {
            if (!piece.whole().complete(pieces)) {
                var unused = size.put(piece);
            }
        }
        for (PooledBuffer piece : free) {
            PooledBuffer whole = piece.whole();
            if (whole.forget() == pieces) {
                size.merged(pieces);
                whole.home.add(whole);
            }
        }
    }

    /** Returns how many bytes are free or may still be allocated, not counting the caches of threads. */
    long available() {
        return Math.max(0, budget.left()) + freeBytes();
    }

    private long freeBytes() {
        long bytes = 0;
        for (SizeClass size : classes) {
            bytes += size.freeBytes();
        }
        return bytes;
    }

    /** Returns whether a free chunk may be left to the garbage collector, which takes a while to reclaim it. */
    boolean isGenerous() {
        return budget.left() > budget.limit() / 2;
    }

    Budget budget() {
        return budget;
    }
}
