// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import io.portcullis.tls.PlainFilter;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A paused connection notices that its peer has gone, and reads from a present peer no more than once. */
@SuppressWarnings("try") // closed in the middle of a test
class PausedPeerTest extends PauseFixture {
    private void startPaused(Way way, boolean elsewhere) {
        handler.onOpen = Connection::pause;
        start(way, elsewhere);
    }

    @ParameterizedTest
    @MethodSource("ways")
    void aResetEndsAPausedConnection(Way way, boolean elsewhere) {
        startPaused(way, elsewhere);
        assertNull(handler.reason);
        transport.fail(new IOException("reset"));
        settle();
        assertEquals(CloseReason.IO_FAILED, handler.reason);
        end("reset");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void onlyTheBytesOfOneReadAreHeld(Way way, boolean elsewhere) {
        startPaused(way, elsewhere);
        receive(way, "abc");
        assertFalse(transport.reading());
        receive(way, "def");
        assertFalse(transport.reading());
        assertEquals(List.of("open"), handler.events);
        handler.connection().resume();
        settle();
        assertEquals("abcdef", handler.receivedText());
        assertTrue(transport.reading());
        end("held");
    }

    @ParameterizedTest
    @MethodSource("ways")
    void theEndOfTheStreamWaitsForResume(Way way, boolean elsewhere) {
        startPaused(way, elsewhere);
        if (way != Way.PLAIN) {
            transport.receive(FrameFilter.frame(FrameFilter.CLOSE));
        }
        transport.receiveEnd();
        settle();
        assertEquals(List.of("open"), handler.events);
        handler.connection().write(ByteBuffer.wrap(new byte[] {'x'}));
        settle();
        handler.connection().resume();
        settle();
        assertEquals(List.of("open", "end", "close PEER_CLOSE"), handler.events);
        end("end");
    }

    /** A frame is left in the filter, or undecoded, when the handler pauses, and must not wait for the pending read. */
    @ParameterizedTest
    @MethodSource("ways")
    void dataReceivedBeforeThePauseIsDeliveredAfterResume(Way way, boolean elsewhere) {
        startPaused(way, elsewhere);
        handler.onData = (connection, data) -> {
            handler.take(data);
            connection.pause();
        };
        handler.connection().resume();
        settle();
        byte[] three = new byte[3 * 900];
        for (int i = 0; i < 3; i++) {
            transport.receive(way == Way.PLAIN ? new byte[900] : FrameFilter.frame(FrameFilter.DATA, new byte[900]));
        }
        settle();
        for (int i = 0; i < 4; i++) {
            handler.connection().resume();
            settle();
        }
        assertEquals(three.length, handler.received.size());
        end("before");
    }

    @Test
    void aChannelThatIsNotReadFailsItsWritesWhenThePeerHasGone() {
        CompletableFuture<ConnectionChannel> opened = new CompletableFuture<>();
        machine.start(transport, new PlainFilter(), new ChannelHandler(opened::complete));
        transport.fail(new IOException("reset"));
        settle();
        assertTrue(opened.join().connection().closed().isDone());
        assertTrue(opened.join().receive().isCompletedExceptionally());
        transport.verify("channel");
        machine.verify("channel");
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "TLSv1.2", "TLSv1.3"})
    void aResetIsNoticedOverSockets(String kind) throws Exception {
        CompletableFuture<Connection> paused = new CompletableFuture<>();
        ConnectionHandler pausing = (connection, data) -> {
            data.position(data.limit());
            connection.pause();
            paused.complete(connection);
        };
        Gate gate = kind.equals("plain") ? Gate.plain() : Gate.tls(TestCertificates.serverProfile());
        try (Rig rig = new Rig(gate, () -> pausing);
                Socket socket = rig.connect()) {
            if (kind.equals("plain")) {
                socket.getOutputStream().write(1);
            } else {
                new TlsPeer(socket, kind).wrap(ByteBuffer.allocate(1)).flush();
            }
            paused.get(20, TimeUnit.SECONDS);
            socket.setSoLinger(true, 0);
            socket.close();
            assertEquals(CloseReason.IO_FAILED, rig.nextEnd().reason());
        }
    }

    /**
     * Starts TLS after the callback that has paused, thus with a read pending; continues when it is secured. The reply
     * and the start are one turn: a peer quicker than a second turn would begin before the start, which is a violation.
     */
    private static final class UpgradingWhilePaused implements ConnectionHandler {
        private final TlsProfile profile;
        private final byte[] reply;
        private final CompletableFuture<String> secured;

        UpgradingWhilePaused(TlsProfile profile, byte[] reply, CompletableFuture<String> secured) {
            this.profile = profile;
            this.reply = reply;
            this.secured = secured;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            String text = ISO_8859_1.decode(data).toString();
            if (connection.session().isPresent()) {
                secured.complete(text);
                return;
            }
            connection.pause();
            var unused = CompletableFuture.runAsync(() -> connection.execute(() -> {
                connection.write(ByteBuffer.wrap(reply));
                var unusedToo = connection.startTls(profile);
            }));
        }

        @Override
        public void onSecured(Connection connection) {
            connection.resume();
            connection.write(ByteBuffer.wrap(new byte[] {'s'}));
        }
    }

    @Test
    void bothSidesMayStartTlsWhileTheyArePaused() throws Exception {
        CompletableFuture<String> there = new CompletableFuture<>();
        CompletableFuture<String> here = new CompletableFuture<>();
        byte[] go = {'2'};
        try (Rig rig = new Rig(
                        Gate.plain(), () -> new UpgradingWhilePaused(TestCertificates.serverProfile(), go, there));
                Client client = Client.builder(rig.dispatcher).build()) {
            Connection connection = client.connect(
                            "localhost",
                            rig.port(),
                            new UpgradingWhilePaused(TestCertificates.clientProfile(), new byte[0], here))
                    .get(20, TimeUnit.SECONDS);
            connection.write(ByteBuffer.wrap(new byte[] {'1'}));
            assertEquals("s", here.get(20, TimeUnit.SECONDS));
            assertEquals("s", there.get(20, TimeUnit.SECONDS));
        }
    }
}
