// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.Traffic;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/**
 * What observers are notified of about gates and handshakes, once, whatever ends them; and the number of bytes that a
 * connection has transferred.
 */
class HandshakeEventsTest {
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();

    private static final TlsProfile MAY_BLOCK =
            TestCertificates.serverBuilder().tasksMayBlock(true).build();

    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = RecordingHandler.echo();
    private final Log log = new Log();
    private final Endpoint endpoint = machine.endpointOn(null, ConnectionSettings.DEFAULT, new Thrower(), log);

    /** Records the events. */
    private static final class Log implements ConnectionObserver {
        private final List<String> events = new ArrayList<>();

        private @Nullable TlsException failure;

        @Override
        public void onDecided(Connection connection, Decision decision, Duration time) {
            events.add("decided " + decision.getClass().getSimpleName() + " " + time.toMillis());
        }

        @Override
        public void onSecured(Connection connection, TlsSession session, Duration time) {
            events.add("secured " + session.protocol() + " " + time.toMillis());
        }

        @Override
        public void onHandshakeFailed(Connection connection, TlsException thrown, Duration time) {
            failure = thrown;
            events.add("failed " + thrown.failure() + " " + time.toMillis());
        }

        @Override
        public void onOpened(Connection connection) {
            events.add("opened");
        }

        @Override
        public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            events.add("closed " + reason);
        }
    }

    /** Must not keep other listeners from being notified. */
    private static final class Thrower implements ConnectionObserver {
        @Override
        public void onDecided(Connection connection, Decision decision, Duration time) {
            throw new IllegalStateException("from a listener");
        }

        @Override
        public void onHandshakeFailed(Connection connection, TlsException failure, Duration time) {
            throw new IllegalStateException("from a listener");
        }
    }

    private void start(Gate gate) {
        machine.start(endpoint, transport, gate, handler);
    }

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        endpoint.close();
        transport.receiveEnd();
        transport.completeAll();
        machine.runTasks();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    private void failed(CloseReason reason, HandshakeFailure why) {
        TlsException cause = assertInstanceOf(TlsException.class, handler.cause);
        assertEquals(reason, handler.reason);
        assertEquals(why, cause.failure());
        assertSame(cause, log.failure, "the handler and the listener get the same exception");
        assertEquals(
                1,
                log.events.stream().filter(event -> event.startsWith("failed")).count(),
                log.events::toString);
    }

    @Test
    void aRefusedTaskExceedsTheLimit() {
        machine.tasksRefused = true;
        start(Gate.tls(MAY_BLOCK));
        transport.receive(MemoryTlsPeer.hello("TLSv1.3")).completeAll();
        failed(CloseReason.ADMISSION_REFUSED, HandshakeFailure.ADMISSION_REFUSED);
    }

    @Test
    void aRefusedTaskOfAnUpgradeExceedsTheLimit() {
        machine.tasksRefused = true;
        handler.onData = (connection, data) -> {
            handler.take(data);
            var unused = connection.startTls(MAY_BLOCK);
        };
        start(Gate.plain());
        transport.receive("STARTTLS").completeAll();
        transport.receive(MemoryTlsPeer.hello("TLSv1.3")).completeAll();
        failed(CloseReason.ADMISSION_REFUSED, HandshakeFailure.ADMISSION_REFUSED);
    }

    @Test
    void aTaskWhoseExecutorHasThrownButRunsItIsWaitedFor() {
        machine.tasksThrow = true;
        start(Gate.tls(MAY_BLOCK));
        transport.receive(MemoryTlsPeer.hello("TLSv1.3")).completeAll();
        assertEquals(null, handler.reason);
        assertTrue(transport.sent.size() > 0, "the task has run, and the handshake does not continue");
    }

    @Test
    void reportsAPlainConnection() {
        start(Gate.plain());
        assertEquals(List.of("decided Plain 0", "opened"), log.events);
    }

    @Test
    void countsTheTimeOfAGateAndOfAHandshake() throws Exception {
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        start(Gate.detect(PROFILE));
        machine.advance(Duration.ofSeconds(2));
        peer.exchange();
        assertEquals(List.of("decided Tls 2000", "secured TLSv1.3 0", "opened"), log.events);
    }

    @Test
    void reportsARefusal() {
        start(peer -> Decision.reject("no"));
        transport.receive("x").receiveEnd().completeAll();
        assertEquals("decided Reject 0", log.events.get(0));
        failed(CloseReason.HANDSHAKE_FAILED, HandshakeFailure.REFUSED);
    }

    @Test
    void aSilentPeerHasOneReason() {
        start(Gate.tls(PROFILE));
        machine.advance(Duration.ofSeconds(10));
        failed(CloseReason.HANDSHAKE_TIMEOUT, HandshakeFailure.TIMEOUT_SILENT);
        assertEquals(List.of("decided Tls 0", "failed TIMEOUT_SILENT 10000", "closed HANDSHAKE_TIMEOUT"), log.events);
    }

    @Test
    void aSlowPeerBeforeTheDecisionHasAnotherReason() {
        start(Gate.detect(PROFILE));
        transport.receive(new byte[] {22}).completeAll();
        machine.advance(Duration.ofSeconds(10));
        failed(CloseReason.HANDSHAKE_TIMEOUT, HandshakeFailure.TIMEOUT_GATE);
    }

    @Test
    void aPendingGateHasAnotherReason() {
        start(peer -> Decision.later(new CompletableFuture<>()));
        transport.receive("hello");
        machine.advance(Duration.ofSeconds(10));
        failed(CloseReason.HANDSHAKE_TIMEOUT, HandshakeFailure.TIMEOUT_SILENT);
    }

    @Test
    void aHandshakeThatStallsHasAnotherReason() throws Exception {
        transport.receive(MemoryTlsPeer.hello("TLSv1.3"));
        start(Gate.tls(PROFILE));
        transport.completeAll();
        machine.advance(Duration.ofSeconds(10));
        failed(CloseReason.HANDSHAKE_TIMEOUT, HandshakeFailure.TIMEOUT_NEGOTIATION);
    }

    @Test
    void aResetHasAnotherReason() throws Exception {
        transport.receive(MemoryTlsPeer.hello("TLSv1.3"));
        start(Gate.tls(PROFILE));
        transport.completeAll();
        transport.fail(new IOException("Connection reset"));
        transport.completeAll();
        failed(CloseReason.IO_FAILED, HandshakeFailure.RESET);
    }

    @Test
    void aPeerThatLeavesWithoutAByteHasFailedNothing() {
        start(Gate.tls(PROFILE));
        transport.receiveEnd().completeAll();
        assertEquals(List.of("decided Tls 0", "closed PEER_CLOSE"), log.events);
    }

    @Test
    void anUpgradeIsAHandshakeOfItsOwn() throws Exception {
        start(Gate.plain());
        machine.advance(Duration.ofSeconds(5));
        var unused = handler.connection().startTls(PROFILE);
        machine.advance(Duration.ofSeconds(10));
        assertEquals(
                List.of("decided Plain 0", "opened", "failed TIMEOUT_SILENT 10000", "closed HANDSHAKE_TIMEOUT"),
                log.events);
    }

    @Test
    void countsTheBytesOfAPlainConnection() {
        start(Gate.plain());
        transport.receive("four").completeAll();
        transport.receive("five5").completeAll();
        assertEquals(new Traffic(9, 9, 9, 9), handler.connection().traffic());
    }

    @Test
    void countsTheBytesOfATlsConnection() throws Exception {
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        start(Gate.tls(PROFILE));
        peer.exchange();
        Traffic before = handler.connection().traffic();
        assertEquals(new Traffic(before.networkIn(), before.networkOut(), 0, 0), before);
        assertEquals(transport.sent.size(), before.networkOut());
        peer.wrap("hello".getBytes(StandardCharsets.US_ASCII)).exchange();
        Traffic after = handler.connection().traffic();
        // An echo in records of the same engine
        long record = after.networkIn() - before.networkIn();
        assertTrue(record > 5, after::toString);
        assertEquals(new Traffic(before.networkIn() + record, before.networkOut() + record, 5, 5), after);
        assertEquals(transport.sent.size(), after.networkOut());
    }
}
