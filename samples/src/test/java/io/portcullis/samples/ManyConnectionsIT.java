// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A thousand concurrent connections on the port that detects TLS, half of them plain and half TLS, with two dispatcher
 * threads on the server. Each client thread keeps one echo in flight on every connection of its share.
 *
 * <p>On such a port a plain connection is not open before its first byte, so the handshake timeout has to cover the
 * time that it takes to connect all of them.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
final class ManyConnectionsIT {
    private static final int CONNECTIONS = 1_000;
    private static final int CLIENT_THREADS = 8;
    private static final int ECHOES = 100;
    private static final int LARGEST = 64 * 1024;

    @Test
    void everyByteOfAThousandConnectionsIsRight() throws Exception {
        long seed = Seed.announce("everyByteOfAThousandConnectionsIsRight");
        ExecutorService clients = Executors.newFixedThreadPool(CLIENT_THREADS);
        try (SampleServer server = SampleServer.start("--echo", "0", "--threads", "2", "--handshake-timeout", "2m")) {
            List<Share> shares = new ArrayList<>();
            for (int i = 0; i < CLIENT_THREADS; i++) {
                shares.add(new Share(server, seed + i));
            }
            onAll(clients, shares, Share::connect);
            assertEquals(CONNECTIONS, shares.stream().mapToInt(Share::size).sum());
            onAll(clients, shares, Share::exchange);
            onAll(clients, shares, Share::disconnect);

            assertTrue(server.isRunning());
            for (Wire wire : Wire.values()) {
                try (Socket socket = wire.connect(server.address("echo"))) {
                    new EchoExchange(LARGEST, seed, random -> LARGEST, LARGEST).over(socket);
                }
            }
        } finally {
            clients.shutdownNow();
        }
    }

    private static void onAll(ExecutorService clients, List<Share> shares, Step step) throws Exception {
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (Share share : shares) {
            calls.add(() -> {
                step.run(share);
                return true;
            });
        }
        for (Future<Boolean> end : clients.invokeAll(calls)) {
            assertTrue(end.get());
        }
    }

    private interface Step {
        void run(Share share) throws IOException;
    }

    /** The connections of one client thread. */
    private static final class Share {
        private static final List<Wire> WIRES = List.of(Wire.PLAIN, Wire.TLS_1_3, Wire.PLAIN, Wire.TLS_1_2);

        private final SampleServer server;
        private final long seed;
        private final Random random;
        private final byte[] source = new byte[2 * LARGEST];
        private final List<Socket> sockets = new ArrayList<>();

        Share(SampleServer server, long seed) {
            this.server = server;
            this.seed = seed;
            this.random = new Random(seed);
            random.nextBytes(source);
            source[0] = EchoExchange.FIRST_BYTE;
        }

        int size() {
            return sockets.size();
        }

        void connect() throws IOException {
            for (int i = 0; i < CONNECTIONS / CLIENT_THREADS; i++) {
                sockets.add(WIRES.get(i % WIRES.size()).connect(server.address("echo")));
            }
        }

        void exchange() throws IOException {
            int[] starts = new int[size()];
            int[] lengths = new int[size()];
            for (int echo = 0; echo < ECHOES; echo++) {
                for (int i = 0; i < size(); i++) {
                    lengths[i] = Seed.logUniform(random, LARGEST);
                    starts[i] = echo == 0 ? 0 : random.nextInt(source.length - lengths[i] + 1);
                    sockets.get(i).getOutputStream().write(source, starts[i], lengths[i]);
                }
                for (int i = 0; i < size(); i++) {
                    byte[] back = sockets.get(i).getInputStream().readNBytes(lengths[i]);
                    if (!Arrays.equals(back, 0, back.length, source, starts[i], starts[i] + lengths[i])) {
                        assertArrayEquals(
                                Arrays.copyOfRange(source, starts[i], starts[i] + lengths[i]),
                                back,
                                "connection " + i + ", echo " + echo + ", seed " + seed);
                    }
                }
            }
        }

        void disconnect() throws IOException {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }
}
