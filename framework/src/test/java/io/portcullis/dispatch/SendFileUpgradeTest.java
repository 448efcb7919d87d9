// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import java.util.Arrays;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files and STARTTLS: a file is sent entirely on the side of the switch on which it was requested. */
class SendFileUpgradeTest extends ScriptedUpgrade {
    private static final int LENGTH = 150_000;

    private CompletableFuture<Long> send(Connection connection) {
        return connection.sendFile(TestFile.CHANNEL, 7, LENGTH);
    }

    /** Reads chunks and transfers bytes until nothing moves. */
    private void settle() {
        while (transport.completeBoth() || !machine.tasks.isEmpty()) {
            machine.runTasks();
        }
    }

    private void exchange(MemoryTlsPeer peer) throws Exception {
        peer.exchange();
        while (!machine.tasks.isEmpty()) {
            settle();
            peer.exchange();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "R8 a file in progress is sent in plaintext to its last byte, then the reply, and another file under TLS")
    void aFileInProgressIsSentBeforeTheSwitch(String protocol) throws Exception {
        transport.script = ScriptedTransport.script(false, 10_000);
        start();
        transport.window = 0;
        CompletableFuture<Long> before = send(handler.connection());
        settle();
        transport.receive(COMMAND);
        settle();
        assertTrue(handler.events.contains("data"), "the command is read while few enough bytes wait");
        assertFalse(before.isDone());
        transport.window = Long.MAX_VALUE;
        settle();
        assertEquals(LENGTH, before.get());
        byte[] plain = transport.sent.toByteArray();
        assertArrayEquals(TestFile.part(7, LENGTH), Arrays.copyOf(plain, LENGTH));
        assertEquals(READY, new String(plain, LENGTH, plain.length - LENGTH, ISO_8859_1));
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, protocol).begin();
        exchange(peer);
        assertTrue(handler.secured().isDone());
        CompletableFuture<Long> after = send(handler.connection());
        exchange(peer);
        assertEquals(LENGTH, after.get());
        assertArrayEquals(TestFile.part(7, LENGTH), peer.received.toByteArray());
    }

    @Test
    @DisplayName("R8 a file in progress is sent under TLS to its last byte before the return to plaintext")
    void aFileInProgressIsSentBeforeTheReturnToPlaintext() throws Exception {
        start();
        MemoryTlsPeer peer = secure("TLSv1.3");
        transport.window = 0;
        CompletableFuture<Long> under = send(handler.connection());
        settle();
        peer.wrap("CCC\r\n".getBytes(ISO_8859_1)).exchange();
        assertFalse(peer.inputEnded());
        transport.window = Long.MAX_VALUE;
        exchange(peer);
        assertEquals(LENGTH, under.get());
        byte[] received = peer.received.toByteArray();
        assertArrayEquals(TestFile.part(7, LENGTH), Arrays.copyOf(received, LENGTH));
        assertEquals("200 ok\r\n", new String(received, LENGTH, received.length - LENGTH, ISO_8859_1));
        assertTrue(peer.inputEnded(), "our close_notify does not follow");
        peer.closeOutput().exchange();
        assertTrue(handler.plain().isDone());
        CompletableFuture<Long> plain = send(handler.connection());
        settle();
        assertEquals(LENGTH, plain.get());
        assertTrue(peer.behind().endsWith(new String(TestFile.part(7, LENGTH), ISO_8859_1)));
    }

    @Test
    @DisplayName("R9 a file is not sent after the switch: it is refused until the handshake is over")
    void aFileIsRefusedDuringTheSwitch() throws Exception {
        start();
        transport.receive(COMMAND).completeAll();
        CompletableFuture<Long> late = send(handler.connection());
        assertInstanceOf(IllegalStateException.class, failureOf(late));
        assertEquals(READY, transport.sentText());
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        exchange(peer);
        assertEquals("", peer.received.toString(ISO_8859_1));
        CompletableFuture<Long> onTime = send(handler.connection());
        exchange(peer);
        assertEquals(LENGTH, onTime.get());
    }
}
