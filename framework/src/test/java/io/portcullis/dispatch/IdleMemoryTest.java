// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.management.JMException;
import javax.management.ObjectName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import org.junit.jupiter.api.Test;

/** The memory of ours that an idle TLS connection retains, counted by the JVM among the reachable objects. */
class IdleMemoryTest {
    /** As many as there are smallest buffers in a slab, so that no unused buffer is counted. */
    private static final int CONNECTIONS = 272;

    private static final Pattern LINE = Pattern.compile("^\\s*\\d+:\\s+(\\d+)\\s+(\\d+)\\s+(\\S+)");

    /**
     * Tolerance for objects that all connections share, such as one more buffer in the pool. It is fewer bytes than an
     * additional field costs.
     */
    private static final double SHARED_OBJECTS = 0.2;

    private static final int SHARED_BYTES = 7;

    /**
     * SocketConnection, ConnectionDriver with Strand, and Core; the parts: Life, ConnectionDeadline, Input with the
     * Lease that it waits with, Output with WriteQueue, SocketWrite, Requests, SocketTransport; what drives them:
     * Callbacks, Filters, Flow; TlsFilter with RecordGuard and SslEngineAdapter.
     */
    private static final int OBJECTS = 19;

    /**
     * 32 bytes count what the connection has transferred, 8 what was written elsewhere and not yet seen by the strand;
     * 8 say which listener has accepted it, and under what its address is counted. Each additional field should be
     * worth 8 bytes per connection.
     */
    private static final int BYTES = 816;

    private static final String POOLED = "io.portcullis.buffer.PooledBuffer";

    /** One for all clients, so that none of their memory is counted. */
    private final SSLContext context = TestCertificates.jdkClientContext();

    private record Kind(long objects, long bytes) {}

    @Test
    void anIdleConnectionKeepsFewObjects() throws Exception {
        try (Dispatcher dispatcher =
                        Dispatcher.builder().threads(1).name("idle").build();
                Server server = Server.builder(dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.tls(TestCertificates.serverProfile()))
                        .handler(() -> Connection::write)
                        .start()) {
            List<SSLSocket> sockets = new ArrayList<>();
            try {
                sockets.add(connect(server));
                Map<String, Kind> before = ours();
                for (int i = 0; i < CONNECTIONS; i++) {
                    sockets.add(connect(server));
                }
                compare(before, ours());
            } finally {
                for (SSLSocket socket : sockets) {
                    socket.close();
                }
            }
        }
    }

    private SSLSocket connect(Server server) throws IOException {
        InetSocketAddress address = server.addresses().get(0);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(address.getAddress(), address.getPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(new byte[100]);
        if (socket.getInputStream().readNBytes(100).length != 100) {
            throw new IOException("there was no echo");
        }
        return socket;
    }

    private static void compare(Map<String, Kind> before, Map<String, Kind> after) {
        double objects = 0;
        double bytes = 0;
        StringBuilder list = new StringBuilder();
        for (Map.Entry<String, Kind> entry : after.entrySet()) {
            Kind old = before.getOrDefault(entry.getKey(), new Kind(0, 0));
            double count = (double) (entry.getValue().objects - old.objects) / CONNECTIONS;
            double size = (double) (entry.getValue().bytes - old.bytes) / CONNECTIONS;
            objects += count;
            bytes += size;
            if (count > 0.01) {
                list.append(String.format("%n%6.2f objects, %5.0f bytes: %s", count, size, entry.getKey()));
            }
        }
        assertTrue(objects > OBJECTS / 2.0, "hardly anything was counted:" + list);
        assertTrue(objects <= OBJECTS + SHARED_OBJECTS, objects + " objects per idle connection:" + list);
        assertTrue(bytes <= BYTES + SHARED_BYTES, bytes + " bytes per idle connection:" + list);
    }

    private static Map<String, Kind> ours() throws JMException {
        String histogram = (String) ManagementFactory.getPlatformMBeanServer()
                .invoke(
                        new ObjectName("com.sun.management:type=DiagnosticCommand"),
                        "gcClassHistogram",
                        new Object[] {new String[0]},
                        new String[] {String[].class.getName()});
        Map<String, Kind> kinds = new HashMap<>();
        histogram.lines().map(LINE::matcher).filter(Matcher::find).forEach(line -> {
            String name = line.group(3);
            // How many pooled buffers are new depends on what the handshakes before have left in the pool
            boolean counts = !name.contains("Test") && !name.equals(POOLED);
            if (name.startsWith("io.portcullis.") && counts) {
                kinds.put(name, new Kind(Long.parseLong(line.group(1)), Long.parseLong(line.group(2))));
            }
        });
        return new TreeMap<>(kinds);
    }
}
