// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Clients on real sockets, against our own server. */
abstract class RealClients {
    static final ConnectionHandler ECHO = Connection::write;

    TestDispatcher test;
    final BlockingQueue<ConnectTrace> traces = new LinkedBlockingQueue<>();

    @BeforeEach
    void start() throws IOException {
        test = new TestDispatcher(2);
    }

    @AfterEach
    void everythingIsReturned() {
        test.close();
    }

    int serve(Gate gate) throws IOException {
        return test.server(gate, () -> ECHO).addresses().get(0).getPort();
    }

    Client client(UnaryOperator<Client.Builder> settings) {
        Client.Builder builder = Client.builder(test.dispatcher).observer(new ConnectionObserver() {
            @Override
            public void onConnected(Connection connection, ConnectTrace trace) {
                traces.add(trace);
            }
        });
        return settings.apply(builder).build();
    }

    Client client(TlsProfile profile) {
        return client(builder -> builder.tls(profile));
    }

    static NameResolver to(String... addresses) {
        return host -> CompletableFuture.completedFuture(VirtualClient.inet(addresses));
    }

    static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(30, TimeUnit.SECONDS);
    }

    static ConnectFailedException failure(CompletableFuture<Connection> future) {
        ExecutionException thrown = assertThrows(ExecutionException.class, () -> get(future));
        return assertInstanceOf(ConnectFailedException.class, thrown.getCause());
    }

    /**
     * Connects and has a byte echoed, so that everything that the server sends after its handshake has arrived, too.
     */
    static Connection exchange(Client client, String host, int port) throws Exception {
        CompletableFuture<Byte> answer = new CompletableFuture<>();
        Connection connection = get(client.connect(host, port, (c, data) -> answer.complete(data.get())));
        connection.write(ByteBuffer.wrap(new byte[] {42}));
        assertEquals((byte) 42, get(answer));
        return connection;
    }

    static void awaitUninterruptibly(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException never) {
            throw new IllegalStateException(never);
        }
    }

    int portOnAll(TlsProfile profile) throws IOException {
        return Server.builder(test.dispatcher)
                .listen(0, Gate.tls(profile))
                .handler(() -> ECHO)
                .start()
                .addresses()
                .get(0)
                .getPort();
    }
}
