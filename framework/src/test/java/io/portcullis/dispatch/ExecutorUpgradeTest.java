// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.util.ArrayList;
import java.util.List;
import javax.net.ssl.SSLException;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** STARTTLS by a handler whose callbacks run on an executor. */
class ExecutorUpgradeTest extends ScriptedUpgrade {
    private final ManualExecutor executor = new ManualExecutor();

    private void startOnExecutor() {
        Endpoint endpoint = machine.endpointOn(executor, ConnectionSettings.DEFAULT);
        machine.start(endpoint, transport, new PlainFilter(), handler);
        executor.runAll();
    }

    private void run() {
        while (!executor.tasks.isEmpty()) {
            executor.runOne();
            transport.completeAll();
        }
    }

    @Test
    @DisplayName("R8 R28 the upgrade begins when the callback that requested it has returned")
    void upgradesAfterTheCallback() throws Exception {
        startOnExecutor();
        transport.receive(COMMAND).completeAll();
        assertEquals("", transport.sentText());
        run();
        assertEquals(READY, transport.sentText());
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        assertFalse(handler.secured().isDone());
        run();
        assertTrue(handler.secured().isDone());
        assertEquals(List.of("open", "data", "secured"), handler.events);
        peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
        run();
        peer.exchange();
        assertEquals("hello", peer.received.toString(ISO_8859_1));
        handler.connection().abort();
        transport.completeAll();
        run();
    }

    private void answer(Runnable betweenReplyAndUpgrade) {
        handler.connection().write(ascii(READY));
        betweenReplyAndUpgrade.run();
        handler.secured = handler.connection().startTls(PROFILE);
    }

    /** A command that is answered by a task, while a read is pending. */
    private void answersInATask(Runnable betweenReplyAndUpgrade) {
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.execute(() -> answer(betweenReplyAndUpgrade));
        };
        startOnExecutor();
        transport.receive(COMMAND).completeAll();
        run();
    }

    private MemoryTlsPeer hello() {
        try {
            MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
            transport.receive(peer.take()).completeAll();
            return peer;
        } catch (SSLException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    @DisplayName("R8 R28 a ClientHello that arrives between the reply and the call of startTls begins the handshake")
    void aQuickClientHelloBeginsTheHandshake() throws Exception {
        List<MemoryTlsPeer> peers = new ArrayList<>();
        answersInATask(() -> peers.add(hello()));
        assertNull(handler.reason);
        peers.get(0).exchange();
        run();
        assertTrue(handler.secured().isDone());
        assertEquals(List.of("open", "data", "secured"), handler.events);
        handler.connection().abort();
        transport.completeAll();
        run();
    }

    @Test
    @DisplayName("R9 R28 a command that arrives instead of the ClientHello ends the connection, and is not read")
    void aCommandInPlaceOfTheClientHelloEndsTheConnection() {
        answersInATask(() -> transport.receive("NOOP\r\n").completeAll());
        transport.receiveEnd().completeAll();
        run();
        assertEquals(CloseReason.UPGRADE_VIOLATION, handler.reason);
        assertEquals(COMMAND, handler.receivedText());
    }

    @Test
    @DisplayName(
            "R9 R28 bytes that arrive after the command, but before the task that replies to it, end the connection")
    void bytesBeforeTheTaskEndTheConnection() {
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.pause();
        };
        startOnExecutor();
        transport.receive(COMMAND).completeAll();
        run();
        hello();
        handler.connection().execute(() -> answer(this::hello));
        run();
        transport.completeAll();
        run();
        assertEquals(CloseReason.UPGRADE_VIOLATION, handler.reason);
        assertEquals(READY, transport.sentText());
    }

    @Test
    @DisplayName("R9 R28 bytes after the command end the connection, even if the callback runs on another thread")
    void bytesAfterTheCommandEndTheConnection() {
        startOnExecutor();
        transport.receive(COMMAND + "NOOP\r\n").completeAll();
        run();
        transport.completeAll();
        run();
        assertEquals(CloseReason.UPGRADE_VIOLATION, handler.reason);
        assertEquals("", handler.receivedText());
    }

    @Test
    void handlersThatStopForARefusedSwitchAreCalledAgain() {
        handler.onOpen = Connection::shutdownOutput;
        handler.onData = (connection, data) -> {
            while (data.hasRemaining() && connection.receiving()) {
                handler.received.write(data.get());
                if (handler.secured == null) {
                    handler.secured = connection.startTls(PROFILE);
                }
            }
        };
        Endpoint endpoint = machine.endpointOn(ExecutorUpgradeTest::runBeside, ConnectionSettings.DEFAULT);
        machine.start(endpoint, transport, new PlainFilter(), handler);

        transport.receive("ab").completeAll();

        assertTrue(handler.secured().isCompletedExceptionally());
        assertEquals("ab", handler.receivedText());
        handler.connection().abort();
        transport.completeAll();
    }
}
