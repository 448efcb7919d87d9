// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.Connection;
import io.portcullis.Gate;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/** Measures the cost of handing work from a foreign thread to the turn of a connection. */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class StrandBenchmark {
    static final int BURST = 1000;

    private EchoServer server;
    private Connection connection;
    private volatile long ran;
    private final Runnable work = this::countRun;

    /** Called by JMH. */
    public StrandBenchmark() {}

    /** Opens a plain connection, which stays idle. */
    @Setup(Level.Trial)
    public void connect() {
        server = EchoServer.start(Gate.plain());
        connection = server.connectPlain();
    }

    /** Closes the connection. */
    @TearDown(Level.Trial)
    public void close() {
        server.close();
    }

    /** Hands over a task and waits until it has run, which wakes a thread blocked in the operating system. */
    @Benchmark
    public void oneByOne() {
        long expected = ran + 1;
        connection.execute(work);
        awaitRun(expected);
    }

    /** Hands over a thousand tasks in a row, while the strand is running. */
    @Benchmark
    @OperationsPerInvocation(BURST)
    public void burst() {
        long expected = ran + BURST;
        for (int i = 0; i < BURST; i++) {
            connection.execute(work);
        }
        awaitRun(expected);
    }

    /** Called in the turn, so by one thread at a time. */
    @SuppressWarnings("NonAtomicVolatileUpdate")
    private void countRun() {
        ran++;
    }

    /** Yields, because the other thread may need this core. */
    @SuppressWarnings("ThreadPriorityCheck")
    private void awaitRun(long expected) {
        while (ran < expected) {
            Thread.yield();
        }
    }
}
