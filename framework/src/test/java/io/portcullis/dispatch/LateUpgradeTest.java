// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TlsSession;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/**
 * A change of the filter that is requested late in a turn, or together with an end of the output, is made all the same.
 */
class LateUpgradeTest extends ScriptedUpgrade {
    private static CompletionHandler<Void, Object> then(Runnable next) {
        return new CompletionHandler<>() {
            @Override
            public void completed(Void none, Object attachment) {
                next.run();
            }

            @Override
            public void failed(Throwable cause, Object attachment) {}
        };
    }

    private String state() {
        return handler.events + " " + handler.connection() + ", output ended: " + transport.outputEnded;
    }

    private void startTls(Connection connection) {
        handler.secured = connection.startTls(PROFILE);
    }

    @Test
    void startTlsInACompletionThatComesWithinItsWrite() throws Exception {
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ascii(READY), "ready", then(() -> startTls(connection)));
        };
        start();

        secure("TLSv1.3");

        assertTrue(handler.secured().isDone(), state());
    }

    @Test
    void startTlsAfterSend() throws Exception {
        handler.onData = (connection, data) -> {
            handler.take(data);
            var unused = connection.send(ascii(READY)).thenRun(() -> startTls(connection));
        };
        start();

        secure("TLSv1.3");

        assertTrue(handler.secured().isDone(), state());
    }

    @Test
    void startTlsInOnWritable() throws Exception {
        int much = 300 * 1024;
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ByteBuffer.allocate(much));
        };
        handler.onWritable = this::startTls;
        start();
        transport.receive(COMMAND).completeAll();
        assertEquals(much, transport.sent.size());

        new MemoryTlsPeer(transport, "TLSv1.3").begin().exchange();

        assertTrue(handler.secured().isDone(), state());
    }

    @Test
    void startTlsAfterStopTls() throws Exception {
        AtomicReference<CompletableFuture<TlsSession>> again = new AtomicReference<>();
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        handler.onData = (connection, data) -> {
            handler.take(data);
            handler.plain = connection.stopTls();
            var unused = handler.plain.thenRun(() -> again.set(connection.startTls(PROFILE)));
        };
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        peer.closeOutput().exchange();
        assertNotNull(again.get());

        new MemoryTlsPeer(transport, "TLSv1.3").begin().exchange();

        assertTrue(again.get().isDone(), state());
    }

    private void endsOutputAfterStartTls() {
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ascii(READY));
            startTls(connection);
            connection.shutdownOutput();
        };
    }

    @Test
    void endOutputWaitsForStartTlsThatWaitsForASlowSocket() throws Exception {
        endsOutputAfterStartTls();
        start();
        transport.window = 0;
        transport.receive(COMMAND).completeAll();
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        assertEquals(READY, transport.sentText());

        new MemoryTlsPeer(transport, "TLSv1.3").begin().exchange();

        assertTrue(handler.secured().isDone(), state());
    }

    @Test
    void endOutputWaitsForStartTlsOnAnExecutor() throws Exception {
        ManualExecutor executor = new ManualExecutor();
        endsOutputAfterStartTls();
        machine.start(machine.endpointOn(executor, ConnectionSettings.DEFAULT), transport, new PlainFilter(), handler);
        executor.runAll();
        transport.receive(COMMAND).completeAll();
        executor.runAll();
        transport.completeAll();
        executor.runAll();
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        executor.runAll();
        peer.exchange();
        executor.runAll();

        boolean secured = handler.secured().isDone();
        String state = state();
        handler.connection().abort();
        for (int i = 0; i < 3; i++) {
            transport.completeAll();
            executor.runAll();
        }
        assertTrue(secured, state);
    }

    @Test
    void endOutputWaitsForStopTlsThatWaitsForASlowSocket() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ascii("200 ok\r\n"));
            handler.plain = connection.stopTls();
            connection.shutdownOutput();
        };
        transport.window = 0;
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        transport.window = Long.MAX_VALUE;
        transport.completeAll();
        peer.exchange();
        peer.closeOutput().exchange();

        assertTrue(handler.plain().isDone(), state());
    }

    @Test
    void nothingIsDeliveredAfterCloseWhileTlsStops() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        List<Integer> seen = new ArrayList<>();
        handler.onData = (connection, data) -> {
            seen.add(data.remaining());
            data.position(data.position() + 1);
            connection.resume();
            connection.close();
        };

        peer.wrap("four".getBytes(ISO_8859_1)).exchange();

        assertEquals(List.of(4), seen);
    }

    @Test
    void aWriteWaitsForOneOfItsTurnThatHasToWait() throws Exception {
        handler.onData = (connection, data) -> {
            handler.take(data);
            // Requested by another thread, and refused in the next turn
            handler.plain = CompletableFuture.supplyAsync(() -> List.of(connection.stopTls()))
                    .join()
                    .get(0);
            var unused = handler.plain().whenComplete((none, refused) -> {
                connection.write(ascii("2"), "2", handler.completion());
                connection.write(ascii("3"));
                connection.write(ascii("4"));
            });
            connection.write(ascii("1"), "1", handler.completion());
        };
        start();

        transport.receive("x").completeAll();

        assertEquals("234", transport.sentText(), state());
    }
}
