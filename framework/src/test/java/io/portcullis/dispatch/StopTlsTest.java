// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The way back from TLS to plaintext, step by step with a scripted transport. */
class StopTlsTest extends ScriptedUpgrade {

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void returnsToPlaintextAndUpgradesAgain(String protocol) throws Exception {
        start();
        MemoryTlsPeer peer = secure(protocol);
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        assertEquals("200 ok\r\n", peer.received.toString(ISO_8859_1));
        assertTrue(peer.inputEnded(), "our close_notify has not arrived");
        if (protocol.equals("TLSv1.3")) {
            // A TLS 1.2 engine responds to a close_notify by itself.
            assertFalse(handler.plain().isDone());
            assertFalse(handler.connection().write(ascii("too early")));
        }
        peer.closeOutput().exchange();
        assertTrue(handler.plain().isDone());
        assertTrue(handler.connection().session().isEmpty());
        transport.receive("plain again").completeAll();
        assertTrue(transport.sentText().endsWith("plain again"));
        assertEquals("plain again", peer.behind());
        transport.receive(COMMAND).completeAll();
        MemoryTlsPeer next = new MemoryTlsPeer(transport, protocol).begin();
        next.exchange();
        next.wrap("secure again".getBytes(ISO_8859_1)).exchange();
        assertEquals("secure again", next.received.toString(ISO_8859_1));
    }

    @Test
    void plaintextInTheSegmentOfTheCloseNotifyIsNotLost() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        peer.closeOutput().unsent.writeBytes("at once".getBytes(ISO_8859_1));
        transport.receive(peer.take()).completeAll();
        assertEquals("at once", handler.receivedText());
        assertTrue(transport.sentText().endsWith("at once"));
    }

    @Test
    void dataOfThePeerBeforeItsCloseNotifyIsDelivered() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        handler.onData = (connection, data) -> handler.take(data);
        peer.wrap("last words".getBytes(ISO_8859_1)).closeOutput().exchange();
        assertEquals("last words", handler.receivedText());
        assertTrue(handler.plain().isDone());
    }

    @Test
    void nothingButItsCloseNotifyEndsThePeersTlsStream() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        handler.onData = (connection, data) -> handler.take(data);
        peer.wrap("one".getBytes(ISO_8859_1)).exchange();
        peer.wrap("two".getBytes(ISO_8859_1)).exchange();
        assertEquals("onetwo", handler.receivedText());
        assertFalse(handler.plain().isDone());
        assertTrue(handler.connection().session().isPresent());
    }

    @Test
    void theEndOfTheNetworkInsteadOfACloseNotifyIsTruncation() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        transport.receiveEnd().completeAll();
        assertEquals(CloseReason.PEER_TRUNCATED, handler.reason);
        assertEquals(
                HandshakeFailure.TRUNCATED,
                assertInstanceOf(TlsException.class, failureOf(handler.plain())).failure());
    }

    @Test
    void thePeersCloseNotifyIsAwaitedForABoundedTime() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        machine.advance(Duration.ofSeconds(10));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
    }

    @Test
    void unreadBytesOfTheTlsStreamAreNotMixedWithPlaintext() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        peer.wrap("CCC\r\nrest".getBytes(ISO_8859_1)).exchange();
        handler.onData = (connection, data) -> {};
        peer.closeOutput().exchange();
        assertEquals(CloseReason.UPGRADE_VIOLATION, handler.reason);
    }
}
