// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.CompletionHandler;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** STARTTLS, step by step with a scripted transport. */
class UpgradeTest extends ScriptedUpgrade {

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R8 the reply is on the wire before the first TLS byte, and the handshake succeeds wherever the hello "
            + "is cut")
    void upgradesWhereverTheHelloIsCut(String protocol) throws Exception {
        int length = MemoryTlsPeer.hello(protocol).length;
        for (int cut = 1; cut < length; cut += cut < 50 ? 1 : 37) {
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new Protocol();
            start();
            transport.receive(COMMAND).completeAll();
            assertEquals(READY, transport.sentText());
            MemoryTlsPeer peer = new MemoryTlsPeer(transport, protocol).begin();
            byte[] hello = peer.take();
            transport.receive(Arrays.copyOf(hello, cut)).completeAll();
            assertEquals(READY, transport.sentText());
            transport.receive(Arrays.copyOfRange(hello, cut, hello.length));
            peer.exchange();
            peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
            assertEquals("hello", peer.received.toString(ISO_8859_1));
            assertEquals(List.of("open", "data", "secured", "data"), handler.events);
            assertEquals(protocol, handler.secured().get().protocol());
            handler.connection().abort();
            transport.completeAll();
        }
    }

    @Test
    @DisplayName("R8 a long write in progress is sent in plaintext to its last byte, in parts, and then the reply")
    void sendsALongWriteBeforeTheSwitch() throws Exception {
        transport.script = ScriptedTransport.script(false, 1000);
        transport.window = 0;
        byte[] file = new byte[300_000];
        Arrays.fill(file, (byte) 'f');
        handler.onOpen = connection -> connection.write(ByteBuffer.wrap(file), "file", handler.completion());
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.write(ascii(READY));
            handler.secured = connection.startTls(PROFILE);
        };
        start();
        assertTrue(transport.writing());
        // From another thread, because a connection with so much to send is not read.
        handler.connection().execute(() -> {
            handler.connection().write(ascii(READY));
            handler.secured = handler.connection().startTls(PROFILE);
        });
        MemoryTlsPeer peer;
        transport.window = 1_000_000;
        transport.completeAll();
        assertEquals(file.length + READY.length(), transport.sent.size());
        peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        transport.script = ScriptedTransport.script(false, 7);
        peer.exchange();
        assertEquals(List.of("open", "writable", "completed file", "secured"), handler.events);
        assertTrue(handler.secured().isDone());
    }

    @ParameterizedTest
    @ValueSource(strings = {"N", "NOOP\r\n", "STARTTLS\r\n", "\u0016\u0003\u0001", "\0"})
    @DisplayName("R9 bytes after the command in the same segment end the connection, and are not interpreted")
    void bytesAfterTheCommandEndTheConnection(String behind) {
        start();
        transport.receive(COMMAND + behind).completeAll();
        assertViolated();
        assertEquals(List.of("open", "data", "close UPGRADE_VIOLATION"), handler.events);
        assertEquals("", handler.receivedText());
    }

    @Test
    @DisplayName("R9 a whole ClientHello after the command in the same segment ends the connection, too")
    void aHelloAfterTheCommandEndsTheConnection() {
        start();
        transport.receive(COMMAND).receive(MemoryTlsPeer.hello("TLSv1.3")).completeAll();
        assertViolated();
    }

    @Test
    @DisplayName("R9 bytes that a paused handler had not read when it called startTls end the connection")
    void bytesThatWaitedEndTheConnection() {
        handler.onData = (connection, data) -> {
            data.position(data.position() + COMMAND.length());
            connection.pause();
        };
        start();
        transport.receive(COMMAND + "NOOP\r\n").completeAll();
        assertNull(handler.reason);
        handler.secured = handler.connection().startTls(PROFILE);
        transport.completeAll();
        assertViolated();
    }

    @Test
    @DisplayName("R9 plaintext that arrives before the reply is written ends the connection")
    void plaintextBeforeTheReplyEndsTheConnection() {
        start();
        transport.window = 0;
        transport.receive(COMMAND).completeAll();
        transport.receive("RCPT TO:<a@b.example>\r\n").completeAll();
        assertNull(handler.reason);
        transport.window = 1000;
        transport.completeAll();
        assertEquals("", handler.receivedText());
        transport.receiveEnd().completeAll();
        assertViolated();
    }

    @Test
    @DisplayName("R10 the future of a failed upgrade completes at once, even if the peer keeps its socket open")
    void aFailedUpgradeDoesNotWaitForThePeer() {
        start();
        transport.receive(COMMAND).completeAll();
        transport.receive(new byte[] {21, 3, 3, 0, 2, 2, 40}).completeAll();
        assertNull(handler.reason, "the connection lingers");
        assertInstanceOf(TlsException.class, failureOf(handler.secured()));
    }

    @Test
    @DisplayName("R10 plaintext after the switch ends the connection, with an alert")
    void plaintextAfterTheSwitchEndsTheConnection() {
        start();
        transport.receive(COMMAND).completeAll();
        transport.receive("QUIT\r\n").receiveEnd().completeAll();
        assertViolated();
        assertEquals(READY.length() + 7, transport.sent.size());
        assertEquals("", handler.receivedText());
    }

    private void assertViolated() {
        assertEquals(CloseReason.UPGRADE_VIOLATION, handler.reason);
        assertInstanceOf(TlsException.class, handler.cause);
        assertEquals(handler.cause, failureOf(handler.secured()));
    }

    @Test
    @DisplayName("R9 no late reply is sent after the switch: writes are refused until the handshake is over")
    void refusesWritesUntilTheHandshakeIsOver() throws Exception {
        start();
        transport.receive(COMMAND).completeAll();
        Connection connection = handler.connection();
        assertFalse(connection.write(ascii("late\r\n")));
        String[] refused = new String[1];
        connection.write(ascii("late too\r\n"), "late", new CompletionHandler<Void, String>() {
            @Override
            public void completed(@Nullable Void none, String name) {
                refused[0] = "written";
            }

            @Override
            public void failed(Throwable cause, String name) {
                refused[0] = cause.getClass().getSimpleName();
            }
        });
        assertEquals("IllegalStateException", refused[0]);
        assertEquals(READY, transport.sentText());
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        assertEquals("", peer.received.toString(ISO_8859_1));
        assertTrue(connection.write(ascii("on time")));
        connection.write(ascii(", both"), "both", handler.completion());
        peer.exchange();
        assertEquals("on time, both", peer.received.toString(ISO_8859_1));
        assertEquals("completed both", handler.events.get(handler.events.size() - 1));
    }

    @Test
    @DisplayName("R10 a second startTls, and one under TLS, fails and changes nothing")
    void aSecondUpgradeChangesNothing() throws Exception {
        start();
        transport.receive(COMMAND).completeAll();
        Connection connection = handler.connection();
        assertInstanceOf(IllegalStateException.class, failureOf(connection.startTls(PROFILE)));
        assertInstanceOf(IllegalStateException.class, failureOf(connection.stopTls()));
        assertFalse(connection.write(ascii("still refused")));
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        assertInstanceOf(IllegalStateException.class, failureOf(connection.startTls(PROFILE)));
        peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
        assertEquals("hello", peer.received.toString(ISO_8859_1));
    }

    @Test
    @DisplayName("R10 with a profile that cannot serve, or on a closed connection, startTls fails and changes nothing")
    void anImpossibleUpgradeChangesNothing() {
        start();
        Connection connection = handler.connection();
        assertInstanceOf(IllegalStateException.class, failureOf(connection.startTls(TestCertificates.clientProfile())));
        assertInstanceOf(IllegalStateException.class, failureOf(connection.stopTls()));
        transport.receive("still plain").completeAll();
        assertEquals("still plain", transport.sentText());
        connection.close();
        assertInstanceOf(IllegalStateException.class, failureOf(connection.startTls(PROFILE)));
    }

    @Test
    @DisplayName("R7 an upgrade has the handshake deadline, from the time the reply is sent")
    void anUpgradeHasADeadline() {
        start();
        machine.advance(Duration.ofSeconds(30));
        transport.receive(COMMAND).completeAll();
        machine.advance(Duration.ofSeconds(10).minusMillis(1));
        assertNull(handler.reason);
        machine.advance(Duration.ofMillis(1));
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, handler.reason);
        assertInstanceOf(IOException.class, failureOf(handler.secured()));
    }

    @Test
    void aPeerThatReadsNoResponseIsCutAtTheWriteDeadline() {
        start();
        transport.window = 0;
        transport.receive(COMMAND).completeAll();
        machine.advance(Duration.ofSeconds(30));
        assertEquals(CloseReason.WRITE_TIMEOUT, handler.reason);
        assertInstanceOf(IOException.class, failureOf(handler.secured()));
    }

    @Test
    void everyEndFailsTheFuture() throws Exception {
        for (int how = 0; how < 6; how++) {
            transport = new ScriptedTransport(ScriptedTransport.EAGER);
            handler = new Protocol();
            start();
            transport.receive(COMMAND).completeAll();
            assertFalse(handler.secured().isDone());
            CloseReason expected = endBy(how);
            transport.completeAll();
            assertEquals(expected, handler.reason, "way " + how);
            assertTrue(handler.secured().isCompletedExceptionally());
        }
    }

    private CloseReason endBy(int how) throws Exception {
        switch (how) {
            case 0 -> handler.connection().close();
            case 1 -> handler.connection().abort();
            case 2 -> transport.receiveEnd();
            case 3 -> transport.fail(new IOException("reset"));
            case 4 -> transport.receive(new byte[] {22, 3, 1, 0, 4, 9, 9, 9, 9}).receiveEnd();
            default -> {
                transport.receive(MemoryTlsPeer.hello("TLSv1.3")).completeAll();
                transport.receive(new byte[] {21, 3, 3, 0, 2, 2, 40}).receiveEnd();
            }
        }
        return List.of(
                        CloseReason.LOCAL_CLOSE,
                        CloseReason.LOCAL_ABORT,
                        CloseReason.HANDSHAKE_FAILED,
                        CloseReason.IO_FAILED,
                        CloseReason.HANDSHAKE_FAILED,
                        CloseReason.HANDSHAKE_FAILED)
                .get(how);
    }

    @Test
    void closeBeforeTheReplyIsSentSendsItAndEnds() {
        start();
        transport.window = 0;
        transport.receive(COMMAND).completeAll();
        handler.connection().close();
        transport.window = 1000;
        transport.receiveEnd().completeAll();
        assertEquals(READY, transport.sentText());
        assertEquals(CloseReason.LOCAL_CLOSE, handler.reason);
        assertTrue(handler.secured().isCompletedExceptionally());
    }

    @Test
    void aHandshakeGoesOnAlthoughTheHandlerHasPaused() throws Exception {
        start();
        handler.connection().pause();
        handler.connection().write(ascii(READY));
        handler.secured = handler.connection().startTls(PROFILE);
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        assertTrue(handler.secured().isDone());
        peer.wrap("waits".getBytes(ISO_8859_1)).exchange();
        assertEquals("", handler.receivedText());
        handler.connection().resume();
        peer.exchange();
        assertEquals("waits", handler.receivedText());
    }
}
