// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Times that are longer than nanoseconds can count, or than can be added to the time of a clock, never end. */
@Timeout(60)
class LongTimesTest {
    private static final ConnectionHandler ECHO = new ConnectionHandler() {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            connection.write(data);
        }

        // Goes on
        @Override
        public void onDrain(Connection connection) {}
    };

    static List<Duration> forever() {
        return List.of(ChronoUnit.FOREVER.getDuration(), Duration.ofNanos(Long.MAX_VALUE), Duration.ofDays(106_000));
    }

    private static void assertEchoes(Server server) throws Exception {
        try (Socket socket = TestDispatcher.connect(server)) {
            socket.getOutputStream().write('x');
            assertEquals('x', socket.getInputStream().read());
        }
    }

    @ParameterizedTest
    @MethodSource("forever")
    void aServerAndItsClientsWaitForever(Duration forever) throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .handler(() -> ECHO)
                    .handshakeTimeout(forever)
                    .idleTimeout(forever)
                    .writeTimeout(forever)
                    .closeTimeout(forever)
                    .admission(new AdmissionLimit(1, 1, forever))
                    .start();
            assertEchoes(server);
            Client client = Client.builder(test.dispatcher)
                    .connectTimeout(forever)
                    .attemptDelay(forever)
                    .handshakeTimeout(forever)
                    .idleTimeout(forever)
                    .admission(new AdmissionLimit(1, 1, forever))
                    .build();
            CompletableFuture<Integer> echo = new CompletableFuture<>();
            client.connect("localhost", server.addresses().get(0).getPort(), (connection, data) -> {
                        echo.complete((int) data.get());
                        connection.abort();
                    })
                    .get(20, TimeUnit.SECONDS)
                    .write(new byte[] {'x'});
            assertEquals('x', echo.get(20, TimeUnit.SECONDS));
        }
    }

    @ParameterizedTest
    @MethodSource("forever")
    void aPoolWaitsForever(Duration forever) throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> ECHO);
            Client client = Client.builder(test.dispatcher).build();
            ConnectionPool pool = client.pool(
                            "localhost", server.addresses().get(0).getPort())
                    .acquireTimeout(forever)
                    .maxIdleTime(forever)
                    .maxLifetime(forever)
                    .healthCheck(
                            (connection, healthy) -> {
                                healthy.complete(true);
                                return ECHO;
                            },
                            forever)
                    .build();
            PooledConnection first = pool.acquire(ECHO).get(20, TimeUnit.SECONDS);
            first.release();
            TestDispatcher.until(() -> pool.statistics().idle() == 1);
            PooledConnection second = pool.acquire(ECHO).get(20, TimeUnit.SECONDS);
            assertEquals(first.connection(), second.connection());
            second.connection().abort();
        }
    }

    @ParameterizedTest
    @MethodSource("forever")
    void aGateListensForever(Duration forever) throws Exception {
        TlsProfile profile = TlsProfile.builder()
                .certificate(TestCertificates.ec().key(), TestCertificates.ec().certificate())
                .build();
        try (TestDispatcher test = new TestDispatcher(2)) {
            assertEchoes(test.server(Gate.detect(profile, forever), () -> ECHO));
        }
    }

    @ParameterizedTest
    @MethodSource("forever")
    void aServerDrainsForever(Duration forever) throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> ECHO);
            try (Socket socket = TestDispatcher.connect(server)) {
                socket.getOutputStream().write('x');
                assertEquals('x', socket.getInputStream().read());
                CompletableFuture<Void> drained = server.drain(forever);
                socket.getOutputStream().write('y');
                assertEquals('y', socket.getInputStream().read());
                assertFalse(drained.isDone());
                assertFalse(server.awaitClosed(Duration.ZERO));
            }
            server.closed().get(20, TimeUnit.SECONDS);
        }
    }

    @ParameterizedTest
    @MethodSource("forever")
    void aServerLooksForNewCertificatesOnceInForever(Duration forever) throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = Server.builder(test.dispatcher)
                    .listen(TestDispatcher.ANY_PORT, Gate.plain())
                    .handler(() -> ECHO)
                    .reloadCertificates(forever)
                    .start();
            assertEchoes(server);
        }
    }
}
