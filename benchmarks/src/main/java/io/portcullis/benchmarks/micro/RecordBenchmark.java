// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.tls.Filter;
import io.portcullis.tls.Step;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the cost of a TLS 1.3 record in each direction, by engine, memory of the network bytes, and size. The
 * application's bytes are in direct buffers, as in a connection.
 *
 * <p>A record can be decoded only once, so each invocation of {@link #decode} gets {@value #BATCH} new ones, which are
 * encoded before the clock starts. The allocation profiler does not stop with the clock: its figure for decode includes
 * the encoding, by the client's engine, of as many records.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
public class RecordBenchmark {
    static final int BATCH = 128;

    /** Called by JMH. */
    public RecordBenchmark() {}

    /** A server and a client after the handshake. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls the setup first
    public static class Joined {
        /** The memory of the network bytes. */
        @Param({"direct", "heap"})
        public String network = "direct";

        /** Application bytes in a record: a short response, a packet, the maximum. */
        @Param({"256", "1400", "16384"})
        public int size = 256;

        private MemoryPeer client;
        private MemoryPeer server;
        private ByteBuffer plaintext;
        private ByteBuffer target;
        private ByteBuffer records;

        /** Called by JMH. */
        public Joined() {}

        /**
         * Performs the handshake.
         *
         * @param engines the server's engine
         * @throws SSLException if it fails
         */
        @Setup(Level.Trial)
        public void connect(Engines engines) throws SSLException {
            Certificates.Pair pair = Certificates.EC.create();
            server = new MemoryPeer(engines.server(pair).serverFilter(), false);
            client = new MemoryPeer(Engines.client(pair).clientFilter("localhost", 443), false);
            MemoryPeer.handshake(client, server);
            server.turn(client, ByteBuffer.allocate(1)); // BoringSSL sends its tickets with the first data
            client.turn(server);
            plaintext = ByteBuffer.allocateDirect(size);
            target = ByteBuffer.allocateDirect(server.filter().applicationSpace());
            int space = BATCH * size + (BATCH + 1) * client.filter().networkSpace();
            records = network.equals("heap") ? ByteBuffer.allocate(space) : ByteBuffer.allocateDirect(space);
        }

        /** Frees the resources of the engines. */
        @TearDown(Level.Trial)
        public void free() {
            server.filter().free();
            client.filter().free();
        }

        Filter clientFilter() {
            return client.filter();
        }

        int encodeBatch(Filter filter) throws SSLException {
            records.clear();
            for (int i = 0; i < BATCH; i++) {
                require(filter.encode(plaintext.clear(), records));
            }
            return records.position();
        }
    }

    /** The same, with new records to decode for each invocation. */
    @State(Scope.Thread)
    public static class JoinedWithRecords extends Joined {
        /** Called by JMH. */
        public JoinedWithRecords() {}

        /**
         * Encodes the records.
         *
         * @throws SSLException if the engine fails
         */
        @Setup(Level.Invocation)
        public void encode() throws SSLException {
            encodeBatch(clientFilter());
        }
    }

    /**
     * Encodes application bytes to records.
     *
     * @param joined holds the filters
     * @return a value for JMH to consume
     * @throws SSLException if the engine fails
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int encode(Joined joined) throws SSLException {
        return joined.encodeBatch(joined.server.filter());
    }

    /**
     * Decodes records to application bytes.
     *
     * @param joined holds the filters and the records
     * @return a value for JMH to consume
     * @throws SSLException if the engine fails
     */
    @Benchmark
    @OperationsPerInvocation(BATCH)
    public int decode(JoinedWithRecords joined) throws SSLException {
        return decodeBatch(joined);
    }

    private static int decodeBatch(Joined joined) throws SSLException {
        Filter filter = joined.server.filter();
        ByteBuffer records = joined.records.flip();
        int decoded = 0;
        while (records.hasRemaining()) {
            require(filter.decode(records, joined.target.clear()));
            decoded += joined.target.position();
        }
        if (decoded != BATCH * joined.size) {
            throw new IllegalStateException("only " + decoded + " of " + BATCH * joined.size + " bytes were decoded");
        }
        return decoded;
    }

    private static void require(Step step) {
        if (step != Step.PROGRESS) {
            throw new IllegalStateException("a record was not processed: " + step);
        }
    }
}
