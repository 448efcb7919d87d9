// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.Collection;
import java.util.List;
import java.util.concurrent.atomic.LongAdder;
import org.openjdk.jmh.infra.BenchmarkParams;
import org.openjdk.jmh.infra.IterationParams;
import org.openjdk.jmh.profile.InternalProfiler;
import org.openjdk.jmh.results.AggregationPolicy;
import org.openjdk.jmh.results.IterationResult;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.ScalarResult;

/**
 * Measures the server's share of an operation that involves two peers.
 *
 * <p>JMH times a whole operation, and in a handshake the client computes about as much as the server. Such a benchmark
 * encloses the creation of the server's filter and each call to it, including its tasks, with {@link #begin()} and
 * {@link #end()}, which read the CPU time and the allocated bytes of the calling thread; this profiler divides their
 * sum by the operations of the iteration. A result therefore has the time of both peers as its score, and the server's
 * alone next to it:
 *
 * <ul>
 *   <li>{@code server.cpu.norm}: CPU time per operation. The time that a thread waits for a CPU is not counted, but the
 *       measurement itself is: about half a microsecond for each pair of calls, of which a handshake has under 20.
 *   <li>{@code server.alloc.norm}: bytes allocated per operation.
 * </ul>
 *
 * <p>Benchmarks with a single peer show neither.
 */
public final class ServerShare implements InternalProfiler {
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final LongAdder NANOS = new LongAdder();
    private static final LongAdder BYTES = new LongAdder();

    /** Called by JMH. */
    public ServerShare() {}

    /** Called when the calling thread starts working for the server. */
    public static void begin() {
        BYTES.add(-THREADS.getCurrentThreadAllocatedBytes());
        NANOS.add(-THREADS.getCurrentThreadCpuTime());
    }

    /** Called when the calling thread stops working for the server. */
    public static void end() {
        NANOS.add(THREADS.getCurrentThreadCpuTime());
        BYTES.add(THREADS.getCurrentThreadAllocatedBytes());
    }

    @Override
    public String getDescription() {
        return "The server's share of operations that involve two peers";
    }

    @Override
    public void beforeIteration(BenchmarkParams benchmark, IterationParams iteration) {
        NANOS.reset();
        BYTES.reset();
    }

    @Override
    public Collection<? extends Result<?>> afterIteration(
            BenchmarkParams benchmark, IterationParams iteration, IterationResult result) {
        long operations = result.getMetadata().getAllOps();
        double nanos = NANOS.sum();
        double bytes = BYTES.sum();
        if (nanos == 0 || operations == 0) {
            return List.of();
        }
        return List.of(
                new ScalarResult("server.cpu.norm", nanos / operations, "ns/op", AggregationPolicy.AVG),
                new ScalarResult("server.alloc.norm", bytes / operations, "B/op", AggregationPolicy.AVG));
    }
}
