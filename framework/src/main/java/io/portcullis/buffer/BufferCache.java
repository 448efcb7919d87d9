// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import org.jspecify.annotations.Nullable;

/**
 * The free buffers that one thread keeps to itself: plain arrays that only this thread touches. A few buffers of each
 * size are kept, at most 16 and, of the large sizes, about 1 MiB but at least two, and never more of a size than a
 * 128th of the pool's budget; what comes back beyond that goes to the queue that all threads share.
 *
 * <p>A thread that wants one extends {@link Thread}, implements {@link Owner} and asks the pool for a
 * {@linkplain BufferPool#newCache() new cache}, once.
 */
public final class BufferCache implements AutoCloseable {
    private static final int MOST_BUFFERS = 16;
    private static final int FEWEST_BUFFERS = 2;

    /** Of the pool's budget, one part of so many is the most that a thread keeps of a size. */
    private static final int SHARE_OF_BUDGET = 128;

    private final BufferPool pool;
    private final SizeClass[] classes;
    private final @Nullable PooledBuffer[][] free;
    private final int[] sizes;
    final LeaseCounts counts;

    /** The pool that it serves; null when it is closed. */
    @Nullable
    BufferPool serves;

    BufferCache(BufferPool pool, SizeClass[] classes) {
        this.pool = pool;
        this.serves = pool;
        this.classes = classes;
        free = new @Nullable PooledBuffer[classes.length][];
        for (SizeClass each : classes) {
            free[each.index] = new @Nullable PooledBuffer[capacity(each.size, pool.budget())];
        }
        sizes = new int[classes.length];
        counts = new LeaseCounts(classes.length);
        useAllCounts();
    }

    /** The first use of code needs memory, of which there may be none when a thread dies and its counts are added. */
    private void useAllCounts() {
        for (SizeClass each : classes) {
            each.add(counts);
        }
    }

    private static int capacity(int size, long budget) {
        long affordable = budget / SHARE_OF_BUDGET / size;
        int wanted = Math.max(FEWEST_BUFFERS, Math.min(MOST_BUFFERS, SizeClass.LARGEST / size));
        return (int) Math.min(wanted, affordable);
    }

    /** Gives the buffers to the queue that all threads share. */
    void flush() {
        for (SizeClass each : classes) {
            for (PooledBuffer buffer = take(each.index); buffer != null; buffer = take(each.index)) {
                var unused = each.put(buffer);
            }
        }
    }

    /**
     * Gives the buffers to the queue that all threads share and ends the service: from now on the thread uses that
     * queue. Called by the thread that owns the cache, or by any other after it has ended. Has no effect the second
     * time.
     */
    @Override
    public void close() {
        if (serves == null) {
            return;
        }
        serves = null;
        flush();
        pool.forget(this);
    }

    @Nullable
    PooledBuffer take(int index) {
        int last = sizes[index] - 1;
        if (last < 0) {
            return null;
        }
        @Nullable PooledBuffer[] buffers = free[index];
        PooledBuffer buffer = buffers[last];
        buffers[last] = null;
        sizes[index] = last;
        return buffer;
    }

    boolean put(int index, PooledBuffer buffer) {
        @Nullable PooledBuffer[] buffers = free[index];
        int size = sizes[index];
        if (size == buffers.length) {
            return false;
        }
        buffers[size] = buffer;
        sizes[index] = size + 1;
        return true;
    }

    /** A thread that has a cache of its own. */
    public interface Owner {
        /**
         * The cache of this thread. The pool asks for it on this thread only, at every lease and release; it ignores a
         * cache that is closed or belongs to another pool.
         *
         * @return always the same cache, or null as long as, or if, the thread has none
         */
        @Nullable
        BufferCache bufferCache();
    }
}
