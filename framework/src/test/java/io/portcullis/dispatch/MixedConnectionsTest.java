// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.UnixOperatingSystemMXBean;
import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.internal.parts.Life;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.Socket;
import java.net.SocketException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLSocketFactory;
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

    private static final SSLContext CONTEXT = TestCertificates.jdkClientContext();
    private static final SSLSocketFactory TLS_CLIENT = CONTEXT.getSocketFactory();
    private static final byte[] HELLO = clientHello();

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
    @DisplayName("R22 many mixed connections leave no lease, connection, thread or descriptor behind")
    void leaveNothingBehind() throws Exception {
        long descriptors = openDescriptors();
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.detect(TestCertificates.serverProfile()), Echo::new);
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
        assertTrue(opened.get() > 0 && opened.get() < closed.get() && closed.get() <= CONNECTIONS);
        long left = openDescriptors() - descriptors;
        assertTrue(left <= FEW_DESCRIPTORS, left + " descriptors are left");
    }

    private enum Life {
        RESET,
        HALF_CLOSED,
        CLOSED,
        SILENT,
        TLS,
        BAD_HELLO,
        RESET_IN_HELLO
    }

    private static void live(Server server, Random random) throws IOException {
        byte[] data = new byte[1 + random.nextInt(random.nextInt(20) == 0 ? 50_000 : 3000)];
        random.nextBytes(data);
        data[0] = 'p';
        Life life = Life.values()[random.nextInt(Life.values().length)];
        try (Socket socket = TestDispatcher.connect(server)) {
            switch (life) {
                case RESET -> reset(socket, data, random);
                case HALF_CLOSED -> {
                    exchange(socket, data);
                    socket.shutdownOutput();
                    assertEquals(-1, socket.getInputStream().read());
                }
                case CLOSED -> {
                    exchange(socket, data);
                    socket.setSoLinger(random.nextBoolean(), 0);
                }
                case SILENT -> {}
                case TLS -> exchange(TLS_CLIENT.createSocket(socket, "localhost", socket.getPort(), true), data);
                case BAD_HELLO -> {
                    socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 4, 1, 0, 0, 0});
                    assertEquals(21, socket.getInputStream().readAllBytes()[0], "an alert");
                }
                case RESET_IN_HELLO -> reset(socket, HELLO, random);
            }
        } catch (SocketException resetByServer) {
            assertTrue(life == Life.RESET || life == Life.RESET_IN_HELLO, resetByServer::toString);
        }
    }

    private static void reset(Socket socket, byte[] data, Random random) throws IOException {
        socket.setSoLinger(true, 0);
        socket.getOutputStream().write(data, 0, random.nextInt(data.length));
    }

    private static byte[] clientHello() {
        try {
            SSLEngine engine = CONTEXT.createSSLEngine();
            engine.setUseClientMode(true);
            ByteBuffer hello = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
            engine.wrap(ByteBuffer.allocate(0), hello);
            return Arrays.copyOf(hello.array(), hello.position());
        } catch (SSLException impossible) {
            throw new IllegalStateException(impossible);
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
