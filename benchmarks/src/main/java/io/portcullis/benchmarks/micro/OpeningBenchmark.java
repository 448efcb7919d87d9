// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.tls.DetectFilter;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.Step;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
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

/**
 * Measures the cost of deciding on the protocol of a connection. The filters that are the result of a decision do
 * nothing, so that nothing else is measured; the gate is called in the same way as for an accepted connection.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class OpeningBenchmark {
    private static final byte[] REQUEST =
            "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

    private final ByteBuffer request = ByteBuffer.allocateDirect(REQUEST.length).put(REQUEST);
    private final ByteBuffer application = ByteBuffer.allocateDirect(1);
    private ByteBuffer hello;

    /** Called by JMH. */
    public OpeningBenchmark() {}

    /**
     * Obtains a ClientHello from the JDK's client.
     *
     * @throws SSLException if that fails
     */
    @Setup
    public void sayHello() throws SSLException {
        TlsProfile profile = Engines.client(Certificates.EC.create());
        Filter client = profile.clientFilter("www.example.org", 443);
        hello = ByteBuffer.allocateDirect(client.networkSpace());
        while (hello.position() == 0) {
            client.encode(ByteBuffer.allocate(0), hello);
        }
        hello.flip();
        client.free();
    }

    private static Filter byFirstBytes() {
        return DetectFilter.byFirstBytes(PlainFilter::new, PlainFilter::new);
    }

    private static Filter byHello() {
        return DetectFilter.byClientHello(PlainFilter::new, hello -> new PlainFilter());
    }

    /** The size of the pieces in which the ClientHello arrives. */
    @State(Scope.Thread)
    public static class Pieces {
        /** In one piece, in four pieces, byte by byte. */
        @Param({"65536", "100", "1"})
        public int piece = 1;

        /** Called by JMH. */
        public Pieces() {}
    }

    /**
     * Decides on plaintext, by the first byte.
     *
     * @return the plain filter
     * @throws SSLException never
     */
    @Benchmark
    public Filter plaintextByFirstBytes() throws SSLException {
        return decide(OpeningBenchmark::byFirstBytes, request, REQUEST.length);
    }

    /**
     * Decides on TLS, by the first two bytes.
     *
     * @return the TLS filter
     * @throws SSLException never
     */
    @Benchmark
    public Filter tlsByFirstBytes() throws SSLException {
        return decide(OpeningBenchmark::byFirstBytes, hello, hello.capacity());
    }

    /**
     * Decides on TLS, after parsing the complete ClientHello.
     *
     * @param pieces how the ClientHello arrives
     * @return the TLS filter
     * @throws SSLException never
     */
    @Benchmark
    public Filter tlsByClientHello(Pieces pieces) throws SSLException {
        return decide(OpeningBenchmark::byHello, hello, pieces.piece);
    }

    private Filter decide(Supplier<Filter> gate, ByteBuffer opening, int piece) throws SSLException {
        Filter filter = gate.get();
        int end = opening.limit();
        Step step = Step.NEED_INPUT;
        for (int arrived = 0; step == Step.NEED_INPUT && arrived < end; ) {
            arrived = Math.min(end, arrived + piece);
            step = filter.decode(opening.position(0).limit(arrived), application);
        }
        opening.limit(end);
        if (step != Step.REPLACE) {
            throw new IllegalStateException("undecided: " + step);
        }
        return filter.successor();
    }
}
