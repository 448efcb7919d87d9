// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;

/**
 * A pool with a virtual clock and scripted sockets. At the end of each test no connection, lease, timer or waiter
 * remains.
 */
abstract class ScriptedPool {
    final VirtualClient client = new VirtualClient("192.0.2.1");
    private @Nullable PoolCore pool;

    final PoolCore pool() {
        if (pool == null) {
            throw new IllegalStateException("no pool");
        }
        return pool;
    }

    final void open(UnaryOperator<PoolSettings> settings) {
        pool = new PoolCore(
                "example.org:443",
                settings.apply(PoolSettings.DEFAULT),
                client.endpoint,
                handler -> client.dialer.connect("192.0.2.1", 443, handler, null));
    }

    /** One acquire, and its handler. */
    final class Borrower {
        final RecordingHandler handler = new RecordingHandler();
        final CompletableFuture<PooledConnection> future;

        Borrower() {
            future = pool().acquire(handler);
            settle();
        }

        Connection connection() {
            return lease().connection();
        }

        PooledConnection lease() {
            assertTrue(future.isDone(), "still waiting");
            return future.join();
        }

        void release() {
            lease().release();
            settle();
        }

        <T extends Throwable> T failure(Class<T> type) {
            assertTrue(future.isDone(), "still waiting");
            return assertInstanceOf(
                    type, assertThrows(ExecutionException.class, future::get).getCause());
        }
    }

    final void settle() {
        client.machine.runTasks();
        client.machine.runLater();
        client.settle();
        client.machine.runLater();
    }

    final void connect(int attempt) {
        client.attempt(attempt).connect();
        settle();
    }

    final void receive(int attempt, String text) {
        client.attempt(attempt).transport.receive(text.getBytes(StandardCharsets.ISO_8859_1));
        settle();
    }

    final void receiveEnd(int attempt) {
        client.attempt(attempt).transport.receiveEnd();
        settle();
    }

    final void advance(Duration time) {
        client.machine.advance(time);
        settle();
    }

    final int attempts() {
        return client.connector.tries.size();
    }

    /** One connection, which is idle. */
    final Borrower borrowAndRelease() {
        Borrower first = new Borrower();
        connect(0);
        first.release();
        assertEquals(1, pool().statistics().idle());
        return first;
    }

    @AfterEach
    void nothingIsLeft() {
        pool().close();
        settle();
        client.connector.tries.forEach(attempt -> {
            if (!attempt.transport.closed) {
                attempt.transport.receiveEnd();
            }
        });
        settle();
        client.endpoint.close();
        settle();
        assertTrue(pool().end().isDone(), () -> pool().statistics().toString());
        assertEquals(0, pool().statistics().connections());
        assertEquals(0, pool().statistics().waiting());
        client.verify();
    }
}
