// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.ProtocolViolationException;
import io.portcullis.frame.MessageHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A violation of the application's protocol that is thrown with a reply to the peer. */
class ViolationReplyTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final ManualExecutor executor = new ManualExecutor();
    private final RecordingHandler handler = new RecordingHandler();

    private void start(boolean plain, boolean elsewhere, ConnectionHandler first) {
        start(plain, elsewhere, first, ConnectionSettings.DEFAULT);
    }

    private void start(boolean plain, boolean elsewhere, ConnectionHandler first, ConnectionSettings settings) {
        if (!plain) {
            transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        }
        Endpoint endpoint = elsewhere
                ? machine.endpointOn(executor, settings)
                : machine.endpoint(settings, new ConnectionObserver() {});
        machine.start(endpoint, transport, plain ? new PlainFilter() : new FrameFilter(false), first);
        run();
    }

    private void run() {
        do {
            machine.runLater();
            executor.runAll();
            transport.completeAll();
            machine.runLater();
        } while (!executor.tasks.isEmpty());
    }

    private void receive(boolean plain, String text) {
        byte[] bytes = text.getBytes(ISO_8859_1);
        transport.receive(plain ? bytes : FrameFilter.frame(FrameFilter.DATA, bytes));
        run();
    }

    private static ProtocolViolationException violation() {
        return new ProtocolViolationException("expected a number", "error".getBytes(ISO_8859_1));
    }

    @ParameterizedTest(name = "plain {0}, on an executor {1}")
    @CsvSource({"true,false", "false,false", "true,true", "false,true"})
    @DisplayName("earlier writes are sent, then the reply, then the end; nothing is delivered anymore")
    void theReplyIsTheLastThatIsSent(boolean plain, boolean elsewhere) {
        ProtocolViolationException violation = violation();
        handler.onData = (connection, data) -> {
            connection.write("before ", ISO_8859_1);
            throw violation;
        };
        start(plain, elsewhere, handler);
        receive(plain, "?");
        assertFalse(handler.connection().write("after", ISO_8859_1));
        receive(plain, "more");
        transport.receiveEnd();
        run();

        String sent = transport.sentText();
        assertTrue(sent.contains(plain ? "before error" : text("before ")), sent);
        assertTrue(plain || sent.contains(text("error")), sent);
        assertTrue(transport.outputEnded);
        assertEquals(List.of("open", "data", "close PROTOCOL_VIOLATION"), handler.events);
        assertSame(violation, handler.cause);
        transport.verify("at the end");
        machine.verify("at the end");
    }

    private static String text(String message) {
        byte[] frame = FrameFilter.frame(FrameFilter.DATA, message.getBytes(ISO_8859_1));
        return new String(frame, ISO_8859_1);
    }

    @Test
    @DisplayName("a write that another thread made earlier is sent in front of the reply")
    void theReplyOvertakesNoWrite() {
        handler.onData = (connection, data) -> {
            assertTrue(CompletableFuture.supplyAsync(() -> connection.write("elsewhere ", ISO_8859_1))
                    .join());
            throw violation();
        };
        start(true, false, handler);
        receive(true, "?");
        assertEquals("elsewhere error", transport.sentText());
        transport.receiveEnd();
        run();
        assertEquals(CloseReason.PROTOCOL_VIOLATION, handler.reason);
        machine.verify("at the end");
    }

    @Test
    @DisplayName("a decoder, which does not know its connection, can reply")
    void aDecoderReplies() {
        MessageHandler<ByteBuffer> messages = MessageHandler.of(
                10,
                data -> {
                    throw violation();
                },
                Connection::write);
        start(true, false, messages);
        receive(true, "?");
        assertEquals("error", transport.sentText());
        assertTrue(transport.outputEnded);
        transport.receiveEnd();
        run();
        machine.verify("at the end");
    }

    @ParameterizedTest(name = "closed {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("behind the end of the output there is no reply")
    void noReplyBehindTheEnd(boolean closed) {
        handler.onData = (connection, data) -> {
            if (closed) {
                connection.close();
            } else {
                connection.shutdownOutput();
            }
            throw violation();
        };
        start(true, false, handler);
        receive(true, "?");
        assertEquals("", transport.sentText());
        assertEquals(CloseReason.PROTOCOL_VIOLATION, handler.reason);
        assertInstanceOf(ProtocolViolationException.class, handler.cause);
        machine.verify("at the end");
    }

    @ParameterizedTest(name = "on an executor {0}")
    @ValueSource(booleans = {true, false})
    @DisplayName("what the handler left unread, however much, does not prevent the reply")
    void theReplyIsSentWhateverWasLeftUnread(boolean elsewhere) {
        handler.onData = (connection, data) -> {
            throw violation();
        };
        start(true, elsewhere, handler, ConnectionSettings.DEFAULT.withUnread(10));
        receive(true, "x".repeat(100));
        assertEquals("error", transport.sentText());
        transport.receiveEnd();
        run();
        assertEquals(CloseReason.PROTOCOL_VIOLATION, handler.reason);
        machine.verify("at the end");
    }

    @Test
    @DisplayName("the end of a TLS 1.2 stream ends both directions, so there is no reply, and the connection ends")
    void noReplyBehindTheEndOfTls12() throws Exception {
        handler.onEndOfInput = connection -> {
            throw violation();
        };
        machine.start(transport, TestCertificates.serverProfile().serverFilter(), handler);
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.2").begin();
        peer.exchange();
        peer.closeOutput().exchange();
        transport.receiveEnd();
        run();
        assertEquals(CloseReason.PROTOCOL_VIOLATION, handler.reason);
        assertInstanceOf(ProtocolViolationException.class, handler.cause);
        assertTrue(peer.inputEnded());
        machine.verify("at the end");
    }

    @Test
    @DisplayName("a peer that does not take the reply is given up after the write timeout")
    void aPeerThatDoesNotReadIsGivenUp() {
        handler.onData = (connection, data) -> {
            throw violation();
        };
        start(true, false, handler);
        transport.window = 0;
        receive(true, "?");
        machine.advance(Duration.ofMinutes(10));
        run();
        assertEquals("close PROTOCOL_VIOLATION", handler.events.get(handler.events.size() - 1));
        machine.verify("at the end");
    }
}
