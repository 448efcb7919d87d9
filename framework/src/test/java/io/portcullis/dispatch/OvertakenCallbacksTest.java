// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Received data must not overtake the callback that announces the state it was received in. */
class OvertakenCallbacksTest extends ScriptedUpgrade {
    private final ManualExecutor executor = new ManualExecutor();

    private Endpoint endpoint(ConnectionObserver... listeners) {
        return machine.endpointOn(executor, ConnectionSettings.DEFAULT, listeners);
    }

    private void run() {
        while (!executor.tasks.isEmpty()) {
            executor.runOne();
            transport.completeAll();
        }
    }

    /** After a secured() that was requested before, as a listener does. */
    @Test
    void dataDoesNotOvertakeOnOpen() throws Exception {
        ConnectionObserver asks = new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                var unused = connection.secured().thenAccept(session -> handler.events.add("told"));
            }
        };
        machine.start(endpoint(asks), transport, PROFILE.serverFilter(), handler);
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.sendingBehindFinished("hello".getBytes(ISO_8859_1)).exchange();
        run();
        try {
            assertEquals(List.of("told", "open", "data"), handler.events);
        } finally {
            handler.connection().abort();
            transport.completeAll();
            run();
        }
    }

    /** A task runs while the handshake of STARTTLS ends. */
    @Test
    void dataDoesNotOvertakeOnSecured() throws Exception {
        machine.start(endpoint(), transport, new PlainFilter(), handler);
        run();
        transport.receive(COMMAND).completeAll();
        run();
        assertEquals(READY, transport.sentText());
        handler.connection().execute(() -> handler.events.add("task"));
        transport.completeAll();
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.sendingBehindFinished("hello".getBytes(ISO_8859_1)).exchange();
        run();
        try {
            assertEquals(List.of("open", "data", "task", "secured", "data"), handler.events);
        } finally {
            handler.connection().abort();
            transport.completeAll();
            run();
        }
    }

    /** A task runs while the peer ends TLS and continues in plaintext. */
    @Test
    void plaintextDoesNotOvertakeTheEndOfTls() throws Exception {
        machine.start(endpoint(), transport, new PlainFilter(), handler);
        run();
        transport.receive(COMMAND).completeAll();
        run();
        transport.sentText();
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        run();
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        run();
        peer.exchange();
        var unused = handler.plain().thenRun(() -> handler.events.add("plain"));
        handler.connection().execute(() -> handler.events.add("task"));
        transport.completeAll();
        transport.receive(peer.closeOutput().take()).receive("NOOP\r\n").completeAll();
        run();
        try {
            assertEquals(List.of("open", "data", "secured", "data", "task", "plain", "data"), handler.events);
        } finally {
            handler.connection().abort();
            transport.completeAll();
            run();
        }
    }

    /** The first of them returns, and the read completes, before the connection has its turn. */
    @Test
    void dataDoesNotOvertakeOnSecuredAfterTwoTasks() throws Exception {
        machine.start(endpoint(), transport, new PlainFilter(), handler);
        run();
        transport.receive(COMMAND).completeAll();
        run();
        twoTasks(handler.connection());
        transport.completeAll();
        leadAfterATask(List.of("open", "data", "A", "B", "secured", "data"));
    }

    @Test
    void dataDoesNotOvertakeOnOpenAfterTwoTasks() throws Exception {
        ConnectionObserver asks = new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                twoTasks(connection);
            }
        };
        machine.start(endpoint(asks), transport, PROFILE.serverFilter(), handler);
        leadAfterATask(List.of("A", "B", "open", "data"));
    }

    private void twoTasks(Connection connection) {
        connection.execute(() -> handler.events.add("A"));
        connection.execute(() -> handler.events.add("B"));
    }

    private void leadAfterATask(List<String> expected) throws Exception {
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.insteadOfTheLastTurn(() -> machine.inAnotherTurn(() -> {
                    executor.runOne();
                    transport.completeRead();
                }))
                .sendingBehindFinished("hello".getBytes(ISO_8859_1))
                .exchange();
        transport.completeAll();
        run();
        try {
            assertEquals(expected, handler.events);
        } finally {
            handler.connection().abort();
            transport.completeAll();
            run();
        }
    }
}
