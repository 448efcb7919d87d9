// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * A thousand connections at once through one port that detects TLS, with two threads on either side, both sides ours.
 */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class ManyConnectionsTest {
    private static final int CONNECTIONS = 1_000;
    private static final int ECHOES = 100;
    private static final int LARGEST = 64 * 1024;

    /**
     * Longer than any machine needs, however busy it is: each connection waits for its turn among a thousand others.
     */
    private static final Duration PATIENCE = Duration.ofMinutes(2);

    private static final AdmissionLimit PATIENT = new AdmissionLimit(256, CONNECTIONS, PATIENCE);

    /** Never begins with the byte of a TLS record: a plain connection of one such byte would wait for a second. */
    private static final byte[] BYTES = new byte[2 * LARGEST];

    static {
        new Random(22).nextBytes(BYTES);
        for (int i = 0; i < BYTES.length; i++) {
            BYTES[i] = BYTES[i] == 0x16 ? 0x17 : BYTES[i];
        }
    }

    /** Sends one message after the other, each a random range of the bytes, and compares the echo. */
    private static final class Exchange implements ConnectionHandler {
        private final CompletableFuture<Integer> result = new CompletableFuture<>();
        private final Random random;
        private ByteBuffer expected = ByteBuffer.allocate(0);
        private int echoes;

        Exchange(long seed) {
            random = new Random(seed);
        }

        @Override
        public void onOpen(Connection connection) {
            next(connection);
        }

        private void next(Connection connection) {
            int length = (int) Math.exp(random.nextDouble() * Math.log(LARGEST));
            int start = random.nextInt(BYTES.length - length);
            expected = ByteBuffer.wrap(BYTES, start, length);
            connection.write(expected.duplicate());
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            while (data.hasRemaining() && expected.hasRemaining()) {
                int length = Math.min(data.remaining(), expected.remaining());
                if (!data.slice(data.position(), length).equals(expected.slice(expected.position(), length))) {
                    throw new AssertionError("echo " + echoes + " differs");
                }
                data.position(data.position() + length);
                expected.position(expected.position() + length);
            }
            if (data.hasRemaining()) {
                throw new AssertionError("echo " + echoes + " is longer than the bytes sent");
            }
            if (!expected.hasRemaining() && ++echoes == ECHOES) {
                connection.close();
            } else if (!expected.hasRemaining()) {
                next(connection);
            }
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            if (reason == CloseReason.LOCAL_CLOSE) {
                result.complete(echoes);
            } else {
                result.completeExceptionally(new AssertionError(connection + " ended: " + reason, cause));
            }
        }
    }

    @Test
    void everyByteIsRightAndNoLeaseOrThreadIsLost() throws Exception {
        try (Rig rig = new Rig(
                        Gate.detect(TestCertificates.serverProfile()),
                        () -> Connection::write,
                        builder -> builder.handshakeTimeout(PATIENCE).admission(PATIENT));
                Dispatcher clients =
                        Dispatcher.builder().name("clients").threads(2).build()) {
            List<CompletableFuture<Integer>> results = connect(clients, rig.port());

            for (CompletableFuture<Integer> result : results) {
                assertEquals(ECHOES, result.get(4, TimeUnit.MINUTES));
            }
            for (int i = 0; i < CONNECTIONS; i++) {
                assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
            }
            assertEquals(2, rig.dispatcher.statistics().threads());
            assertEquals(0, rig.pool.statistics().activeLeases());
            assertEquals(0, clients.statistics().buffers().activeLeases());
        }
    }

    private static List<CompletableFuture<Integer>> connect(Dispatcher clients, int port) {
        Client plain = Client.builder(clients)
                .connectTimeout(PATIENCE)
                .handshakeTimeout(PATIENCE)
                .idleTimeout(PATIENCE)
                .admission(PATIENT)
                .build();
        Client tls = Client.builder(clients)
                .tls(TestCertificates.clientProfile())
                .connectTimeout(PATIENCE)
                .handshakeTimeout(PATIENCE)
                .idleTimeout(PATIENCE)
                .admission(PATIENT)
                .build();
        List<CompletableFuture<Integer>> results = new ArrayList<>();
        for (int i = 0; i < CONNECTIONS; i++) {
            Exchange exchange = new Exchange(i);
            results.add((i % 2 == 0 ? plain : tls)
                    .connect("localhost", port, exchange)
                    .thenCompose(opened -> exchange.result));
        }
        return results;
    }
}
