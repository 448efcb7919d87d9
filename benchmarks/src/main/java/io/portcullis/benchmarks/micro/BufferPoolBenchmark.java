// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.LeakDetector;
import io.portcullis.buffer.Lease;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the cost of a lease on a thread with a cache, on any other thread, and compared with an allocation. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
public class BufferPoolBenchmark {
    /** The requested size: the smallest slice, and a TLS packet. */
    @Param({"512", "16709"})
    public int size;

    private final BufferPool pool = BufferPool.create();
    private final BufferPool watched = BufferPool.builder()
            .leakDetector(LeakDetector.sampled(128, loan -> {}))
            .build();

    /** Creates the benchmark. */
    public BufferPoolBenchmark() {}

    /**
     * Leases and releases a buffer on a thread that has a cache.
     *
     * @param plain gives the thread its cache
     * @return a value for JMH to consume
     */
    @Benchmark
    @Fork(jvmArgsAppend = {OwnerThreads.CUSTOM, OwnerThreads.CLASS})
    public int ownerThread(PlainCache plain) {
        return leaseAndRelease(pool);
    }

    /**
     * The same, with one lease in 128 tracked.
     *
     * @param watching gives the thread its cache
     * @return a value for JMH to consume
     */
    @Benchmark
    @Fork(jvmArgsAppend = {OwnerThreads.CUSTOM, OwnerThreads.CLASS})
    public int ownerThreadWatched(WatchedCache watching) {
        return leaseAndRelease(watched);
    }

    /**
     * Leases and releases a buffer on a thread without a cache.
     *
     * @return a value for JMH to consume
     */
    @Benchmark
    public int foreignThread() {
        return leaseAndRelease(pool);
    }

    /**
     * Allocates a buffer, which the pool avoids.
     *
     * @return the buffer
     */
    @Benchmark
    public ByteBuffer allocateDirect() {
        return ByteBuffer.allocateDirect(size);
    }

    private int leaseAndRelease(BufferPool from) {
        Lease lease = from.lease(size);
        int limit = lease.buffer().limit();
        lease.release();
        return limit;
    }

    private static void useCacheOf(BufferPool pool) {
        if (Thread.currentThread() instanceof OwnerThreads.Owner owner) {
            owner.use(pool.newCache());
        } else {
            throw new IllegalStateException("JMH was not given " + OwnerThreads.CLASS);
        }
    }

    /** Gives each thread a cache of the plain pool. */
    @State(Scope.Thread)
    public static class PlainCache {
        /** Called by JMH. */
        public PlainCache() {}

        /**
         * Runs on the thread that will run the benchmark.
         *
         * @param benchmark holds the pool
         */
        @Setup
        public void use(BufferPoolBenchmark benchmark) {
            useCacheOf(benchmark.pool);
        }
    }

    /** Gives each thread a cache of the watched pool. */
    @State(Scope.Thread)
    public static class WatchedCache {
        /** Called by JMH. */
        public WatchedCache() {}

        /**
         * Runs on the thread that will run the benchmark.
         *
         * @param benchmark holds the pool
         */
        @Setup
        public void use(BufferPoolBenchmark benchmark) {
            useCacheOf(benchmark.watched);
        }
    }
}
