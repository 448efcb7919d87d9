// SPDX-License-Identifier: Apache-2.0
package io.portcullis.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.ConnectionLimits;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Listener;
import io.portcullis.dispatch.Server;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/**
 * A server with a mixed and a TLS listener, and a client, both observed; and everything that can happen to their
 * connections.
 */
public final class Scenario implements AutoCloseable {
    /** Sent by a client that requests TLS. */
    private static final byte STARTTLS = 1;

    public final Dispatcher dispatcher = Dispatcher.create();
    public final Server server;
    final Client client;
    private final TlsProfile trusting = TestCertificates.clientProfile();

    public Scenario(ConnectionObserver observer) throws IOException {
        TlsProfile profile = TestCertificates.serverProfile();
        InetSocketAddress anyPort = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        server = Server.builder(dispatcher)
                .listen(Listener.at(anyPort, Gate.detect(profile)).name("mixed"))
                .listen(Listener.at(anyPort, Gate.tls(profile)).name("tls"))
                .handler(() -> new Echo(profile))
                .limits(ConnectionLimits.none().connections(3).refuse())
                .observer(observer)
                .start();
        client = Client.builder(dispatcher).observer(observer).build();
    }

    /** Echoes; the first byte may request TLS. */
    private record Echo(TlsProfile profile) implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (data.get(data.position()) == STARTTLS && connection.session().isEmpty()) {
                data.position(data.limit());
                connection.write(ByteBuffer.wrap(new byte[] {STARTTLS}));
                var unused = connection.startTls(profile);
            } else {
                connection.write(data);
            }
        }
    }

    private InetSocketAddress address(int listener) {
        return server.addresses().get(listener);
    }

    static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    /** A plain connection that has exchanged this many bytes each way. */
    Connection plain(int bytes) throws Exception {
        CompletableFuture<Void> answered = new CompletableFuture<>();
        Connection connection =
                get(client.connect(address(0).getHostString(), address(0).getPort(), new Counter(bytes, answered)));
        connection.write(ByteBuffer.wrap(new byte[bytes]));
        get(answered);
        return connection;
    }

    /** A connection that began plain and is under TLS now. */
    Connection upgraded() throws Exception {
        CompletableFuture<Void> agreed = new CompletableFuture<>();
        CompletableFuture<TlsSession> secured = new CompletableFuture<>();
        Connection connection =
                get(client.connect(address(0).getHostString(), address(0).getPort(), (own, data) -> {
                    data.position(data.limit());
                    if (agreed.complete(null)) {
                        var unused = own.startTls(trusting).whenComplete((session, failure) -> {
                            if (failure == null) {
                                secured.complete(session);
                            } else {
                                secured.completeExceptionally(failure);
                            }
                        });
                    }
                }));
        connection.write(ByteBuffer.wrap(new byte[] {STARTTLS}));
        get(secured);
        return connection;
    }

    /** A TLS connection of the JDK's client, on the TLS listener, that has echoed a byte. */
    public Socket secured() throws Exception {
        Socket socket = TestCertificates.jdkClientContext()
                .getSocketFactory()
                .createSocket(address(1).getAddress(), address(1).getPort());
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write(42);
        assertEquals(42, socket.getInputStream().read());
        return socket;
    }

    /** Sends plain HTTP to the TLS listener, and reads to the end. */
    public void failed() throws IOException {
        try (Socket socket = new Socket(address(1).getAddress(), address(1).getPort())) {
            socket.getOutputStream().write("GET / HTTP/1.1\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.shutdownOutput();
            socket.getInputStream().readAllBytes();
        }
    }

    /** Is refused: the server already has three connections. */
    void refused() throws IOException {
        try (Socket socket = new Socket(address(0).getAddress(), address(0).getPort())) {
            int end;
            try {
                end = socket.getInputStream().read();
            } catch (IOException reset) {
                end = -1;
            }
            assertEquals(-1, end);
        }
    }

    /** Waits until this many connections are left, on both sides together. */
    public void awaitConnections(int count) {
        while (dispatcher.statistics().connections() != count) {
            LockSupport.parkNanos(100_000);
        }
    }

    private record Counter(int expected, CompletableFuture<Void> answered, int[] seen) implements ConnectionHandler {
        Counter(int expected, CompletableFuture<Void> answered) {
            this(expected, answered, new int[1]);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            seen[0] += data.remaining();
            data.position(data.limit());
            if (seen[0] == expected) {
                answered.complete(null);
            }
        }
    }

    @Override
    public void close() {
        dispatcher.close();
        dispatcher.closed().orTimeout(30, TimeUnit.SECONDS).join();
    }
}
