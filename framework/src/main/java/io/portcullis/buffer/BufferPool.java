// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Lends pooled direct buffers of nine sizes: 256 B, 1 KiB, 2 KiB, 8 KiB, 17 KiB (a whole TLS packet fits), 68 KiB, 272
 * KiB, 544 KiB (32 packets) and 1,088 KiB. Memory is allocated in chunks of the largest size, which are cut as it is
 * needed, and put together again when their pieces are free, so that no size keeps what another one needs. All of it is
 * within a {@linkplain Builder#budget budget}.
 *
 * <p>Every method may be called on any thread. A thread that implements {@link BufferCache.Owner} has a
 * {@link BufferCache} of its own in front of the queue that all threads share; there a lease costs no lock and, in
 * steady state, nothing but its own object of 16 bytes, or {@linkplain #lease(int, Lease) not even that}. Any other
 * thread takes from and gives to the shared, lock-free queue, at the price of one queue node for each buffer given
 * back.
 *
 * <h2>What a lease may hold</h2>
 *
 * The contents of a lent buffer are undefined: they are what its last holder left. A holder that had plaintext in the
 * buffer gives it back with {@link Lease#releaseWiped(int)}.
 *
 * <h2>Normal and strict</h2>
 *
 * <table class="striped">
 * <caption>What each mode detects</caption>
 * <thead>
 * <tr><th scope="col">mistake</th><th scope="col">normal</th><th scope="col">{@linkplain Builder#strict strict}</th></tr>
 * </thead>
 * <tbody>
 * <tr><th scope="row">second release, use after release, while the buffer is free</th><td>throws</td><td>throws</td></tr>
 * <tr><th scope="row">the same through a stale lease, after the buffer was lent again</th>
 * <td>throws: the new loan has a lease of its own. Only a holder that uses its lease {@linkplain #lease(int, Lease) again}
 * can take its own new loan for the one before</td><td>throws</td></tr>
 * <tr><th scope="row">write through a {@code ByteBuffer} that was kept beyond the release, or by an operation still
 * pending</th><td>not detected</td><td>throws when the buffer is next lent, to whoever asks for it</td></tr>
 * <tr><th scope="row">read through such a {@code ByteBuffer}</th><td>not detected</td><td>reads {@code 0xDE} until the
 * buffer is lent and written again</td></tr>
 * <tr><th scope="row">lease never released</th><td>loans that a {@link LeakDetector} samples</td><td>every loan</td></tr>
 * </tbody>
 * </table>
 *
 * Strict mode is for tests: each loan allocates, walks the stack and writes the whole buffer.
 */
public final class BufferPool {
    private final SizeClass[] classes;
    private final Arena arena;
    private final boolean strict;
    private final @Nullable LoanTracker tracker;
    private final @Nullable Runnable beforeLease;
    private final List<LeaseCounts> threads = new ArrayList<>();

    private BufferPool(Builder builder) {
        strict = builder.strict;
        tracker = strict || builder.leakDetector != null ? new LoanTracker(strict, builder.leakDetector) : null;
        beforeLease = builder.beforeLease;
        classes = SizeClass.all(new Returns(), builder.retained);
        arena = new Arena(classes, builder.budget == 0 ? Budget.ofTheJvm().shared() : new Budget(builder.budget));
    }

    /**
     * A pool with default settings: normal mode, no leak watch.
     *
     * @return the pool
     */
    public static BufferPool create() {
        return builder().build();
    }

    /**
     * Starts the settings of a pool.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Lends a buffer with position 0, limit at its capacity and big-endian order. The caller owns it until it calls
     * {@link Lease#release()} or {@link Lease#releaseWiped(int)}, exactly once, on any thread.
     *
     * @param size the least capacity in bytes; the capacity is that of the smallest size that is large enough, or of a
     *     larger one when nothing else is left
     * @return the lease
     * @throws IllegalArgumentException if the size is negative or above {@link #largest()}
     * @throws IllegalStateException in strict mode, if somebody wrote to the buffer after it had been released; the
     *     buffer is then discarded
     * @throws BufferShortageException if the pool would have to grow beyond its {@linkplain #budget() budget}
     */
    public Lease lease(int size) {
        return lease(size, null);
    }

    /**
     * Lends a buffer as {@link #lease(int)} does, by a lease that the caller had before: this saves an allocation of 16
     * bytes where one holder takes one loan after the other. What the pool detects is the same, except that the
     * holder's own references to its former loan are references to this one.
     *
     * @param size the least capacity in bytes
     * @param again a lease that the caller took and released, and nobody else refers to; null if it has none. Strict
     *     mode makes a new one all the same
     * @return the lease
     * @throws IllegalArgumentException as {@link #lease(int)} does
     * @throws IllegalStateException as {@link #lease(int)} does, or if the lease to be used again is not released
     * @throws BufferShortageException as {@link #lease(int)} does
     */
    public Lease lease(int size, @Nullable Lease again) {
        int index = SizeClass.indexFor(size);
        if (again != null && again.isOut()) {
            throw new IllegalStateException("This lease is out: release it before it is used for another loan");
        }
        if (beforeLease != null) {
            beforeLease.run();
        }
        Lease unused = again == null || strict ? new Lease(classes[index].noLoan()) : again;
        BufferCache cache = ownCache();
        PooledBuffer buffer = take(cache, index);
        buffer.clear();
        Lease lease = unused.lendAgain(buffer);
        if (cache == null) {
            buffer.home.countLease();
        } else {
            cache.counts.countLease(buffer.home.index);
        }
        if (tracker != null) {
            tracker.lent(lease, buffer);
        }
        return lease;
    }

    private PooledBuffer take(@Nullable BufferCache cache, int index) {
        PooledBuffer buffer = cache == null ? null : cache.take(index);
        if (buffer == null) {
            buffer = classes[index].take();
        }
        if (buffer == null) {
            buffer = obtain(cache, index);
        }
        if (strict) {
            requireUntouched(buffer);
        }
        return buffer;
    }

    private PooledBuffer obtain(@Nullable BufferCache cache, int index) {
        if (cache != null && arena.budget().left() < SizeClass.LARGEST) {
            cache.flush();
        }
        return arena.obtain(index);
    }

    /**
     * The most direct memory that the pool allocates: what {@link Builder#budget} has set, or else three quarters of
     * the JVM's limit, which all pools without a budget of their own share.
     *
     * @return bytes
     */
    public long budget() {
        return arena.budget().limit();
    }

    /**
     * How much of the budget is at hand: free to be lent, or not allocated yet. What threads keep to themselves is left
     * out. Costs a look at each size, so it is no question for each byte.
     *
     * @return bytes
     */
    public long available() {
        return arena.available();
    }

    /**
     * The capacity of the largest buffer that can be lent.
     *
     * @return bytes
     */
    public int largest() {
        return SizeClass.LARGEST;
    }

    /**
     * Makes a cache for one thread, which must hand it out through {@link BufferCache.Owner} and close it when it ends.
     *
     * @return the cache
     */
    @SuppressWarnings("checkstyle:NoBlockingCall") // only when a thread begins or ends, or somebody counts
    public BufferCache newCache() {
        BufferCache cache = new BufferCache(this, classes);
        synchronized (threads) {
            threads.add(cache.counts);
        }
        return cache;
    }

    /**
     * Counts what is out and what is free. Exact while no thread leases or releases; otherwise each number is one that
     * was true during the call, and none is negative. Leaks that were found since the last call are reported to the
     * {@link LeakDetector} first, on the calling thread.
     *
     * @return the numbers
     */
    @SuppressWarnings("checkstyle:NoBlockingCall") // only when a thread begins or ends, or somebody counts
    public PoolStatistics statistics() {
        if (tracker != null) {
            tracker.reportLeaks();
        }
        List<PoolStatistics.OfSize> sizes = new ArrayList<>(classes.length);
        synchronized (threads) {
            for (SizeClass each : classes) {
                sizes.add(each.statistics(threads));
            }
        }
        return new PoolStatistics(sizes, budget());
    }

    /**
     * The leases that are out and whose place is known: all of them in strict mode, otherwise those that the
     * {@link LeakDetector} sampled, if there is one. In strict mode a lease that became unreachable stays on this list
     * for good, so that a test that expects an empty list fails.
     *
     * @return a snapshot, in no order
     */
    public List<OutstandingLease> outstanding() {
        return tracker == null ? List.of() : tracker.outstanding();
    }

    /** Called by a cache that closes: its counts go to the classes, in one step as seen by {@link #statistics()}. */
    @SuppressWarnings("checkstyle:NoBlockingCall") // only when a thread begins or ends, or somebody counts
    void forget(BufferCache cache) {
        synchronized (threads) {
            threads.remove(cache.counts);
            for (SizeClass each : classes) {
                each.add(cache.counts);
            }
        }
    }

    private @Nullable BufferCache ownCache() {
        BufferCache cache = Thread.currentThread() instanceof BufferCache.Owner owner ? owner.bufferCache() : null;
        return cache != null && cache.serves == this ? cache : null;
    }

    private static void requireUntouched(PooledBuffer buffer) {
        if (!Overwrite.poisoned(buffer.bytes())) {
            buffer.home.discard();
            throw new IllegalStateException(
                    "A buffer of " + buffer.home.size
                            + " bytes was written to after its release: keep the lease until the"
                            + " last operation on its buffer has completed. The cause is the place of that release.",
                    buffer.releasedAt());
        }
    }

    /** What leases give back, and what their buffers ask. */
    private final class Returns implements SizeClass.Lender {
        @Override
        public boolean strict() {
            return strict;
        }

        @Override
        public boolean isGenerous() {
            return arena.isGenerous();
        }

        @Override
        public void takeBack(PooledBuffer buffer, PooledBuffer end) {
            if (tracker != null) {
                tracker.returned(buffer);
            }
            PooledBuffer free = strict ? buffer.successor(end.releasedAt()) : buffer;
            SizeClass home = buffer.home;
            BufferCache cache = ownCache();
            if (cache == null) {
                home.countReturn();
                share(home, free);
                return;
            }
            cache.counts.countReturn(home.index);
            if (!cache.put(home.index, free)) {
                share(home, free);
            }
        }

        @Override
        public void giveUp(PooledBuffer buffer) {
            if (tracker != null) {
                tracker.returned(buffer);
            }
            buffer.home.countLeak();
        }

        private void share(SizeClass home, PooledBuffer free) {
            if (home.put(free)) {
                arena.merge();
            }
        }
    }

    /** Settings of a pool. */
    public static final class Builder {
        private boolean strict;
        private long budget;
        private long retained = 64L << 20;
        private @Nullable LeakDetector leakDetector;
        private @Nullable Runnable beforeLease;

        private Builder() {}

        /** For tests: runs in front of every lease, which fails with what it throws. */
        Builder beforeLease(Runnable check) {
            beforeLease = check;
            return this;
        }

        /**
         * Chooses strict mode, which detects more mistakes and is too slow for anything but tests; see
         * {@link BufferPool}. Off by default.
         *
         * @param on whether the pool is strict
         * @return this
         */
        public Builder strict(boolean on) {
            strict = on;
            return this;
        }

        /**
         * Watches for leases that are never released. In strict mode every loan is watched, whatever the watch samples.
         * No watch by default.
         *
         * @param watch which loans to watch, and whom to tell
         * @return this
         */
        public Builder leakDetector(LeakDetector watch) {
            leakDetector = watch;
            return this;
        }

        /**
         * Sets how much direct memory the pool allocates at most. It never asks the JVM for more, and so never waits at
         * the JVM's own limit: a lease beyond it fails at once. By default three quarters of that limit
         * ({@code -XX:MaxDirectMemorySize}, or else the size of the heap), shared by all pools that have no budget of
         * their own.
         *
         * @param bytes at least 2 MiB
         * @return this
         * @throws IllegalArgumentException if it is less
         */
        public Builder budget(long bytes) {
            if (bytes < 2 << 20) {
                throw new IllegalArgumentException("budget must be at least 2 MiB, not " + bytes + " bytes");
            }
            budget = bytes;
            return this;
        }

        /**
         * Bounds the free memory that is kept for reuse: when more than this is free of a size, buffers are put
         * together as far as all pieces are free, and chunks of 1,088 KiB beyond it are left to the garbage collector.
         * The caches of threads come on top, with at most about 2 MiB for each size. 64 MiB by default.
         *
         * @param bytes how much for each size; 0 keeps nothing
         * @return this
         * @throws IllegalArgumentException if negative
         */
        public Builder retained(long bytes) {
            if (bytes < 0) {
                throw new IllegalArgumentException("Cannot retain " + bytes + " bytes: use 0 to keep nothing");
            }
            retained = bytes;
            return this;
        }

        /**
         * Makes the pool. It allocates nothing before the first lease.
         *
         * @return the pool
         */
        public BufferPool build() {
            return new BufferPool(this);
        }
    }
}
