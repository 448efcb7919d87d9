// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Pools on real sockets; at the end of each test no connection and no lease remains. */
@Timeout(120)
class ConnectionPoolTest {
    private static final byte CUT = 'c';

    private TestDispatcher test;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();
    private final ConnectionObserver counting = new ConnectionObserver() {
        @Override
        public void onAccepted(Connection connection) {
            int now = open.incrementAndGet();
            most.accumulateAndGet(now, Math::max);
        }

        @Override
        public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            open.decrementAndGet();
        }
    };

    @BeforeEach
    void start() throws IOException {
        test = new TestDispatcher(2);
    }

    @AfterEach
    void everythingIsReturned() {
        test.close();
    }

    /** An echo that cuts the connection when it receives a certain byte. */
    private static final class Echo implements ConnectionHandler {
        @Override
        public void onData(Connection connection, ByteBuffer data) {
            if (data.get(data.position()) == CUT) {
                data.position(data.limit());
                connection.abort();
            } else {
                connection.write(data);
            }
        }
    }

    private int serve(boolean tls) throws IOException {
        return Server.builder(test.dispatcher)
                .listen(TestDispatcher.ANY_PORT, tls ? Gate.tls(TestCertificates.serverProfile()) : Gate.plain())
                .handler(Echo::new)
                .start()
                .addresses()
                .get(0)
                .getPort();
    }

    /** Counts its connections from the time they are connected. */
    private Client client(boolean tls, UnaryOperator<Client.Builder> settings) {
        Client.Builder builder = Client.builder(test.dispatcher).observer(counting);
        return settings.apply(tls ? builder.tls(TestCertificates.clientProfile()) : builder)
                .build();
    }

    private static <T> T get(CompletableFuture<T> future) throws Exception {
        return future.get(60, TimeUnit.SECONDS);
    }

    /** Sends one byte, and waits for its echo; the future fails if the connection ends first. */
    private static final class Exchange extends StatefulHandler {
        final CompletableFuture<Byte> answer = new CompletableFuture<>();
        private final byte question;

        Exchange(int question) {
            this.question = (byte) question;
        }

        @Override
        public void onOpen(Connection connection) {
            connection.write(ByteBuffer.wrap(new byte[] {question}));
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            answer.complete(data.get());
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            answer.completeExceptionally(new IOException("closed: " + reason));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void borrowersTakeTurnsOnOneConnection(boolean tls) throws Exception {
        Client client = client(tls, builder -> builder);
        ConnectionPool pool =
                client.pool("localhost", serve(tls)).maxConnections(1).build();
        List<Connection> connections = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            Exchange exchange = new Exchange(i);
            PooledConnection lease = get(pool.acquire(exchange));
            connections.add(lease.connection());
            assertEquals((byte) i, get(exchange.answer));
            lease.release();
        }
        connections.forEach(connection -> assertSame(connections.get(0), connection));
        TestDispatcher.until(() -> pool.statistics().acquired() == 20);
        pool.close();
        get(pool.closed());
        assertEquals(0, open.get());
    }

    /** Some exchanges are cut by the server, some acquires are cancelled, some leases are released twice or never. */
    @ParameterizedTest
    @CsvSource({"false, false", "true, false", "false, true"})
    void theLimitAppliesAndNothingIsLostWithManyThreads(boolean tls, boolean onExecutor) throws Exception {
        int limit = 4;
        int threads = 8;
        int rounds = tls ? 100 : 300;
        ExecutorService executor = Executors.newCachedThreadPool();
        try {
            Client client = client(tls, builder -> onExecutor ? builder.callbackExecutor(executor) : builder);
            ConnectionPool pool = client.pool("localhost", serve(tls))
                    .maxConnections(limit)
                    .healthCheck(ConnectionPoolTest::aboutOneInSevenIsIll, Duration.ofSeconds(30))
                    .acquireTimeout(Duration.ofSeconds(100))
                    .build();
            AtomicInteger borrowed = new AtomicInteger();
            List<Future<Integer>> results = new ArrayList<>();
            for (int i = 0; i < threads; i++) {
                Random random = new Random(i);
                results.add(executor.submit(() -> borrow(pool, random, rounds, borrowed, limit)));
            }
            int exchanged = 0;
            for (Future<Integer> result : results) {
                exchanged += result.get(100, TimeUnit.SECONDS);
            }
            assertTrue(exchanged > threads * rounds / 4, exchanged + " exchanges");
            TestDispatcher.until(() -> pool.statistics().borrowed() == 0
                    && pool.statistics().waiting() == 0
                    && pool.statistics().connecting() == 0);
            assertTrue(most.get() <= limit, most + " connections at a time");
            assertEquals(pool.statistics().idle(), pool.statistics().connections());
            pool.close();
            get(pool.closed());
            assertEquals(0, pool.statistics().connections());
            assertEquals(0, pool.statistics().timeouts());
            TestDispatcher.until(() -> open.get() == 0);
        } finally {
            test.end();
            executor.shutdown();
        }
    }

    private static ConnectionHandler aboutOneInSevenIsIll(Connection connection, CompletableFuture<Boolean> healthy) {
        healthy.complete(connection.id() % 7 != 0);
        return (own, data) -> {};
    }

    private static int borrow(ConnectionPool pool, Random random, int rounds, AtomicInteger borrowed, int limit)
            throws Exception {
        int exchanged = 0;
        for (int i = 0; i < rounds; i++) {
            int kind = random.nextInt(10);
            int question = kind == 0 ? CUT : 'a' + random.nextInt(2);
            Exchange exchange = new Exchange(question);
            CompletableFuture<PooledConnection> acquiring = pool.acquire(exchange);
            if (kind == 1 && acquiring.cancel(false)) {
                continue;
            }
            PooledConnection lease;
            try {
                lease = acquiring.get(100, TimeUnit.SECONDS);
            } catch (ExecutionException handlerEnded) {
                throw new AssertionError(handlerEnded);
            }
            if (question != CUT) { // a connection that is cut is free before its borrower is notified
                assertTrue(borrowed.incrementAndGet() <= limit, "too many are borrowed");
            }
            try {
                assertEquals((byte) question, get(exchange.answer));
                exchanged++;
                borrowed.decrementAndGet();
                lease.release();
                if (kind == 2) {
                    lease.release();
                }
            } catch (ExecutionException cut) {
                assertEquals(CUT, question, cut::toString);
                if (kind % 2 == 0) {
                    lease.release();
                }
            }
        }
        return exchanged;
    }

    @Test
    void aMissingServerFailsEachAcquireAndIsUsedOnceItIsThere() throws Exception {
        int port;
        try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        Client client = client(false, builder -> builder);
        ConnectionPool pool = client.pool("127.0.0.1", port).maxConnections(2).build();
        for (int i = 0; i < 10; i++) {
            ExecutionException failure =
                    assertThrows(ExecutionException.class, () -> get(pool.acquire(new Exchange(1))));
            assertEquals(
                    CloseReason.IO_FAILED,
                    assertInstanceOf(ConnectFailedException.class, failure.getCause())
                            .reason());
        }
        Server server = Server.builder(test.dispatcher)
                .listen(Rig.loopback(port), Gate.plain())
                .handler(Echo::new)
                .start();
        Exchange exchange = new Exchange(5);
        PooledConnection lease = get(pool.acquire(exchange));
        assertEquals((byte) 5, get(exchange.answer));
        lease.release();
        assertEquals(10, pool.statistics().connectFailures());
        server.close();
    }

    @Test
    void aServerThatClosesIdleConnectionsIsConnectedToAgain() throws Exception {
        int port = serve(false);
        Client client = client(false, builder -> builder);
        ConnectionPool pool = client.pool("localhost", port).build();
        Exchange first = new Exchange(1);
        PooledConnection lease = get(pool.acquire(first));
        get(first.answer);
        lease.connection().write(ByteBuffer.wrap(new byte[] {CUT}));
        lease.release();
        get(lease.connection().closed());
        TestDispatcher.until(() -> pool.statistics().connections() == 0);
        Exchange second = new Exchange(2);
        assertNotSame(lease.connection(), get(pool.acquire(second)).connection());
        assertEquals((byte) 2, get(second.answer));
    }

    @Test
    void anAcquireThatTakesTooLongFails() throws Exception {
        Client client = client(false, builder -> builder);
        ConnectionPool pool = client.pool("localhost", serve(false))
                .maxConnections(1)
                .acquireTimeout(Duration.ofMillis(200))
                .build();
        PooledConnection lease = get(pool.acquire(new Exchange(1)));
        ExecutionException failure = assertThrows(ExecutionException.class, () -> get(pool.acquire(new Exchange(2))));
        assertEquals(
                AcquireFailedException.Reason.DEADLINE,
                assertInstanceOf(AcquireFailedException.class, failure.getCause())
                        .reason());
        assertEquals(0, pool.statistics().waiting());
        lease.connection().abort();
    }

    @Test
    void idleConnectionsAreClosedAfterAWhile() throws Exception {
        Client client = client(false, builder -> builder);
        ConnectionPool pool = client.pool("localhost", serve(false))
                .maxIdleTime(Duration.ofMillis(100))
                .build();
        Exchange exchange = new Exchange(1);
        PooledConnection lease = get(pool.acquire(exchange));
        get(exchange.answer);
        lease.release();
        assertEquals(CloseReason.LOCAL_CLOSE, get(lease.connection().closed()));
        TestDispatcher.until(() -> pool.statistics().connections() == 0);
    }

    @Test
    void acquiresThatWaitFailWhenTheClientIsClosed() throws Exception {
        Client client = client(false, builder -> builder);
        ConnectionPool pool =
                client.pool("localhost", serve(false)).maxConnections(1).build();
        Exchange exchange = new Exchange(1);
        get(pool.acquire(exchange));
        CompletableFuture<PooledConnection> waiting = pool.acquire(new Exchange(2));
        client.close();
        assertThrows(ExecutionException.class, () -> get(waiting));
        get(client.closed());
        assertTrue(pool.closed().isDone());
        ExecutionException late = assertThrows(ExecutionException.class, () -> get(pool.acquire(new Exchange(3))));
        assertEquals(
                AcquireFailedException.Reason.POOL_CLOSED,
                assertInstanceOf(AcquireFailedException.class, late.getCause()).reason());
        ConnectionPool tooLate = client.pool("localhost", 1).build();
        assertTrue(tooLate.closed().isDone());
    }

    @Test
    void acquiresBesideTheEndOfTheDispatcherAllComeToAnEnd() throws Exception {
        Client client = client(false, builder -> builder);
        ConnectionPool pool =
                client.pool("localhost", serve(false)).maxConnections(2).build();
        ExecutorService executor = Executors.newSingleThreadExecutor();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        Future<List<CompletableFuture<PooledConnection>>> acquires = executor.submit(() -> {
            List<CompletableFuture<PooledConnection>> all = new ArrayList<>();
            while (all.isEmpty() || !test.dispatcher.closed().isDone()) {
                Exchange exchange = new Exchange(1);
                CompletableFuture<PooledConnection> next = pool.acquire(exchange);
                var unused = next.thenAcceptBoth(exchange.answer, (lease, answer) -> lease.release());
                all.add(next);
                begun.complete(null);
            }
            return all;
        });
        get(begun);
        test.end();
        for (CompletableFuture<PooledConnection> acquire : acquires.get(60, TimeUnit.SECONDS)) {
            assertTrue(isDone(acquire), "an acquire waits forever");
        }
        executor.shutdown();
        assertTrue(pool.closed().isDone());
    }

    private static boolean isDone(CompletableFuture<?> future) throws InterruptedException, TimeoutException {
        try {
            future.get(60, TimeUnit.SECONDS);
        } catch (ExecutionException failed) {
            assertFalse(failed.getCause() instanceof NullPointerException);
        }
        return future.isDone();
    }

    @Test
    void settingsAreChecked() throws Exception {
        Client client = client(false, builder -> builder);
        ConnectionPool.Builder builder = client.pool("localhost", 1);
        assertThrows(IllegalArgumentException.class, () -> builder.maxConnections(0));
        assertThrows(IllegalArgumentException.class, () -> builder.maxPendingAcquires(-1));
        assertThrows(IllegalArgumentException.class, () -> builder.acquireTimeout(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.maxIdleTime(Duration.ZERO));
        assertThrows(IllegalArgumentException.class, () -> builder.maxLifetime(Duration.ofSeconds(-1)));
    }
}
