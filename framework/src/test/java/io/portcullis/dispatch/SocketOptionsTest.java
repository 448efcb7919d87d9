// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.channel.ConnectionChannel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketOption;
import java.net.SocketTimeoutException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The options of listening, accepted and connecting sockets. */
@Timeout(60)
class SocketOptionsTest {
    private static final SocketOption<Boolean> NO_DELAY = StandardSocketOptions.TCP_NODELAY;
    private static final SocketOption<Boolean> KEEP_ALIVE = StandardSocketOptions.SO_KEEPALIVE;
    private static final SocketOption<Integer> RECEIVE_BUFFER = StandardSocketOptions.SO_RCVBUF;

    /** One of {@code jdk.net.ExtendedSocketOptions}, which needs no additional module. */
    private static final SocketOption<Integer> KEEP_IDLE = extended("TCP_KEEPIDLE");

    @SuppressWarnings("unchecked")
    private static SocketOption<Integer> extended(String name) {
        try (AsynchronousSocketChannel channel = AsynchronousSocketChannel.open()) {
            return (SocketOption<Integer>) channel.supportedOptions().stream()
                    .filter(option -> option.name().equals(name))
                    .findAny()
                    .orElseThrow();
        } catch (IOException noSocket) {
            throw new UncheckedIOException(noSocket);
        }
    }

    /** Publishes its connection. */
    private static final class Opened extends StatefulHandler {
        private final BlockingQueue<Connection> connections;

        Opened(BlockingQueue<Connection> connections) {
            this.connections = connections;
        }

        @Override
        public void onOpen(Connection connection) {
            connections.add(connection);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
        }
    }

    private final BlockingQueue<Connection> opened = new LinkedBlockingQueue<>();
    private final List<Socket> sockets = new ArrayList<>();

    private ConnectionHandler handler() {
        return new Opened(opened);
    }

    @AfterEach
    void closeSockets() throws IOException {
        for (Socket socket : sockets) {
            socket.close();
        }
    }

    /** The server's side of a connection that stays open as long as the test. */
    private Connection openTo(Listener listener) throws Exception {
        sockets.add(
                new Socket(listener.address().getAddress(), listener.address().getPort()));
        Connection connection = opened.poll(20, TimeUnit.SECONDS);
        if (connection == null) {
            throw new AssertionError("no connection was opened");
        }
        return connection;
    }

    @Test
    void connectionsSendAtOnceUnlessItIsSetOtherwise() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2);
                Server server = Server.builder(test.dispatcher)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .handler(this::handler)
                        .start();
                Socket socket = TestDispatcher.connect(server);
                Client client = Client.builder(test.dispatcher).build();
                Client delaying =
                        Client.builder(test.dispatcher).option(NO_DELAY, false).build()) {
            assertTrue(socket.isConnected());
            assertTrue(opened.take().option(NO_DELAY));
            assertTrue(connect(client, server).option(NO_DELAY));
            assertFalse(connect(delaying, server).option(NO_DELAY));
        }
    }

    private Connection connect(Client client, Server server) throws Exception {
        return client.connect("127.0.0.1", server.addresses().get(0).getPort(), new Opened(new LinkedBlockingQueue<>()))
                .get(20, TimeUnit.SECONDS);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aConnectionsOptionsAreSetAndReadWhileItIsOpen(boolean tls) throws Exception {
        try (ChannelPair pair = ChannelPair.of(tls ? ChannelPair.Kind.TLS : ChannelPair.Kind.PLAIN)) {
            Connection connection = ((ConnectionChannel) pair.channel).connection();
            assertTrue(connection.supportedOptions().contains(KEEP_ALIVE));
            assertFalse(connection.option(KEEP_ALIVE));
            connection.setOption(KEEP_ALIVE, true);
            assertTrue(connection.option(KEEP_ALIVE));
            connection.abort();
            assertEquals(CloseReason.LOCAL_ABORT, connection.closed().get(20, TimeUnit.SECONDS));
            assertThrows(ClosedChannelException.class, () -> connection.option(KEEP_ALIVE));
            assertThrows(ClosedChannelException.class, () -> connection.setOption(KEEP_ALIVE, true));
        }
    }

    @Test
    void aListenersOptionsTakePrecedenceOverTheServers() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2);
                Server server = Server.builder(test.dispatcher)
                        .option(KEEP_ALIVE, true)
                        .option(KEEP_IDLE, 100)
                        .option(KEEP_IDLE, 120)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain())
                                .option(KEEP_ALIVE, false)
                                .option(NO_DELAY, false))
                        .handler(this::handler)
                        .start()) {
            Connection first = openTo(server.listeners().get(0));
            assertTrue(first.option(KEEP_ALIVE));
            assertTrue(first.option(NO_DELAY));
            assertEquals(120, first.option(KEEP_IDLE));
            Connection second = openTo(server.listeners().get(1));
            assertFalse(second.option(KEEP_ALIVE));
            assertFalse(second.option(NO_DELAY));
            assertEquals(120, second.option(KEEP_IDLE));
        }
    }

    @Test
    void connectionsInheritTheReceiveBufferOfTheirListener() throws Exception {
        int size = 96 * 1024;
        try (TestDispatcher test = new TestDispatcher(2);
                AsynchronousServerSocketChannel jdk =
                        AsynchronousServerSocketChannel.open().setOption(RECEIVE_BUFFER, size);
                Server server = Server.builder(test.dispatcher)
                        .listenerOption(RECEIVE_BUFFER, size)
                        .listen(TestDispatcher.ANY_PORT, Gate.plain())
                        .listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain())
                                .listenerOption(RECEIVE_BUFFER, 2 * size))
                        .handler(this::handler)
                        .start()) {
            int expected = jdk.getOption(RECEIVE_BUFFER);
            assertEquals(expected, openTo(server.listeners().get(0)).option(RECEIVE_BUFFER));
            assertEquals(2 * expected, openTo(server.listeners().get(1)).option(RECEIVE_BUFFER));
        }
    }

    @Test
    void anOptionThatSocketsDoNotHaveIsRefusedAtTheStart() throws Exception {
        SocketOption<Integer> unknown = StandardSocketOptions.IP_MULTICAST_TTL;
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server.Builder connections = Server.builder(test.dispatcher)
                    .option(unknown, 1)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .handler(this::handler);
            assertRefused("IP_MULTICAST_TTL=1 cannot be set for the connections of the listener", connections::start);
            Server.Builder listeners = Server.builder(test.dispatcher)
                    .listenerOption(KEEP_ALIVE, true)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .handler(this::handler);
            assertRefused("SO_KEEPALIVE=true cannot be set for the listener", listeners::start);
            Client.Builder client = Client.builder(test.dispatcher).option(unknown, 1);
            assertRefused("IP_MULTICAST_TTL=1 cannot be set for the connections of a client", client::build);
            Server server = test.server(Gate.plain(), this::handler);
            Listener.Settings late =
                    Listener.at(TestDispatcher.ANY_PORT, Gate.plain()).option(unknown, 1);
            assertRefused("IP_MULTICAST_TTL=1 cannot be set", () -> server.listen(late));
            assertEquals(1, server.listeners().size());
        }
    }

    private static void assertRefused(String beginning, Executable start) {
        String message = String.valueOf(
                assertThrows(UnsupportedOperationException.class, start).getMessage());
        assertTrue(message.startsWith(beginning), message);
    }

    @Test
    void aValueThatIsRefusedIsRefusedAtTheStart() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server.Builder server = Server.builder(test.dispatcher)
                    .listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain()).option(RECEIVE_BUFFER, -1))
                    .handler(this::handler);
            String message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, server::start).getMessage());
            assertTrue(message.startsWith("SO_RCVBUF=-1 is refused for the connections"), message);
            Client.Builder client = Client.builder(test.dispatcher).option(KEEP_IDLE, 1_000_000_000);
            message = String.valueOf(
                    assertThrows(IllegalArgumentException.class, client::build).getMessage());
            assertTrue(message.startsWith("TCP_KEEPIDLE=1000000000 is refused for the connections"), message);
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Server.builder(test.dispatcher).backlog(0));
        }
    }

    @Test
    void noMoreThanTheBacklogWaitToBeAccepted() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2);
                Server server = Server.builder(test.dispatcher)
                        .backlog(5_000)
                        .listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain())
                                .backlog(2)
                                .suspended())
                        .handler(this::handler)
                        .start()) {
            InetSocketAddress address = server.addresses().get(0);
            boolean full = false;
            while (!full) {
                Socket socket = new Socket();
                sockets.add(socket);
                try {
                    socket.connect(address, 500);
                } catch (SocketTimeoutException dropped) {
                    full = true;
                }
                assertTrue(sockets.size() < 10, "the backlog is not bounded");
            }
        }
    }
}
