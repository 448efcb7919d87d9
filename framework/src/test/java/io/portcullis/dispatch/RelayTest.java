// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.gate.RelaySide;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** A connection that is passed on, with two scripted transports. */
class RelayTest {
    private static final Decision TARGET = Decision.relay(new InetSocketAddress("192.0.2.80", 80));
    private static final Gate RELAY = peer -> TARGET;

    private final VirtualMachine machine = new VirtualMachine();
    private final Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);
    private final ScriptedTransport here = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    private void start(Gate gate) {
        machine.start(endpoint, here, gate, handler);
    }

    private ScriptedConnector.Try attempt() {
        return machine.connector.tries.get(0);
    }

    /** The network to the target. */
    private ScriptedTransport there() {
        return attempt().transport;
    }

    private void startConnected() {
        start(RELAY);
        attempt().connect();
    }

    private void completeAll() {
        boolean moved = true;
        while (moved) {
            moved = here.completeBoth();
            for (ScriptedConnector.Try attempt : machine.connector.tries) {
                moved |= attempt.transport.completeBoth();
            }
        }
    }

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        endpoint.close();
        here.window = Long.MAX_VALUE;
        here.receiveEnd();
        for (ScriptedConnector.Try attempt : machine.connector.tries) {
            attempt.transport.window = Long.MAX_VALUE;
            attempt.transport.receiveEnd();
        }
        completeAll();
        here.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
        assertEquals(0, machine.connector.open(), "sockets are left open");
        assertTrue(endpoint.closed().isDone());
        assertEquals(0, machine.reception(endpoint).relays().underWay());
        assertNotNull(handler.reason);
    }

    @Test
    void passesBytesOnInBothDirectionsFromTheFirstOne() {
        here.receive("early");
        start(RELAY);
        assertFalse(here.reading(), "reads before the target is connected");
        attempt().connect();
        completeAll();
        assertEquals("early", there().sentText());
        there().receive("greeting");
        here.receive(" and late");
        completeAll();
        assertEquals("greeting", here.sentText());
        assertEquals("early and late", there().sentText());
        assertEquals(List.of(), handler.events, "the handler is not involved");
    }

    @Test
    void endsEachDirectionByItself() {
        startConnected();
        here.receive("request").receiveEnd();
        completeAll();
        assertTrue(there().outputEnded);
        assertFalse(here.outputEnded);
        there().receive("response");
        completeAll();
        assertEquals("response", here.sentText());
        assertFalse(here.closed);
        there().receiveEnd();
        completeAll();
        assertTrue(here.outputEnded && here.closed && there().closed);
        assertEquals(List.of("close PEER_CLOSE"), handler.events);
    }

    /**
     * An event that occurs before the phase that it is meant for: the near side has yet to notice that it is connected.
     */
    @Test
    void aTargetThatRespondsAndEndsAtOnceIsReadToItsEnd() {
        start(RELAY);
        there().receive("banner").receiveEnd();
        attempt().connect();
        completeAll();
        assertEquals("banner", here.sentText());
        assertTrue(here.outputEnded, "the end of the stream is lost");
        assertFalse(here.closed, "the other direction has ended, too");
        here.receive("late").receiveEnd();
        completeAll();
        assertEquals("late", there().sentText());
        assertEquals(List.of("close PEER_CLOSE"), handler.events);
    }

    @Test
    void slowsTheSenderDownToTheReader() {
        startConnected();
        there().window = 0;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 64; i++) {
            here.receive(block);
            completeAll();
        }
        long taken = machine.buffers.statistics().activeBytes();
        assertTrue(taken < 2L * RelaySide.HIGH, taken + " bytes are held for a peer that does not read");
        assertFalse(here.reading(), "the fast side is not read");
        there().window = Long.MAX_VALUE;
        completeAll();
        assertEquals(64 * block.length, there().sent.size());
        assertTrue(here.reading());
    }

    /** Each of them is kept in a buffer much larger than itself. */
    @Test
    void holdsNoMoreForASenderOfSingleBytes() {
        startConnected();
        there().window = 0;
        for (int i = 0; i < 5_000; i++) {
            here.receive("x");
            completeAll();
        }
        long taken = machine.buffers.statistics().activeBytes();
        assertTrue(taken < 2L * RelaySide.HIGH, taken + " bytes are held for a peer that does not read");
        there().window = Long.MAX_VALUE;
        completeAll();
        assertEquals(5_000, there().sent.size());
    }

    @Test
    void aTargetThatRespondsWithoutReadingIsRead() {
        startConnected();
        there().window = 0;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 16; i++) {
            here.receive(block);
            completeAll();
        }
        there().receive("answer");
        completeAll();
        assertEquals("answer", here.sentText(), "one blocked direction does not stop the other");
    }

    @Test
    void slowsTheTargetDownToTheClient() {
        startConnected();
        here.window = 0;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 32; i++) {
            there().receive(block);
            completeAll();
        }
        assertFalse(there().reading());
        here.window = Long.MAX_VALUE;
        completeAll();
        assertEquals(32 * block.length, here.sent.size());
    }

    @Test
    void aTargetMayBeAName() {
        start(peer -> Decision.relay(InetSocketAddress.createUnresolved("localhost", 80)));
        assertEquals(List.of(), machine.connector.tried(), "a name is not resolved on a task thread");
        machine.runTasks();
        assertTrue(attempt().address.getAddress().isLoopbackAddress());
        assertEquals(80, attempt().address.getPort());
        attempt().connect();
        here.receive("request");
        completeAll();
        assertEquals("request", there().sentText());
    }

    @Test
    void refusesTheConnectionIfTheTargetCannotBeReached() {
        start(RELAY);
        attempt().refuse();
        here.receiveEnd();
        completeAll();
        assertFailed(CloseReason.IO_FAILED);
    }

    @Test
    void refusesTheConnectionIfTheTargetDoesNotRespondInHalfTheAvailableTime() {
        start(RELAY);
        machine.advance(Duration.ofSeconds(5).minusMillis(1));
        assertFalse(there().closed);
        machine.advance(Duration.ofMillis(1));
        assertTrue(there().closed);
        here.receiveEnd();
        completeAll();
        assertFailed(CloseReason.CONNECT_TIMEOUT);
    }

    private void assertFailed(CloseReason why) {
        assertEquals(CloseReason.HANDSHAKE_FAILED, handler.reason);
        TlsException cause = assertInstanceOf(TlsException.class, handler.cause);
        assertEquals(HandshakeFailure.RELAY_FAILED, cause.failure());
        ConnectFailedException failure = assertInstanceOf(ConnectFailedException.class, cause.getCause());
        assertEquals(why, failure.reason());
    }

    @Test
    void givesUpConnectingAtTheHandshakeDeadline() {
        CompletableFuture<Decision> late = new CompletableFuture<>();
        start(peer -> Decision.later(late));
        machine.advance(Duration.ofSeconds(7));
        late.complete(TARGET);
        machine.advance(Duration.ofSeconds(3).minusMillis(1));
        assertNull(handler.reason);
        machine.advance(Duration.ofMillis(1));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
        assertTrue(there().closed);
        attempt().connect();
        assertEquals(0, endpoint.connections(), "a connect that succeeds too late");
    }

    @Test
    void aServerThatIsClosedGivesUpConnecting() {
        start(RELAY);
        endpoint.close();
        assertTrue(there().closed);
        assertEquals(CloseReason.SHUTDOWN, handler.reason);
    }

    @Test
    void aBrokenSideBreaksTheOther() {
        startConnected();
        there().fail(new IOException("reset"));
        completeAll();
        assertTrue(here.closed);
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
    }

    @Test
    @DisplayName("a relayed connection cannot be given to a handler, from outside its turn either")
    void isNotGivenToAHandler() {
        List<Connection> open = new ArrayList<>();
        Endpoint observed = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onOpened(Connection connection) {
                open.add(connection);
            }
        });
        machine.start(observed, here, RELAY, handler);
        attempt().connect();
        assertThrows(IllegalStateException.class, () -> open.get(0).handler(new RecordingHandler()));
        assertFalse(here.closed, "the relay continues");
        observed.close();
    }
}
