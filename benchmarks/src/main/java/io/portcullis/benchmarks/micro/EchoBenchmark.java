// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import io.portcullis.Gate;
import io.portcullis.benchmarks.Certificates;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManagerFactory;
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
 * Measures the cost of a round trip over loopback, plain and over TLS, with a fixed decision and with detection. The
 * client is a blocking JDK socket.
 *
 * <p>The difference between {@code plain} and {@code detect-plain}, and between {@code tls} and {@code detect-tls}, is
 * the cost of detection: in {@link #connect()}, where it is paid; in {@link #roundTrip()} there should be none.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.MICROSECONDS)
@Warmup(iterations = 10, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(2)
@SuppressWarnings("NullAway.Init") // JMH calls the setup first
public class EchoBenchmark {
    private static final int BYTES = 128;

    /** The server's gate, and the protocol of the client. */
    @Param({"plain", "detect-plain", "tls", "detect-tls"})
    public String gate = "plain";

    private final byte[] message = new byte[BYTES];
    private EchoServer server;
    private SSLSocketFactory trusting;
    private Socket open;

    /** Called by JMH. */
    public EchoBenchmark() {}

    /**
     * Starts the server and opens a connection.
     *
     * @throws IOException if something fails
     * @throws GeneralSecurityException if something fails
     */
    @Setup(Level.Trial)
    public void start() throws IOException, GeneralSecurityException {
        Certificates.Pair pair = Certificates.EC.create();
        TlsProfile profile =
                TlsProfile.builder().certificate(pair.key(), pair.certificate()).build();
        server = EchoServer.start(
                switch (gate) {
                    case "plain" -> Gate.plain();
                    case "tls" -> Gate.tls(profile);
                    default -> Gate.detect(profile);
                });
        trusting = trusting(pair);
        open = socket();
        exchange(open);
    }

    /**
     * Closes both.
     *
     * @throws IOException if something fails
     */
    @TearDown(Level.Trial)
    public void stop() throws IOException {
        open.close();
        server.close();
    }

    /**
     * A round trip on an open connection.
     *
     * @return a value for JMH to consume
     * @throws IOException if something fails
     */
    @Benchmark
    public byte roundTrip() throws IOException {
        return exchange(open);
    }

    /**
     * A new connection, a round trip, and a reset, so that no port stays in TIME_WAIT.
     *
     * @return a value for JMH to consume
     * @throws IOException if something fails
     */
    @Benchmark
    public byte connect() throws IOException {
        Socket socket = socket();
        byte response = exchange(socket);
        reset(socket);
        return response;
    }

    private Socket socket() throws IOException {
        Socket plain =
                new Socket(server.address().getAddress(), server.address().getPort());
        plain.setTcpNoDelay(true);
        if (gate.endsWith("plain")) {
            return plain;
        }
        return trusting.createSocket(plain, "localhost", plain.getPort(), true);
    }

    private byte exchange(Socket socket) throws IOException {
        socket.getOutputStream().write(message);
        byte[] response = socket.getInputStream().readNBytes(BYTES);
        return response[BYTES - 1];
    }

    private static void reset(Socket socket) throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    private static SSLSocketFactory trusting(Certificates.Pair pair) throws GeneralSecurityException, IOException {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        store.setCertificateEntry("server", pair.certificate());
        TrustManagerFactory trust = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        trust.init(store);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, trust.getTrustManagers(), null);
        context.getClientSessionContext().setSessionCacheSize(1);
        return context.getSocketFactory();
    }
}
