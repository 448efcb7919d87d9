// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.buffer.RefusingPool;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.frame.FrameHandler;
import io.portcullis.frame.LengthField;
import io.portcullis.frame.LineHandler;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.Filter;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * The faces of a connection, and callbacks on an executor, with a pool that fails at one lease or another. The bugs
 * excluded are leases lost because something throws before they are stored.
 */
@Timeout(600)
@DisplayName(
        "R36 a pool that fails at every n-th lease loses, duplicates and leaks nothing, whatever face the handler uses")
class ShortMemoryFacesTest {
    private static final int MESSAGES = 60;

    /** An echo through one of the faces. */
    enum Face {
        LINES(() -> LineHandler.of(2_000, (connection, line) -> connection.write(ascii(line + "\n")))),
        FRAMES(() -> FrameHandler.of(LengthField.ofBytes(2), 2_000, Face::answerFrame)),
        CHANNEL(() -> new ChannelHandler(Face::echo)),
        FLOW(() -> new ChannelHandler(channel -> channel.publisher().subscribe(channel.subscriber())));

        @SuppressWarnings("ImmutableEnumChecker") // a constructor
        private final Supplier<ConnectionHandler> handlers;

        Face(Supplier<ConnectionHandler> handlers) {
            this.handlers = handlers;
        }

        private static void answerFrame(Connection connection, ByteBuffer frame) {
            connection.write(ByteBuffer.allocate(2).putShort(0, (short) frame.remaining()));
            connection.write(frame);
        }

        private static void echo(ConnectionChannel channel) {
            var unused = channel.receive().thenCompose(channel::send).thenRun(() -> {
                if (channel.isOpen()) {
                    echo(channel);
                }
            });
        }

        /** Messages in the protocol's format, short and long ones. */
        private byte[] messages() {
            Random random = new Random(name().length());
            ByteBuffer all = ByteBuffer.allocate(MESSAGES * 2_002);
            for (int i = 0; i < MESSAGES; i++) {
                byte[] body = "m"
                        .repeat(1 + random.nextInt(random.nextBoolean() ? 20 : 1_900))
                        .getBytes(ISO_8859_1);
                if (this == FRAMES) {
                    all.putShort((short) body.length).put(body);
                } else {
                    all.put(body).put((byte) '\n');
                }
            }
            return Arrays.copyOf(all.array(), all.position());
        }
    }

    private static ByteBuffer ascii(String text) {
        return ByteBuffer.wrap(text.getBytes(ISO_8859_1));
    }

    @ParameterizedTest
    @EnumSource
    void plainConnectionsSurviveEveryRefusal(Face face) throws Exception {
        ShortMemoryTest.refuseInTurn(buffers -> new Echo(buffers, face, true, false).lead());
    }

    @ParameterizedTest
    @EnumSource
    void filteredConnectionsSurviveEveryRefusal(Face face) throws Exception {
        ShortMemoryTest.refuseInTurn(buffers -> new Echo(buffers, face, false, false).lead());
    }

    @ParameterizedTest
    @EnumSource
    void callbacksOnAnExecutorSurviveEveryRefusal(Face face) throws Exception {
        ShortMemoryTest.refuseInTurn(buffers -> new Echo(buffers, face, true, true).lead());
    }

    @ParameterizedTest
    @EnumSource
    void filteredConnectionsOnAnExecutorSurviveEveryRefusal(Face face) throws Exception {
        ShortMemoryTest.refuseInTurn(buffers -> new Echo(buffers, face, false, true).lead());
    }

    @Test
    @DisplayName("a gate behind a proxy, TLS, and the return to plaintext survive every refusal")
    void aConnectionBehindAProxySurvivesEveryRefusal() throws Exception {
        ShortMemoryTest.refuseInTurn(ShortMemoryFacesTest::leadBehindAProxy);
    }

    private static void leadBehindAProxy(RefusingPool buffers) throws Exception {
        VirtualMachine machine = new VirtualMachine(buffers.pool);
        ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        RecordingHandler handler = RecordingHandler.echo();
        ProxyHeader header = ProxyHeader.of(new InetSocketAddress("203.0.113.9", 4711), VirtualMachine.LOCAL);
        transport.receive(header.encode(ProxyVersion.V2).array());
        Gate gate = Gate.proxyProtocol(TrustedPeers.of("192.0.2.0/24"), Gate.tls(TestCertificates.serverProfile()));
        machine.start(machine.endpoint(ConnectionSettings.DEFAULT), transport, gate, handler);
        MemoryTlsPeer peer = new MemoryTlsPeer(transport, "TLSv1.3").begin();
        peer.exchange();
        boolean open = handler.connection != null && handler.reason == null;
        if (open) {
            peer.wrap("hello".getBytes(ISO_8859_1)).exchange();
            var unused = handler.connection().stopTls();
            transport.completeAll();
            peer.exchange();
            peer.closeOutput().exchange();
            transport.receive("in plaintext").completeAll();
        }
        if (buffers.refused() == 0) {
            assertEquals("hello", peer.received.toString(ISO_8859_1));
            assertEquals("in plaintext", peer.behind());
        }
        transport.receiveEnd();
        transport.completeAll();
        machine.advance(Duration.ofMinutes(3));
        transport.completeAll();
        transport.verify("the transport");
        machine.verify("the machine");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    @DisplayName("a client with a PROXY header, plain or under TLS, survives every refusal")
    void aClientSurvivesEveryRefusal(boolean secure) throws Exception {
        ShortMemoryTest.refuseInTurn(buffers -> leadAClient(buffers, secure));
    }

    private static void leadAClient(RefusingPool buffers, boolean secure) {
        VirtualClient client = new VirtualClient(buffers.pool, "192.0.2.1");
        if (secure) {
            client.tls();
        }
        CompletableFuture<Connection> future = client.connectBehind(
                ProxyHeader.of(new InetSocketAddress("203.0.113.5", 5555), new InetSocketAddress("203.0.113.6", 443)));
        client.attempt(0).connect();
        client.settle();
        if (!secure && buffers.refused() == 0) {
            assertTrue(future.isDone());
        }
        Connection connection = future.isDone() && !future.isCompletedExceptionally() ? future.join() : null;
        if (connection != null) {
            var unused = connection.send(ByteBuffer.wrap(TestFile.part(0, 100_000)));
            client.settle();
            client.attempt(0).transport.receive(TestFile.part(0, 1_000));
            client.settle();
        }
        client.close();
        client.machine.advance(Duration.ofMinutes(3));
        client.verify();
        assertTrue(future.isDone());
    }

    /** One connection that receives messages, echoes them, and is drained in the middle. */
    private static final class Echo {
        private final RefusingPool buffers;
        private final Face face;
        private final boolean plain;
        private final VirtualMachine machine;
        private final Queue<Runnable> callbacks = new ArrayDeque<>();
        private final ScriptedTransport transport = new ScriptedTransport(ScriptedTransport.EAGER);
        private final List<CloseReason> reasons = new ArrayList<>();
        private final Endpoint endpoint;

        Echo(RefusingPool buffers, Face face, boolean plain, boolean onExecutor) {
            this.buffers = buffers;
            this.face = face;
            this.plain = plain;
            this.machine = new VirtualMachine(buffers.pool);
            ConnectionObserver listener = new ConnectionObserver() {
                @Override
                public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
                    reasons.add(reason);
                }
            };
            this.endpoint =
                    machine.endpointOn(onExecutor ? callbacks::add : null, ConnectionSettings.DEFAULT, listener);
        }

        void lead() {
            byte[] messages = face.messages();
            Filter filter = plain ? new PlainFilter() : new FrameFilter(false);
            if (!plain) {
                transport.receive(FrameFilter.frame(FrameFilter.HELLO));
            }
            machine.start(endpoint, transport, filter, face.handlers.get());
            for (int sent = 0; sent < messages.length; ) {
                int length = Math.min(messages.length - sent, FrameFilter.LONGEST);
                byte[] piece = Arrays.copyOfRange(messages, sent, sent + length);
                transport.receive(plain ? piece : FrameFilter.frame(FrameFilter.DATA, piece));
                settle();
                sent += length;
            }
            byte[] received = plain ? transport.sent.toByteArray() : FrameFilter.dataOf(transport.sent.toByteArray());
            assertTrue(received.length <= messages.length, "a message was echoed twice");
            assertArrayEquals(Arrays.copyOf(messages, received.length), received);
            if (buffers.refused() == 0) {
                assertEquals(messages.length, received.length);
                assertNull(reasons.isEmpty() ? null : reasons.get(0));
            }
            endpoint.drain();
            settle();
            transport.receiveEnd();
            endpoint.close();
            settle();
            machine.advance(Duration.ofMinutes(3));
            settle();
            assertEquals(1, reasons.size(), "ends once");
            assertTrue(endpoint.closed().isDone());
            transport.verify("the transport");
            machine.verify("the machine");
        }

        private void settle() {
            for (int round = 0; round < 3; round++) {
                transport.completeAll();
                machine.runLater();
                for (Runnable next = callbacks.poll(); next != null; next = callbacks.poll()) {
                    next.run();
                }
            }
            transport.completeAll();
        }
    }
}
