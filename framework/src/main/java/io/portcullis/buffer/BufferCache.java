// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import org.jspecify.annotations.Nullable;

/**
 * The free buffers that one thread keeps for itself, in plain arrays that only this thread accesses. The cache holds at
 * most 16 buffers of each size; of the large sizes about 1 MiB, but at least two buffers; and never more of one size
 * than 1/128 of the pool's budget. Buffers released beyond that go to the queue that all threads share.
 *
 * <p>To use a cache, a thread extends {@link Thread}, implements {@link Owner} and obtains a
 * {@linkplain BufferPool#newCache() new cache} from the pool, once.
 */
public final class BufferCache implements AutoCloseable {
    private static final int MOST_BUFFERS = 16;
    private static final int FEWEST_BUFFERS = 2;

    /** A thread keeps at most this fraction (1/128) of the pool's budget of each size. */
    private static final int SHARE_OF_BUDGET = 128;

    private final BufferPool pool;
    private final SizeClass[] classes;
    private final @Nullable PooledBuffer[][] free;
    private final int[] sizes;
    final LeaseCounts counts;

    /** The pool that this cache serves; null once the cache is closed. */
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

    /**
     * Runs the counting code once up front: the first execution of code allocates memory, and there may be none left
     * when a thread dies and its counts are added.
     */
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

    /** Moves all buffers to the queue that all threads share. */
    void flush() {
        for (SizeClass each : classes) {
            for (PooledBuffer buffer = take(each.index); buffer != null; buffer = take(each.index)) {
                var unused = each.put(buffer);
            }
        }
    }

    /**
     * Moves all buffers to the queue that all threads share and takes the cache out of service: from now on the thread
     * uses that queue. Must be called by the thread that owns the cache, or by any other thread after the owner has
     * terminated. Calling it again has no effect.
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
         * Returns the cache of this thread. The pool calls this method on the owning thread only, for every lease and
         * release. It ignores a cache that is closed or belongs to another pool.
         *
         * @return always the same cache, or null while the thread has none
         */
        @Nullable
        BufferCache bufferCache();
    }
}
