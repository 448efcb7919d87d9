// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.tls.TlsProfile;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Measures the cost of a handshake without sockets. Both peers run here, so the score is the time of both; the relevant
 * figure is the server's share, {@code server.cpu.norm}: see {@link ServerShare}. TLS 1.3, from the ClientHello to the
 * session ticket stored by the client.
 *
 * <p>The long warm-up is essential: the JDK's engine needs thousands of handshakes.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10, time = 3)
@Measurement(iterations = 5, time = 3)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class HandshakeBenchmark {
    private static final int PORTS = 60_000;

    /** The server's key. */
    @Param({"EC", "RSA"})
    public Certificates certificate = Certificates.EC;

    /** Whether the client offers a session. */
    @Param({"full", "resumed"})
    public String handshake = "full";

    private final ByteBuffer greeting = ByteBuffer.allocate(1);
    private int port = 1;
    private TlsProfile serverProfile;
    private TlsProfile clientProfile;
    private MemoryPeer server;
    private MemoryPeer client;

    /** Called by JMH. */
    public HandshakeBenchmark() {}

    /**
     * Creates the profiles, and verifies that sessions are resumed if and only if they should be.
     *
     * @param engines the server's engine
     * @throws SSLException if a handshake fails
     */
    @Setup(Level.Trial)
    public void prepare(Engines engines) throws SSLException {
        Certificates.Pair pair = certificate.create();
        serverProfile = engines.server(pair);
        clientProfile = Engines.client(pair);
        server = new MemoryPeer(serverProfile.serverFilter(), true);
        client = new MemoryPeer(clientProfile.clientFilter("localhost", port), false);
        boolean resumes = handshake.equals("resumed");
        long first = shakeHands(resumes);
        long second = shakeHands(resumes);
        int length = pair.certificatePem().length() / 2;
        if (resumes != second < first - length) {
            throw new IllegalStateException(
                    "a " + handshake + " handshake was expected, but of the server's two flights the" + " first has "
                            + first + " bytes, the second " + second);
        }
    }

    /**
     * One handshake.
     *
     * @return a value for JMH to consume
     * @throws SSLException if it fails
     */
    @Benchmark
    public long handshake() throws SSLException {
        return shakeHands(handshake.equals("resumed"));
    }

    /** Frees the resources of the engines. */
    @TearDown(Level.Trial)
    public void free() {
        server.filter().free();
        client.filter().free();
    }

    /** Performs a handshake, and returns how many bytes the server has sent by its end. */
    private long shakeHands(boolean resumed) throws SSLException {
        server.filter().free();
        client.filter().free();
        port = resumed ? 1 : 1 + port % PORTS;
        ServerShare.begin();
        server.begin(serverProfile.serverFilter());
        ServerShare.end();
        client.begin(clientProfile.clientFilter("localhost", port));
        MemoryPeer.handshake(client, server);
        long sent = server.sent();
        server.turn(client, greeting.clear()); // BoringSSL sends its tickets with the first data
        client.turn(server);
        return sent;
    }
}
