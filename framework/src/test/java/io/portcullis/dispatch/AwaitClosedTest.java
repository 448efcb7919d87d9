// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.StatefulHandler;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A thread that waits for the end of a server. */
@Timeout(60)
class AwaitClosedTest {

    /** A waiting thread, and the way its wait ends. */
    private static FutureTask<Boolean> waiting(Server server) {
        FutureTask<Boolean> wait = new FutureTask<>(() -> {
            server.awaitClosed();
            return true;
        });
        new Thread(wait, "waiting for a server").start();
        return wait;
    }

    @Test
    void waitsUntilTheLastConnectionHasEnded() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            CompletableFuture<Connection> opened = new CompletableFuture<>();
            Server server = test.server(Gate.plain(), () -> new StatefulHandler() {
                @Override
                public void onOpen(Connection connection) {
                    opened.complete(connection);
                }

                @Override
                public void onData(Connection connection, ByteBuffer data) {}
            });
            try (Socket socket = TestDispatcher.connect(server)) {
                opened.get(20, TimeUnit.SECONDS);
                FutureTask<Boolean> wait = waiting(server);
                server.close();
                assertFalse(server.awaitClosed(Duration.ZERO));
                assertFalse(wait.isDone());
                socket.shutdownOutput();
                assertTrue(wait.get(20, TimeUnit.SECONDS));
                assertTrue(server.awaitClosed(Duration.ZERO));
                server.awaitClosed();
            }
        }
    }

    @Test
    void givesUpAtTheDeadlineAndTheServerContinues() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> {});
            assertFalse(server.awaitClosed(Duration.ofMillis(1)));
            assertFalse(server.awaitClosed(Duration.ofSeconds(-1)));
            assertFalse(server.draining());
            server.close();
            assertTrue(server.awaitClosed(Duration.ofDays(1_000_000)));
        }
    }

    @Test
    void anInterruptEndsTheWaitAndNotTheServer() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> {});
            Thread.currentThread().interrupt();
            assertThrows(InterruptedException.class, server::awaitClosed);
            assertFalse(Thread.interrupted());
            assertFalse(server.draining());
        }
    }

    @Test
    void isRefusedOnAThreadOfADispatcher() throws Exception {
        CompletableFuture<Throwable> refused = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            CompletableFuture<Server> started = new CompletableFuture<>();
            Server server = test.server(Gate.plain(), () -> new StatefulHandler() {
                @Override
                public void onOpen(Connection connection) {
                    refused.complete(assertThrows(
                            IllegalStateException.class, () -> started.get().awaitClosed()));
                }

                @Override
                public void onData(Connection connection, ByteBuffer data) {}
            });
            started.complete(server);
            try (Socket socket = TestDispatcher.connect(server)) {
                assertTrue(socket.isConnected());
                assertInstanceOf(IllegalStateException.class, refused.get(20, TimeUnit.SECONDS));
            }
        }
    }

    @Test
    void aConnectionIsOpenFromOnOpenToTheBeginningOfItsEnd() throws Exception {
        CompletableFuture<Boolean> inOpen = new CompletableFuture<>();
        CompletableFuture<Boolean> inEnd = new CompletableFuture<>();
        CompletableFuture<Boolean> inClose = new CompletableFuture<>();
        CompletableFuture<Connection> opened = new CompletableFuture<>();
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> new StatefulHandler() {
                @Override
                public void onOpen(Connection connection) {
                    inOpen.complete(connection.isOpen());
                    opened.complete(connection);
                }

                @Override
                public void onData(Connection connection, ByteBuffer data) {}

                @Override
                public void onEndOfInput(Connection connection) {
                    inEnd.complete(connection.isOpen());
                    connection.close();
                    inClose.complete(connection.isOpen());
                }
            });
            try (Socket socket = TestDispatcher.connect(server)) {
                Connection connection = opened.get(20, TimeUnit.SECONDS);
                assertTrue(inOpen.get(20, TimeUnit.SECONDS));
                assertTrue(connection.isOpen());
                connection.shutdownOutput();
                assertEquals(-1, socket.getInputStream().read());
                assertTrue(connection.isOpen());
                socket.shutdownOutput();
                assertTrue(inEnd.get(20, TimeUnit.SECONDS));
                assertFalse(inClose.get(20, TimeUnit.SECONDS));
                connection.closed().get(20, TimeUnit.SECONDS);
                assertFalse(connection.isOpen());
            }
        }
    }
}
