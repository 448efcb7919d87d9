// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static java.util.concurrent.TimeUnit.SECONDS;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ends of a TLS connection, over real sockets, with a peer that controls every record. */
@Timeout(60)
@SuppressWarnings("try") // a peer closes its socket early on purpose
class CloseTest {
    private static final Gate TLS = Gate.tls(TestCertificates.serverProfile());
    private static final byte[] ANSWER = new byte[1_000_000];

    static {
        new Random(7).nextBytes(ANSWER);
    }

    /** Answers the first bytes with a long response, and counts the graceful ends of the input. */
    private static final class LongResponse implements ConnectionHandler {
        private final AtomicInteger endsOfInput;
        private final boolean closes;

        LongResponse(AtomicInteger endsOfInput, boolean closes) {
            this.endsOfInput = endsOfInput;
            this.closes = closes;
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            data.position(data.limit());
            connection.write(ByteBuffer.wrap(ANSWER));
            if (closes) {
                connection.close();
            }
        }

        @Override
        public void onEndOfInput(Connection connection) {
            endsOfInput.incrementAndGet();
            connection.close();
        }
    }

    private final AtomicInteger endsOfInput = new AtomicInteger();

    private Rig answering(boolean closes) throws IOException {
        return new Rig(TLS, () -> new LongResponse(endsOfInput, closes), builder -> builder);
    }

    private static void answerMoreThanSocketsHold(Connection connection, ByteBuffer data) {
        data.position(data.limit());
        connection.write(ByteBuffer.allocate(16 << 20));
        connection.close();
    }

    private static ByteBuffer request() {
        return ByteBuffer.wrap("request".getBytes(StandardCharsets.US_ASCII));
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R19 the end of TCP without a close_notify is truncation, not the end of the input")
    void finWithoutCloseNotifyIsTruncation(String protocol) throws Exception {
        try (Rig rig = new Rig(TLS, () -> new LongResponse(endsOfInput, false));
                Socket socket = rig.connect()) {
            new TlsPeer(socket, protocol).wrap(request()).flush().read(ANSWER.length);
            socket.shutdownOutput();

            Rig.End end = rig.nextEnd();
            assertEquals(CloseReason.PEER_TRUNCATED, end.reason());
            assertEquals(
                    HandshakeFailure.TRUNCATED,
                    assertInstanceOf(TlsException.class, end.cause()).failure());
            assertEquals(0, endsOfInput.get());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R19 the end of TCP after a close_notify is the end of the input")
    void finAfterCloseNotifyIsTheEnd(String protocol) throws Exception {
        try (Rig rig = answering(false);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, protocol);
            peer.wrap(request()).flush().read(ANSWER.length);
            peer.closeOutput().flush();
            socket.shutdownOutput();

            assertArrayEquals(ANSWER, peer.readToEnd());
            assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
            assertEquals(1, endsOfInput.get());
        }
    }

    @Test
    @DisplayName("R19 a reset is a failure of the socket in every phase, and all buffers come back")
    void resetEndsEveryPhase() throws Exception {
        try (Rig rig = answering(false)) {
            try (Socket socket = rig.connect()) {
                socket.getOutputStream().write(new byte[] {22, 3, 1});
                socket.setSoLinger(true, 0);
            }
            assertEquals(CloseReason.IO_FAILED, rig.nextEnd().reason(), "during the handshake");
            try (Socket socket = rig.connect()) {
                new TlsPeer(socket, "TLSv1.3");
                socket.setSoLinger(true, 0);
            }
            assertEquals(CloseReason.IO_FAILED, rig.nextEnd().reason(), "open");
        }
        try (Rig rig = new Rig(TLS, () -> CloseTest::answerMoreThanSocketsHold);
                Socket socket = rig.connect()) {
            new TlsPeer(socket, "TLSv1.3").wrap(request()).flush().read(1);
            socket.setSoLinger(true, 0);
            socket.close();
            assertEquals(CloseReason.IO_FAILED, rig.nextEnd().reason(), "during the close, with unsent bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R20 R43 a request and its close_notify in one segment still get the whole response")
    void halfClosedPeerGetsItsResponse(String protocol) throws Exception {
        try (Rig rig = answering(false);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, protocol);
            peer.wrap(request()).closeOutput().flush();

            assertArrayEquals(ANSWER, peer.readToEnd());
            assertEquals(-1, socket.getInputStream().read(), "close_notify is the last record");
            assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName(
            "R43 a half-closed peer gets the whole response, even as many small writes that exceed the socket buffers")
    void halfClosedPeerGetsALongResponseInPieces(String protocol) throws Exception {
        int pieces = 40_000;
        ConnectionHandler handler = (connection, data) -> {
            data.position(data.limit());
            for (int i = 0; i < pieces; i++) {
                connection.write(ByteBuffer.wrap(new byte[200]));
            }
        };
        try (Rig rig = new Rig(TLS, () -> handler, builder -> builder);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, protocol);
            peer.wrap(request()).closeOutput().flush();
            assertEquals(pieces * 200, peer.readToEnd().length);
        }
    }

    @Test
    @DisplayName("R20 TLS 1.2: a close_notify is answered by a close_notify, and both directions end")
    void closeNotifyOfTls12EndsBothDirections() throws Exception {
        try (Rig rig = answering(false);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.2");
            peer.wrap(request()).flush().read(ANSWER.length);
            peer.closeOutput().flush();

            peer.readToEnd();
            assertEquals(-1, socket.getInputStream().read());
            assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R20 TLS 1.2: a write after the peer's close_notify fails at once, not only when the connection ends")
    void writesAfterCloseNotifyOfTls12FailAtOnce() throws Exception {
        CompletableFuture<Void> written = new CompletableFuture<>();
        CompletableFuture<Connection> ended = new CompletableFuture<>();
        Supplier<ConnectionHandler> handlers = () -> new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) {
                data.position(data.limit());
            }

            @Override
            public void onEndOfInput(Connection connection) {
                var unused = connection
                        .send(ByteBuffer.wrap(ANSWER))
                        .whenComplete((none, failure) -> written.completeExceptionally(failure));
                ended.complete(connection);
            }
        };
        try (Rig rig = new Rig(TLS, handlers, builder -> builder);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.2");
            peer.wrap(request()).closeOutput().flush();
            ExecutionException failure = assertThrows(ExecutionException.class, () -> written.get(20, SECONDS));
            assertInstanceOf(ClosedChannelException.class, failure.getCause());
            CompletableFuture<Long> pending = new CompletableFuture<>();
            assertTrue(ended.get().execute(() -> pending.complete(ended.join().pendingBytes())));
            assertEquals(0, pending.get(20, SECONDS));
            ended.get().close();
            peer.readToEnd();
            assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    @DisplayName("R21 after our close the close_notify is the last record, after everything that was written")
    void closeSendsEverythingFirst(String protocol) throws Exception {
        try (Rig rig = answering(true);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, protocol);
            peer.wrap(request()).flush();

            assertArrayEquals(ANSWER, peer.readToEnd());
            assertEquals(-1, socket.getInputStream().read());
            socket.close();
            assertEquals(CloseReason.LOCAL_CLOSE, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R21 data that the peer sends after our close does not destroy the response")
    void lateBytesDoNotDestroyTheResponse() throws Exception {
        try (Rig rig = answering(true);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            peer.wrap(request()).flush();
            peer.read(1);
            peer.wrap(ByteBuffer.allocate(48 * 1024)).flush();

            assertArrayEquals(ANSWER, peer.readToEnd());
            assertEquals(-1, socket.getInputStream().read());
        }
    }

    @Test
    @DisplayName("R21 a peer that does not read is cut after the close timeout")
    void peerThatDoesNotReadIsCut() throws Exception {
        try (Rig rig = new Rig(
                        TLS,
                        () -> CloseTest::answerMoreThanSocketsHold,
                        builder -> builder.closeTimeout(Duration.ofMillis(200)).writeTimeout(Duration.ofMillis(200)));
                Socket socket = rig.connect()) {
            new TlsPeer(socket, "TLSv1.3").wrap(request()).flush();

            assertEquals(CloseReason.WRITE_TIMEOUT, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R21 a peer that keeps its side open is cut after the close timeout")
    void peerThatNeverClosesIsCut() throws Exception {
        try (Rig rig = new Rig(
                        TLS,
                        () -> (connection, data) -> connection.close(),
                        builder -> builder.closeTimeout(Duration.ofMillis(200)));
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            peer.wrap(request()).flush();

            peer.readToEnd();
            assertEquals(CloseReason.LOCAL_CLOSE, rig.nextEnd().reason());
        }
    }

    @Test
    @DisplayName("R20 a paused handler is notified of the end only after the bytes that it left unread")
    void endOfInputWaitsForAPausedHandler() throws Exception {
        List<String> events = new CopyOnWriteArrayList<>();
        ConnectionHandler handler = new ConnectionHandler() {
            @Override
            public void onData(Connection connection, ByteBuffer data) {
                events.add("data " + data.remaining());
                if (events.size() == 1) {
                    data.position(data.position() + 3);
                    connection.pause();
                    connection.execute(connection::resume);
                } else {
                    data.position(data.limit());
                }
            }

            @Override
            public void onEndOfInput(Connection connection) {
                events.add("end");
                connection.close();
            }
        };
        try (Rig rig = new Rig(TLS, () -> handler);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            peer.wrap(request()).closeOutput().flush();

            peer.readToEnd();
            rig.nextEnd();
            assertEquals(List.of("data 7", "data 4", "end"), events);
        }
    }

    @Test
    void nothingIsDeliveredToAHandlerThatHasClosed() throws Exception {
        AtomicInteger deliveries = new AtomicInteger();
        ConnectionHandler readsOneByte = (connection, data) -> {
            deliveries.incrementAndGet();
            data.get();
            connection.resume();
            connection.close();
        };
        try (Rig rig = new Rig(Gate.plain(), () -> readsOneByte);
                Socket socket = rig.connect()) {
            socket.getOutputStream().write(new byte[100]);

            assertEquals(-1, socket.getInputStream().read());
            assertEquals(1, deliveries.get());
        }
    }
}
