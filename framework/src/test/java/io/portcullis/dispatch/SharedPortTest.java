// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import java.io.IOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several dispatchers that serve one port. */
@Timeout(60)
class SharedPortTest {
    private static final int CONNECTIONS = 200;
    private static final byte[] WORD = {'h', 'i'};

    private final AtomicInteger servedByFirst = new AtomicInteger();
    private final AtomicInteger servedBySecond = new AtomicInteger();

    private static Server.Builder server(Dispatcher dispatcher, InetSocketAddress address, AtomicInteger served) {
        return Server.builder(dispatcher).listen(address, Gate.plain()).handler(() -> new ConnectionHandler() {
            @Override
            public void onOpen(Connection connection) {
                served.incrementAndGet();
            }

            @Override
            public void onData(Connection connection, ByteBuffer data) {
                connection.write(data);
            }
        });
    }

    private static InetSocketAddress anyPort() {
        return new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    }

    private static void requireSharedPorts() throws IOException {
        try (AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open()) {
            Assumptions.assumeTrue(
                    channel.supportedOptions().contains(StandardSocketOptions.SO_REUSEPORT),
                    "this system has no SO_REUSEPORT");
        }
    }

    @Test
    void connectionsAreSpreadOverTheDispatchers() throws Exception {
        requireSharedPorts();
        try (Dispatcher one = Dispatcher.builder().threads(1).build();
                Dispatcher other = Dispatcher.builder().threads(1).build()) {
            InetSocketAddress address = server(one, anyPort(), servedByFirst)
                    .reusePort()
                    .start()
                    .addresses()
                    .get(0);
            server(other, address, servedBySecond).reusePort().start();

            for (int i = 0; i < CONNECTIONS; i++) {
                try (Socket socket = new Socket(address.getAddress(), address.getPort())) {
                    socket.getOutputStream().write(WORD);
                    assertArrayEquals(WORD, socket.getInputStream().readNBytes(WORD.length));
                }
            }
        }
        assertEquals(CONNECTIONS, servedByFirst.get() + servedBySecond.get());
        assertTrue(servedByFirst.get() > 0, "the first dispatcher served none");
        assertTrue(servedBySecond.get() > 0, "the second dispatcher served none");
    }

    @Test
    void aPortIsNotSharedUnlessBothAgree() throws Exception {
        requireSharedPorts();
        try (Dispatcher one = Dispatcher.builder().threads(1).build();
                Dispatcher other = Dispatcher.builder().threads(1).build()) {
            InetSocketAddress address =
                    server(one, anyPort(), servedByFirst).start().addresses().get(0);

            Server.Builder second = server(other, address, servedBySecond).reusePort();

            assertThrows(BindException.class, second::start);
        }
    }
}
