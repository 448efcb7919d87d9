// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;

/** A connection that is passed on, over two scripted transports. */
class RelayTest {
    private static final Gate RELAY = peer -> Decision.relay(new InetSocketAddress("192.0.2.80", 80));

    private final VirtualMachine machine = new VirtualMachine();
    private final Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT);
    private final ScriptedTransport here = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ScriptedTransport there = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = new RecordingHandler();

    private void start() {
        machine.reachable.add(there);
        machine.start(endpoint, here, RELAY, handler);
    }

    private void completeAll() {
        boolean moved = true;
        while (moved) {
            moved = here.completeBoth();
            moved |= there.completeBoth();
        }
    }

    @AfterEach
    void everythingIsGivenBack(TestInfo test) {
        endpoint.close();
        here.window = Long.MAX_VALUE;
        there.window = Long.MAX_VALUE;
        here.receiveEnd();
        there.receiveEnd();
        completeAll();
        machine.runTasks();
        completeAll();
        here.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
        assertTrue(endpoint.closed().isDone());
        assertNotNull(handler.reason);
    }

    @Test
    void passesBytesOnInBothDirectionsFromTheFirstOne() {
        here.receive("early");
        start();
        assertFalse(here.reading(), "nothing is read before there is somewhere to send it");
        machine.runTasks();
        completeAll();
        assertEquals("early", there.sentText());
        there.receive("greeting");
        here.receive(" and late");
        completeAll();
        assertEquals("greeting", here.sentText());
        assertEquals("early and late", there.sentText());
        assertEquals(List.of(), handler.events, "the handler has no part in it");
    }

    @Test
    void endsEachDirectionByItself() {
        start();
        machine.runTasks();
        here.receive("request").receiveEnd();
        completeAll();
        assertTrue(there.outputEnded);
        assertFalse(here.outputEnded);
        there.receive("response");
        completeAll();
        assertEquals("response", here.sentText());
        assertFalse(here.closed);
        there.receiveEnd();
        completeAll();
        assertTrue(here.outputEnded && here.closed && there.closed);
        assertEquals(List.of("close PEER_CLOSE"), handler.events);
    }

    @Test
    void slowsTheSenderDownToTheReader() {
        start();
        machine.runTasks();
        there.window = 0;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 64; i++) {
            here.receive(block);
            completeAll();
        }
        long taken = machine.buffers.statistics().bytesOut();
        assertTrue(taken < 2L * RelaySide.HIGH, taken + " bytes are held for a peer that does not read");
        assertFalse(here.reading(), "the fast side is not read");
        there.window = Long.MAX_VALUE;
        completeAll();
        assertEquals(64 * block.length, there.sent.size());
        assertTrue(here.reading());
    }

    @Test
    void aTargetThatAnswersWhileItDoesNotReadIsHeard() {
        start();
        machine.runTasks();
        there.window = 0;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 16; i++) {
            here.receive(block);
            completeAll();
        }
        there.receive("answer");
        completeAll();
        assertEquals("answer", here.sentText(), "one direction that stands still does not stop the other");
    }

    @Test
    void slowsTheTargetDownToTheClient() {
        start();
        machine.runTasks();
        here.window = 0;
        byte[] block = new byte[64 * 1024];
        for (int i = 0; i < 32; i++) {
            there.receive(block);
            completeAll();
        }
        assertFalse(there.reading());
        here.window = Long.MAX_VALUE;
        completeAll();
        assertEquals(32 * block.length, here.sent.size());
    }

    @Test
    void refusesTheConnectionIfTheTargetCannotBeReached() {
        IOException refused = new ConnectException("refused");
        machine.reachable.add(refused);
        machine.start(endpoint, here, RELAY, handler);
        machine.runTasks();
        here.receiveEnd();
        completeAll();
        assertEquals(CloseReason.HANDSHAKE_FAILED, handler.reason);
        TlsException cause = assertInstanceOf(TlsException.class, handler.cause);
        assertEquals(HandshakeFailure.RELAY_FAILED, cause.failure());
        assertEquals(refused, cause.getCause());
    }

    @Test
    void givesUpConnectingAtTheHandshakeDeadline() {
        start();
        machine.advance(Duration.ofSeconds(10));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
        assertEquals(1, machine.givenUp);
        machine.runTasks();
        assertTrue(there.closed, "a connect that succeeds too late");
    }

    @Test
    void aBrokenSideBreaksTheOther() {
        start();
        machine.runTasks();
        there.fail(new IOException("reset"));
        completeAll();
        assertTrue(here.closed);
        assertEquals(CloseReason.LOCAL_ABORT, handler.reason);
    }
}
