// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real sockets: 3,000 connections by default, a million with {@code -Dportcullis.long}. */
class MixedConnectionsTest {
    private static final boolean LONG = Boolean.getBoolean("portcullis.long");
    private static final int CONNECTIONS = LONG ? 1_000_000 : 3_000;
    private static final int CLIENTS = 4;
    private static final int FEW_DESCRIPTORS = 8;

    private final AtomicLong opened = new AtomicLong();
    private final AtomicLong closed = new AtomicLong();

    private final class Echo implements ConnectionHandler {
        @Override
        public void onOpen(Connection connection) {
            opened.incrementAndGet();
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            closed.incrementAndGet();
        }
    }

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    @DisplayName("R22 after many mixed connections nothing is left: no lease, no connection, no thread, no descriptor")
    void leaveNothingBehind() throws Exception {
        long descriptors = openDescriptors();
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), Echo::new);
            Set<Thread> threads = test.threads();
            List<FutureTask<@Nullable Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                Random random = new Random(seed + i);
                clients.add(new FutureTask<>(() -> {
                    for (int count = 0; count < CONNECTIONS / CLIENTS; count++) {
                        live(server, random);
                    }
                    return null;
                }));
                new Thread(clients.get(i)).start();
            }
            for (FutureTask<@Nullable Void> client : clients) {
                client.get();
            }
            assertEquals(threads, test.threads(), () -> "-Dportcullis.seed=" + seed);
            server.close();
            server.closed().get(60, TimeUnit.SECONDS);
            assertEquals(0, test.dispatcher.statistics().connections());
            assertEquals(List.of(), test.buffers.outstanding());
        }
        assertEquals(opened.get(), closed.get());
        assertTrue(opened.get() > 0 && opened.get() <= CONNECTIONS);
        long left = openDescriptors() - descriptors;
        assertTrue(left <= FEW_DESCRIPTORS, left + " descriptors are left");
    }

    /** One connection: good, reset at a random byte, half closed, or silent. */
    private static void live(Server server, Random random) throws IOException {
        byte[] data = new byte[random.nextInt(random.nextInt(20) == 0 ? 50_000 : 3000)];
        random.nextBytes(data);
        int how = random.nextInt(4);
        try (Socket socket = TestDispatcher.connect(server)) {
            if (how == 0) {
                socket.setSoLinger(true, 0);
                socket.getOutputStream().write(data, 0, data.length == 0 ? 0 : random.nextInt(data.length));
            } else if (how == 1) {
                exchange(socket, data);
                socket.shutdownOutput();
                assertEquals(-1, socket.getInputStream().read());
            } else if (how == 2) {
                exchange(socket, data);
                socket.setSoLinger(random.nextBoolean(), 0);
            }
        } catch (java.net.SocketException resetByServer) {
            assertEquals(0, how, resetByServer::toString);
        }
    }

    private static void exchange(Socket socket, byte[] data) throws IOException {
        OutputStream out = socket.getOutputStream();
        for (int from = 0; from < data.length; from += 1000) {
            int length = Math.min(1000, data.length - from);
            out.write(data, from, length);
            byte[] expected = Arrays.copyOfRange(data, from, from + length);
            assertEquals(-1, Arrays.mismatch(expected, socket.getInputStream().readNBytes(length)));
        }
    }

    private static long openDescriptors() {
        return ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                ? system.getOpenFileDescriptorCount()
                : 0;
    }
}
