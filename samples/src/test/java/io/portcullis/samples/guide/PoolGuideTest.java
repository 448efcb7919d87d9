// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.ConnectionPool;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The snippets on pools, at work. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class PoolGuideTest {

    // snippet: EXCHANGE
    /** Sends one line and receives one line. */
    static final class Exchange extends LineHandler {
        private final String request;
        private final CompletableFuture<String> response = new CompletableFuture<>();

        Exchange(String request) {
            super(8192);
            this.request = request;
        }

        static CompletableFuture<String> on(ConnectionPool pool, String request) {
            Exchange exchange = new Exchange(request);
            return pool.acquire(exchange)
                    .thenCompose(borrowed -> exchange.response.whenComplete((response, failure) -> borrowed.release()));
        }

        @Override
        public void onOpen(Connection connection) { // also of a connection that was used before
            connection.write(request + "\n", UTF_8);
        }

        @Override
        protected void onLine(Connection connection, String line) {
            response.complete(line);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            response.completeExceptionally(new IOException("no response: " + reason, cause));
        }
    }
    // end snippet

    @Test
    void aConnectionIsUsedAgain() throws Exception {
        try (Dispatcher dispatcher = Dispatcher.create();
                Client client = Client.builder(dispatcher).build()) {
            Server server = FirstLines.start(dispatcher, new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
            int port = server.addresses().get(0).getPort();
            // snippet: POOL
            ConnectionPool pool = client.pool("localhost", port)
                    .maxConnections(8)
                    .acquireTimeout(Duration.ofSeconds(5))
                    .maxIdleTime(Duration.ofSeconds(20)) // less than the idle timeout of the server
                    .build();
            // end snippet
            assertEquals("1: one", Exchange.on(pool, "one").get(20, TimeUnit.SECONDS));
            while (pool.statistics().idle() == 0) { // a connection comes back a moment after its release
                Thread.onSpinWait();
            }
            assertEquals("2: two", Exchange.on(pool, "two").get(20, TimeUnit.SECONDS));
            assertEquals(1, pool.statistics().connected());
        }
    }
}
