// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thousand peers that request a gibibyte each and read nothing of it, half of them under TLS. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class StalledReadersTest {
    private static final int PEERS = 1_000;
    private static final int SMALL_WINDOW = 4096;
    private static final long RESPONSE = 1L << 30;
    private static final ByteBuffer CHUNK = ByteBuffer.allocateDirect(64 * 1024).asReadOnlyBuffer();

    private final AtomicInteger asked = new AtomicInteger();
    private final AtomicLong sent = new AtomicLong();
    private final AtomicInteger failed = new AtomicInteger();
    private final AtomicLong mostLeases = new AtomicLong();
    private volatile @Nullable Rig rig;

    private void countLeases() {
        Rig started = rig;
        if (started != null) {
            mostLeases.accumulateAndGet(started.pool.statistics().activeLeases(), Math::max);
        }
    }

    /** Writes the next chunk when the last one is sent. */
    private final class Endless implements ConnectionHandler, CompletionHandler<Void, Connection> {
        private long left = RESPONSE;

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            asked.incrementAndGet();
            next(connection);
        }

        private void next(Connection connection) {
            countLeases();
            if (left > 0) {
                connection.write(CHUNK.duplicate(), connection, this);
            }
        }

        @Override
        public void completed(Void none, Connection connection) {
            left -= CHUNK.capacity();
            sent.addAndGet(CHUNK.capacity());
            next(connection);
        }

        @Override
        public void failed(Throwable cause, Connection connection) {
            countLeases();
            failed.incrementAndGet();
        }
    }

    @Test
    @DisplayName("R29 1,000 peers that do not read 1 GiB each hold two buffers each, and are cut by the write deadline")
    void peersThatDoNotReadCostTwoBuffersEach() throws Exception {
        List<Socket> sockets = new ArrayList<>();
        try (Rig server = new Rig(
                Gate.detect(TestCertificates.serverProfile()),
                Endless::new,
                builder -> builder.handshakeTimeout(Duration.ofMinutes(2))
                        .idleTimeout(Duration.ofMinutes(2))
                        .writeTimeout(Duration.ofMillis(200)))) {
            rig = server;
            List<TlsPeer> secure = new ArrayList<>();
            for (int i = 0; i < PEERS; i++) {
                Socket socket = connect(server.port());
                sockets.add(socket);
                if (i % 2 == 1) {
                    secure.add(new TlsPeer(socket, "TLSv1.3"));
                }
            }
            for (int i = 0; i < PEERS; i++) {
                if (i % 2 == 1) {
                    secure.get(i / 2).wrap(request()).flush();
                } else {
                    sockets.get(i).getOutputStream().write('?');
                }
            }
            for (int i = 0; i < PEERS; i++) {
                assertEquals(CloseReason.WRITE_TIMEOUT, server.nextEnd().reason());
            }
            assertEquals(PEERS, asked.get());
            assertEquals(PEERS, failed.get(), "the pending write fails, once");
            assertTrue(sent.get() < PEERS * RESPONSE / 100, () -> "sent " + sent);
            assertTrue(mostLeases.get() <= 2 * PEERS, () -> mostLeases + " leases");
            assertEquals(0, server.pool.statistics().activeLeases());
        } finally {
            for (Socket socket : sockets) {
                socket.close();
            }
        }
    }

    private static ByteBuffer request() {
        return ByteBuffer.wrap("?".getBytes(StandardCharsets.US_ASCII));
    }

    private static Socket connect(int port) throws IOException {
        Socket socket = new Socket();
        socket.setReceiveBufferSize(SMALL_WINDOW);
        InetSocketAddress address = Rig.loopback(port);
        socket.connect(address);
        socket.setSoTimeout(20_000);
        return socket;
    }
}
