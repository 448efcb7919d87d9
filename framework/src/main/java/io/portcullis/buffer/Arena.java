// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The memory of a pool. It comes in chunks of the largest size, each of which is cut when a smaller buffer is asked
 * for, and put together again when all of its pieces are free:
 *
 * <pre>
 *   1,088 KiB -> 2 x 544 KiB -> 2 x 272 KiB -> 4 x 68 KiB -> 4 x 17 KiB, 8 x 8 KiB, 34 x 2 KiB, 68 x 1 KiB, or 272 x 256 B
 * </pre>
 *
 * So memory that was small buffers in one minute can be large ones in the next. What is free lies in the queues of the
 * {@link SizeClass}es; whoever takes a buffer out of one has it alone, and so may cut it without asking anybody.
 * Putting together is done by one thread at a time, when the budget is spent or much lies about: it takes everything
 * free out of the queues, and puts back what cannot be put together. Nobody waits for it.
 */
final class Arena {
    /** How often a thread looks again while another one puts buffers together. */
    private static final int LOOKS = 2_000;

    private final SizeClass[] classes;
    private final Budget budget;
    private final AtomicBoolean merging = new AtomicBoolean();

    Arena(SizeClass[] classes, Budget budget) {
        this.classes = classes;
        this.budget = budget;
    }

    /**
     * A buffer of a size of which the queue was empty. When nothing is left that could be cut, a larger one is lent
     * whole: else somebody who holds one piece of each chunk could keep all of what is free from whoever needs less.
     *
     * @throws BufferShortageException if there is no memory for it
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
                    "No buffer of " + classes[index].size + " bytes is to be had: "
                            + "the pool's budget of " + budget.limit() + " bytes is spent; "
                            + "raise it (BufferPool.Builder.budget, -XX:MaxDirectMemorySize), or limit what connections may hold");
        }
        return buffer;
    }

    /** Out of the queue, or out of the next larger buffer that is free, or new. */
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

    /** Puts together what is free, unless another thread does so already. */
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

    /** From small to large, so that what was put together is seen again as a piece. */
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

    /** How much is free to be lent or may still be allocated, what threads keep to themselves left out. */
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

    /** Whether a free chunk may be left to the garbage collector, which takes its time. */
    boolean isGenerous() {
        return budget.left() > budget.limit() / 2;
    }

    Budget budget() {
        return budget;
    }
}
