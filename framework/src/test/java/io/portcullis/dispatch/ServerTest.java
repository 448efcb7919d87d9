// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.NotOn;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.BindException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Listeners of every kind over real sockets, with foreign peers and with our own client. */
@Timeout(60)
class ServerTest {
    private static final TlsProfile PROFILE = TestCertificates.serverProfile();
    private static final byte[] HTTP = ascii("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    private static final byte[] UNEXPECTED_MESSAGE = {21, 3, 3, 0, 2, 2, 10};

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static ConnectionHandler echo() {
        return Connection::write;
    }

    @ParameterizedTest
    @ValueSource(strings = {"plain", "TLSv1.2", "TLSv1.3"})
    void oneListenerServesPlainAndTls(String language) throws Exception {
        try (Rig rig = new Rig(Gate.detect(PROFILE), ServerTest::echo);
                Socket socket = rig.connect()) {
            byte[] answer;
            if (language.equals("plain")) {
                socket.getOutputStream().write(HTTP);
                answer = socket.getInputStream().readNBytes(HTTP.length);
            } else {
                answer = new TlsPeer(socket, language)
                        .wrap(ByteBuffer.wrap(HTTP))
                        .flush()
                        .read(HTTP.length);
            }
            assertArrayEquals(HTTP, answer);
        }
    }

    @Test
    @DisplayName("R2 plain HTTP on a TLS listener gets an alert, and the close reason says so")
    void plainHttpOnTlsGetsAnAlert() throws Exception {
        try (Rig rig = new Rig(Gate.tls(PROFILE), ServerTest::echo);
                Socket socket = rig.connect()) {
            socket.getOutputStream().write(HTTP);

            assertArrayEquals(UNEXPECTED_MESSAGE, socket.getInputStream().readAllBytes());
            socket.shutdownOutput();
            assertFailure(HandshakeFailure.PLAIN_HTTP, rig.nextEnd());
        }
    }

    @Test
    @DisplayName("R2 plain HTTP on a TLS listener gets the configured response in plaintext")
    void plainHttpOnTlsGetsTheConfiguredResponse() throws Exception {
        byte[] answer = ascii("HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n");
        try (Rig rig = new Rig(Gate.tls(PROFILE, answer), ServerTest::echo)) {
            try (Socket socket = rig.connect()) {
                socket.getOutputStream().write(HTTP);

                assertArrayEquals(answer, socket.getInputStream().readAllBytes());
                socket.shutdownOutput();
                assertFailure(HandshakeFailure.PLAIN_HTTP, rig.nextEnd());
            }
            try (Socket socket = rig.connect()) {
                TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
                assertArrayEquals(HTTP, peer.wrap(ByteBuffer.wrap(HTTP)).flush().read(HTTP.length));
            }
        }
    }

    private static void assertFailure(HandshakeFailure failure, Rig.End end) {
        assertEquals(CloseReason.HANDSHAKE_FAILED, end.reason());
        assertEquals(failure, assertInstanceOf(TlsException.class, end.cause()).failure());
    }

    @Test
    @DisplayName("R4 a ClientHello that is unreadable, or whose server name is not served here, never gets a default "
            + "profile")
    void choiceByNameHasNoDefault() throws Exception {
        Gate gate = Gate.bySni(Map.of("LOCALHOST.", PROFILE), null);
        try (Rig rig = new Rig(gate, ServerTest::echo)) {
            try (Socket socket = rig.connect()) {
                TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
                assertArrayEquals(HTTP, peer.wrap(ByteBuffer.wrap(HTTP)).flush().read(HTTP.length));
            }
            rig.nextEnd();
            try (Client client = Client.builder(rig.dispatcher)
                    .tls(TestCertificates.clientProfile())
                    .build()) {
                ExecutionException refused = assertThrows(
                        ExecutionException.class,
                        () -> client.connect("127.0.0.1", rig.port(), echo()).get(30, TimeUnit.SECONDS));
                assertInstanceOf(SSLException.class, lyingBehind(refused));
                assertFailure(HandshakeFailure.UNKNOWN_SERVER_NAME, rig.nextEnd());
            }
            try (Socket socket = rig.connect()) {
                socket.getOutputStream().write(new byte[] {22, 3, 1, 0, 5, 1, 0, 0, 1, 0});
                assertEquals(7, socket.getInputStream().readAllBytes().length, "an alert");
                assertFailure(HandshakeFailure.BAD_CLIENT_HELLO, rig.nextEnd());
            }
        }
    }

    @Test
    void clientAndServerAgreeOnTheFactsOfTheSession() throws Exception {
        CompletableFuture<Connection> accepted = new CompletableFuture<>();
        TlsProfile server =
                TestCertificates.serverBuilder().alpn("h2", "http/1.1").build();
        TlsProfile trusting = TestCertificates.clientBuilder().alpn("http/1.1").build();
        try (Rig rig = new Rig(Gate.tls(server), () -> new ConnectionHandler() {
                    @Override
                    public void onOpen(Connection connection) {
                        accepted.complete(connection);
                    }

                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        connection.write(data);
                    }
                });
                Client client = Client.builder(rig.dispatcher).tls(trusting).build()) {
            CompletableFuture<Byte> answer = new CompletableFuture<>();
            Connection connection = client.connect("localhost", rig.port(), (c, data) -> answer.complete(data.get()))
                    .get(30, TimeUnit.SECONDS);
            connection.write(ByteBuffer.wrap(new byte[] {42}));

            assertEquals((byte) 42, answer.get(30, TimeUnit.SECONDS));
            var ours = connection.session().orElseThrow();
            var theirs = accepted.get(30, TimeUnit.SECONDS).session().orElseThrow();
            assertEquals("TLSv1.3", ours.protocol());
            assertEquals(ours.cipherSuite(), theirs.cipherSuite());
            assertEquals("http/1.1", theirs.applicationProtocol().orElseThrow());
            assertEquals("localhost", theirs.serverName().orElseThrow());
            assertEquals(1, ours.peerCertificates().size());
            assertEquals(connection.localAddress(), accepted.get().remoteAddress());
        }
    }

    @Test
    void clientRefusesAServerOfAnotherName() throws Exception {
        TlsProfile other = TestCertificates.other().serverProfile();
        TlsProfile trusting = TlsProfile.builder()
                .trust(TestCertificates.other().certificate())
                .build();
        try (Rig rig = new Rig(Gate.tls(other), ServerTest::echo);
                Client client = Client.builder(rig.dispatcher).tls(trusting).build()) {
            ExecutionException refused = assertThrows(
                    ExecutionException.class,
                    () -> client.connect("localhost", rig.port(), echo()).get(30, TimeUnit.SECONDS));

            assertEquals(
                    HandshakeFailure.SERVER_CERTIFICATE_REJECTED,
                    assertInstanceOf(TlsException.class, lyingBehind(refused)).failure());
            assertFailure(HandshakeFailure.SERVER_CERTIFICATE_REJECTED, rig.nextEnd());
        }
    }

    @Test
    @NotOn(value = "conscrypt", because = "its handshakes have no tasks")
    void tasksThatMayBlockRunOffTheDispatcherThreads() throws Exception {
        TlsProfile blocking =
                TestCertificates.serverBuilder().tasksMayBlock(true).build();
        try (Rig rig = new Rig(Gate.tls(blocking), ServerTest::echo);
                Socket socket = rig.connect()) {
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            assertArrayEquals(HTTP, peer.wrap(ByteBuffer.wrap(HTTP)).flush().read(HTTP.length));
            assertTrue(
                    Thread.getAllStackTraces().keySet().stream()
                            .anyMatch(thread -> thread.getName().startsWith(rig.name() + "-task-")),
                    "a task thread was started");
        }
    }

    @Test
    void aPortInUseIsAClearErrorAndNothingStaysBound() throws Exception {
        try (Rig rig = new Rig(Gate.plain(), ServerTest::echo)) {
            Server.Builder second = Server.builder(rig.dispatcher)
                    .listen(Rig.loopback(0), Gate.plain())
                    .listen(Rig.loopback(rig.port()), Gate.plain())
                    .handler(ServerTest::echo);
            BindException refused = assertThrows(BindException.class, second::start);
            assertSays(refused, ":" + rig.port());
            assertSays(refused, "use another port");
        }
    }

    @Test
    void aServerNeedsAnAddressAndAHandler() throws IOException {
        try (Dispatcher dispatcher = Dispatcher.create()) {
            assertThrows(
                    IllegalStateException.class,
                    () -> Server.builder(dispatcher).start());
            IllegalStateException missing = assertThrows(
                    IllegalStateException.class,
                    () -> Server.builder(dispatcher)
                            .listen(Rig.loopback(0), Gate.plain())
                            .start());
            assertSays(missing, "handler");
        }
    }

    private static @Nullable Throwable lyingBehind(ExecutionException refused) {
        return assertInstanceOf(ConnectFailedException.class, refused.getCause())
                .getCause();
    }

    private static void assertSays(Exception failure, String text) {
        assertTrue(String.valueOf(failure.getMessage()).contains(text), failure::toString);
    }
}
