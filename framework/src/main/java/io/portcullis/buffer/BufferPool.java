// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A pool of direct buffers in nine sizes: 256 B, 1 KiB, 2 KiB, 8 KiB, 17 KiB (fits a whole TLS packet), 68 KiB, 272
 * KiB, 544 KiB (32 packets) and 1,088 KiB. Memory is allocated in chunks of the largest size, which are split on demand
 * and merged again when all their pieces are free, so that no size retains memory that another one needs. All memory is
 * allocated within a {@linkplain Builder#budget budget}.
 *
 * <p>All methods are thread-safe. A thread that implements {@link BufferCache.Owner} has its own {@link BufferCache} in
 * front of the queue that all threads share; leasing from the cache takes no lock and, in steady state, allocates
 * nothing but the 16-byte lease itself, or {@linkplain #lease(int, Lease) not even that}. All other threads use the
 * shared, lock-free queue, at the cost of one queue node for each buffer released.
 *
 * <h2>Contents of a lent buffer</h2>
 *
 * The contents of a lent buffer are undefined: they are whatever its previous holder left there. A holder that stored
 * plaintext in the buffer releases it with {@link Lease#releaseWiped(int)}.
 *
 * <h2>Normal and strict mode</h2>
 *
 * <table class="striped">
 * <caption>Mistakes detected in each mode</caption>
 * <thead>
 * <tr><th scope="col">mistake</th><th scope="col">normal</th><th scope="col">{@linkplain Builder#strict strict}</th></tr>
 * </thead>
 * <tbody>
 * <tr><th scope="row">double release or use after release, while the buffer is free</th>
 * <td>throws</td><td>throws</td></tr>
 * <tr><th scope="row">the same through a stale lease, after the buffer was lent again</th>
 * <td>throws, because the new loan has a lease of its own. Only a holder that {@linkplain #lease(int, Lease) reuses} its
 * lease can mistake its own new loan for the previous one</td><td>throws</td></tr>
 * <tr><th scope="row">write through a {@code ByteBuffer} that was kept beyond the release, or by an operation that is
 * still pending</th><td>not detected</td><td>throws when the buffer is next lent, in that call to {@code lease}</td></tr>
 * <tr><th scope="row">read through such a {@code ByteBuffer}</th><td>not detected</td><td>reads {@code 0xDE} until the
 * buffer is lent and written again</td></tr>
 * <tr><th scope="row">lease never released</th><td>loans sampled by a {@link LeakDetector}</td><td>every loan</td></tr>
 * </tbody>
 * </table>
 *
 * Strict mode is meant for tests: each loan allocates, walks the stack and overwrites the whole buffer.
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
     * Creates a pool with default settings: normal mode, without a leak detector.
     *
     * @return the pool
     */
    public static BufferPool create() {
        return builder().build();
    }

    /**
     * Returns a builder with default settings.
     *
     * @return the builder
     */
    public static Builder builder() {
        return new Builder();
    }

    /**
     * Leases a buffer with position 0, its limit at its capacity and big-endian byte order. The caller owns the buffer
     * until it calls {@link Lease#release()} or {@link Lease#releaseWiped(int)}, exactly once, on any thread.
     *
     * @param size the minimum capacity in bytes; the actual capacity is the smallest size that is large enough, or a
     *     larger one if nothing else is left
     * @return the lease
     * @throws IllegalArgumentException if the size is negative or exceeds {@link #largest()}
     * @throws IllegalStateException in strict mode, if the buffer was written to after its release; the buffer is then
     *     discarded
     * @throws BufferShortageException if the pool would have to exceed its {@linkplain #budget() budget}
     */
    public Lease lease(int size) {
        return lease(size, null);
    }

    /**
     * Leases a buffer as {@link #lease(int)} does, but reuses a lease object that the caller held before. This saves an
     * allocation of 16 bytes where one holder takes one loan after the other. The pool detects the same mistakes,
     * except that the holder's own references to its previous loan now refer to this one.
     *
     * @param size the minimum capacity in bytes
     * @param again a lease that the caller took and released, and that nothing else refers to; null if there is none.
     *     Strict mode creates a new lease regardless
     * @return the lease
     * @throws IllegalArgumentException as {@link #lease(int)} does
     * @throws IllegalStateException as {@link #lease(int)} does, or if the lease to be reused has not been released
     * @throws BufferShortageException as {@link #lease(int)} does
     */
    public Lease lease(int size, @Nullable Lease again) {
        int index = SizeClass.indexFor(size);
        if (again != null && again.isOut()) {
            throw new IllegalStateException("This lease is active: release it before reusing it for another loan");
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
     * Returns the maximum amount of direct memory that the pool allocates: the value set with {@link Builder#budget},
     * or three quarters of the JVM's limit, which all pools without a budget of their own share.
     *
     * @return bytes
     */
    public long budget() {
        return arena.budget().limit();
    }

    /**
     * Returns how much of the budget is available: free to be leased, or not allocated yet. Buffers in the caches of
     * threads are not included. The method visits every size, so it should not be called for every byte.
     *
     * @return bytes
     */
    public long available() {
        return arena.available();
    }

    /**
     * Returns the capacity of the largest buffer that can be leased.
     *
     * @return bytes
     */
    public int largest() {
        return SizeClass.LARGEST;
    }

    /**
     * Creates a cache for one thread, which must expose it through {@link BufferCache.Owner} and close it when it
     * terminates.
     *
     * @return the cache
     */
    @SuppressWarnings("checkstyle:NoBlockingCall") // only when a thread begins or ends, or statistics are taken
    public BufferCache newCache() {
        BufferCache cache = new BufferCache(this, classes);
        synchronized (threads) {
            threads.add(cache.counts);
        }
        return cache;
    }

    /**
     * Returns the current numbers of leases and buffers. They are exact while no thread leases or releases; otherwise
     * each number is one that was true at some moment during the call, and none is negative. Leaks found since the last
     * call are reported to the {@link LeakDetector} first, on the calling thread.
     *
     * @return the numbers
     */
    @SuppressWarnings("checkstyle:NoBlockingCall") // only when a thread begins or ends, or statistics are taken
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
     * Returns the active leases whose origin is known: all of them in strict mode, otherwise those sampled by the
     * {@link LeakDetector}, if there is one. In strict mode a lease that became unreachable stays on this list
     * permanently, so that a test that expects an empty list fails.
     *
     * @return a snapshot, in no particular order
     */
    public List<OutstandingLease> outstanding() {
        return tracker == null ? List.of() : tracker.outstanding();
    }

    /**
     * Called when a cache is closed. Adds its counts to the size classes, atomically with respect to
     * {@link #statistics()}.
     */
    @SuppressWarnings("checkstyle:NoBlockingCall") // only when a thread begins or ends, or statistics are taken
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
                            + " last operation on its buffer has completed. The cause shows where it was released.",
                    buffer.releasedAt());
        }
    }

    /** Takes back released buffers, and provides the pool's settings to the size classes. */
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

    /** A builder of pools. */
    public static final class Builder {
        private boolean strict;
        private long budget;
        private long retained = 64L << 20;
        private @Nullable LeakDetector leakDetector;
        private @Nullable Runnable beforeLease;

        private Builder() {}

        /** For tests: runs before every lease. If the check throws, the lease fails with the same exception. */
        Builder beforeLease(Runnable check) {
            beforeLease = check;
            return this;
        }

        /**
         * Enables strict mode, which detects more mistakes and is too slow for anything but tests; see
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
         * Sets a detector of leases that are never released. In strict mode every loan is tracked, regardless of the
         * detector's sampling interval. None by default.
         *
         * @param watch which loans to track, and where to report leaks
         * @return this
         */
        public Builder leakDetector(LeakDetector watch) {
            leakDetector = watch;
            return this;
        }

        /**
         * Sets the maximum amount of direct memory that the pool allocates. The pool never requests more from the JVM,
         * and so never waits at the JVM's own limit: a lease that would exceed the budget fails immediately. By
         * default, three quarters of that limit ({@code -XX:MaxDirectMemorySize}, or the size of the heap if that
         * option is not set), shared by all pools that have no budget of their own.
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
         * Limits the free memory that is kept for reuse. When more than this is free in one size, buffers whose sibling
         * pieces are all free are merged, and chunks of 1,088 KiB in excess are left to the garbage collector. The
         * caches of threads come on top, with at most about 2 MiB for each size. 64 MiB by default.
         *
         * @param bytes the limit for each size; 0 keeps nothing
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
         * Creates the pool. It allocates nothing before the first lease.
         *
         * @return the pool
         */
        public BufferPool build() {
            return new BufferPool(this);
        }
    }
}
