// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.tls.PlainFilter;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The behavior of a connection, step by step, with a scripted transport. */
class ScriptedConnectionTest {
    private final VirtualMachine machine = new VirtualMachine();
    private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
    private final RecordingHandler handler = RecordingHandler.echo();

    @AfterEach
    void everythingIsReturned(TestInfo test) {
        transport.script = ScriptedTransport.EAGER;
        transport.window = Long.MAX_VALUE;
        if (handler.reason == null && handler.connection != null) {
            handler.connection.abort();
        }
        transport.completeAll();
        machine.runTasks();
        transport.verify(test.getDisplayName());
        machine.verify(test.getDisplayName());
    }

    @Test
    void echoesAndEnds() {
        transport.receive("hello").receiveEnd();
        machine.start(transport, new PlainFilter(), handler);
        assertEquals("hello", transport.sentText());
        assertEquals(List.of("open", "data", "end", "close PEER_CLOSE"), handler.events);
    }

    @Test
    void echoesThroughAFilterWithHandshakeAndTask() {
        FrameFilter filter = new FrameFilter(true);
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        transport.receive(FrameFilter.frame(FrameFilter.DATA, "hello".getBytes(ISO_8859_1)));
        machine.start(transport, filter, handler);
        assertEquals(List.of(), handler.events);
        machine.runTasks();
        transport.receive(FrameFilter.frame(FrameFilter.CLOSE)).completeAll();
        assertEquals(List.of("open", "data", "end", "close PEER_CLOSE"), handler.events);
        assertEquals("hello", new String(FrameFilter.dataOf(transport.sent.toByteArray()), ISO_8859_1));
        assertEquals(List.of(), filter.defects);
        assertEquals(1, filter.frees);
    }

    @Test
    void bytesHeldByAFilterAreDeliveredWithoutFurtherBytes() {
        HoardingFilter filter = new HoardingFilter();
        byte[] content = new byte[FrameFilter.LONGEST];
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        machine.start(transport, filter, handler);
        for (int i = 0; i < 3; i++) {
            transport.receive(FrameFilter.frame(FrameFilter.DATA, content));
        }
        transport.completeAll();
        assertEquals(3 * content.length, FrameFilter.dataOf(transport.sent.toByteArray()).length);
        assertEquals(List.of(), filter.defects);
    }

    @Test
    void writesOfOneCallbackAreSentInOrderByAnyMethod() {
        handler.onOpen = connection -> {
            connection.write(ascii("a"), "a", handler.completion());
            connection.write(ascii("b"));
            connection.write(ascii("c"), "c", handler.completion());
            connection.write(ascii("d"));
        };
        machine.start(transport, new PlainFilter(), handler);
        assertEquals("abcd", transport.sentText());
        assertEquals(1, transport.writes);
        assertEquals(List.of("open", "completed a", "completed c"), handler.events);
    }

    @Test
    void nothingIsAcceptedAfterClose() {
        handler.onOpen = connection -> {
            connection.write(ascii("a"));
            connection.close();
            assertFalse(connection.write(ascii("b")));
            connection.write(ascii("c"), "c", handler.completion());
        };
        transport.receiveEnd();
        machine.start(transport, new PlainFilter(), handler);
        assertEquals("a", transport.sentText());
        assertEquals(List.of("open", "failed c", "close LOCAL_CLOSE"), handler.events);
    }

    @Test
    void writesOfTheCompletionHandlerOfAnEmptyWriteAreSent() {
        handler.onOpen = connection -> connection.write(ascii(""), connection, new Completion<>() {
            @Override
            void completed(Connection own) {
                own.write(ascii("behind"));
            }
        });
        machine.start(transport, new PlainFilter(), handler);
        assertEquals("behind", transport.sentText());
    }

    @Test
    void aPauseThatFollowsAResumeHolds() {
        handler.onOpen = connection -> {
            connection.pause();
            connection.resume();
            connection.pause();
        };
        transport.receive("x");
        machine.start(transport, new PlainFilter(), handler);
        assertEquals(List.of("open"), handler.events);
        handler.connection().resume();
        assertEquals(List.of("open", "data"), handler.events);
    }

    @Test
    void theFilterIsLeftAloneWhileItsTaskRuns() {
        FrameFilter filter = new FrameFilter(true);
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        Endpoint endpoint = machine.endpoint(ConnectionSettings.DEFAULT, new ConnectionObserver() {
            @Override
            public void onAccepted(Connection connection) {
                handler.connection = connection;
            }
        });
        machine.start(endpoint, transport, filter, handler);
        handler.connection().write(ascii("early"));
        handler.connection().execute(() -> {});
        assertEquals(List.of(), filter.defects);
        machine.runTasks();
        assertEquals("early", new String(FrameFilter.dataOf(transport.sent.toByteArray()), ISO_8859_1));
        assertEquals(List.of(), filter.defects);
    }

    @Test
    void aLimitThatAHandlerMovedLosesNothing() {
        handler.onData = (connection, data) -> {
            data.limit(data.position() + 1);
            handler.take(data);
            connection.resume();
        };
        transport.receive("abc");
        machine.start(transport, new PlainFilter(), handler);
        assertEquals("abc", handler.receivedText());
    }

    @Test
    void nothingIsStartedAfterAPartialWriteOfAConnectionThatHasEnded() {
        FrameFilter filter = new FrameFilter(false);
        transport.receive(FrameFilter.frame(FrameFilter.HELLO));
        machine.start(transport, filter, handler);
        transport.script = ScriptedTransport.script(false, 10);
        handler.connection().write(ascii("longer than two parts of ten bytes are"));
        assertTrue(transport.completeWrite());
        handler.connection().execute(() -> {
            transport.completeWrite();
            throw new IllegalStateException("in the turn before the completion is processed");
        });
        transport.completeAll();
        assertEquals(CloseReason.HANDLER_FAILED, handler.reason);
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void theFirstReasonStaysAlthoughTheAlertCannotBeSent(boolean stalled) {
        transport.window = 0;
        transport.receive(FrameFilter.frame((byte) 99));
        machine.start(transport, new FrameFilter(false), handler);
        assertTrue(transport.writing());
        if (stalled) {
            machine.advance(Duration.ofSeconds(3));
        } else {
            transport.fail(new IOException("reset"));
        }
        transport.completeAll();
        assertEquals(CloseReason.HANDSHAKE_FAILED, handler.reason);
    }

    @Test
    void anAbortedGracefulEndReportsItsCause() {
        transport.window = 0;
        machine.start(transport, new PlainFilter(), handler);
        handler.connection().write(ascii("x"));
        handler.connection().close();
        transport.fail(new IOException("reset"));
        transport.completeAll();
        assertEquals(CloseReason.IO_FAILED, handler.reason);
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }
}
