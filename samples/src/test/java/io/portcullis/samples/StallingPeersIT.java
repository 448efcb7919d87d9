// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Peers that keep the server waiting are disconnected at the handshake deadline, whatever they send in the meantime.
 */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
final class StallingPeersIT {
    private static final long EARLIEST = TimeUnit.MILLISECONDS.toNanos(1_500);
    private static final long LATEST = TimeUnit.SECONDS.toNanos(10);
    private static final int READ_MILLIS = 30_000;
    private static final int DRIP_MILLIS = 200;
    private static final int HANDSHAKE_RECORD = 0x16;

    @SuppressWarnings("NullAway.Init")
    private static SampleServer server;

    private static final Executor DRIPPING = CompletableFuture.delayedExecutor(DRIP_MILLIS, TimeUnit.MILLISECONDS);

    @BeforeAll
    static void startServer() throws Exception {
        server = SampleServer.start("--tls", "0", "--mixed", "0", "--handshake-timeout", "2s");
    }

    @AfterAll
    static void stopServer() {
        server.close();
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "mixed"})
    void silentPeerIsCut(String listener) throws Exception {
        assertCutAtTheDeadline(listener, socket -> {});
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "mixed"})
    void peerThatSendsOneByteIsCut(String listener) throws Exception {
        assertCutAtTheDeadline(listener, socket -> socket.getOutputStream().write(HANDSHAKE_RECORD));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "mixed"})
    void peerThatIsSilentAfterItsHelloIsCut(String listener) throws Exception {
        byte[] hello = EngineClient.clientHello();
        assertCutAtTheDeadline(listener, socket -> socket.getOutputStream().write(hello));
    }

    @ParameterizedTest
    @ValueSource(strings = {"tls", "mixed"})
    void peerThatDripsItsHelloIsCut(String listener) throws Exception {
        byte[] hello = EngineClient.clientHello();
        assertCutAtTheDeadline(listener, socket -> drip(socket.getOutputStream(), hello, 0));
    }

    @Test
    void othersAreServedMeanwhile() throws Exception {
        try (Socket silent = Wire.PLAIN.connect(server.address("mixed"))) {
            for (Wire wire : Wire.values()) {
                try (Socket socket = wire.connect(server.address("mixed"))) {
                    socket.getOutputStream().write("GET /health HTTP/1.0\r\n\r\n".getBytes(US_ASCII));
                    assertTrue(socket.getInputStream().readAllBytes().length > 0, silent.toString());
                }
            }
        }
    }

    private static void drip(OutputStream out, byte[] bytes, int next) {
        if (next == bytes.length) {
            return;
        }
        try {
            out.write(bytes[next]);
            DRIPPING.execute(() -> drip(out, bytes, next + 1));
        } catch (IOException e) {
            // The server has closed the connection, which the reading side measures.
            return;
        }
    }

    private static void assertCutAtTheDeadline(String listener, Behaviour behaviour) throws IOException {
        long start = System.nanoTime();
        try (Socket socket = Wire.PLAIN.connect(server.address(listener))) {
            socket.setSoTimeout(READ_MILLIS);
            behaviour.begin(socket);
            readToTheEnd(socket.getInputStream());
        }
        long took = System.nanoTime() - start;
        assertTrue(took > EARLIEST, "cut after " + TimeUnit.NANOSECONDS.toMillis(took) + " ms");
        assertTrue(took < LATEST, "cut after " + TimeUnit.NANOSECONDS.toMillis(took) + " ms");
    }

    /**
     * Reads until the stream ends in any way; a server may respond to a hello, and may reset a peer that still sends.
     */
    private static void readToTheEnd(InputStream in) throws IOException {
        try {
            in.transferTo(OutputStream.nullOutputStream());
        } catch (SocketException e) {
            // A reset ends the stream as well.
            return;
        }
    }

    private interface Behaviour {
        void begin(Socket socket) throws IOException;
    }
}
