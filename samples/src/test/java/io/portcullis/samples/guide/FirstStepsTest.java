// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectPhase;
import io.portcullis.Gate;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.PemFiles;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The programs of the pages on a first server and a first client, at work. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class FirstStepsTest {
    private static final InetSocketAddress FREE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    private final Dispatcher dispatcher;

    @TempDir
    Path directory;

    FirstStepsTest() throws IOException {
        dispatcher = Dispatcher.create();
    }

    @AfterEach
    void close() throws Exception {
        dispatcher.close();
        dispatcher.closed().get(20, TimeUnit.SECONDS);
    }

    private static int port(Server server) {
        return server.addresses().get(0).getPort();
    }

    private static Socket connect(Server server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), port(server));
        socket.setSoTimeout(20_000);
        return socket;
    }

    private static BufferedReader lines(Socket socket) throws IOException {
        return new BufferedReader(new InputStreamReader(socket.getInputStream(), UTF_8));
    }

    /** Writes a certificate of the given names to files, and reads it from there. */
    private TlsProfile fromPem(String... names) throws IOException {
        PemFiles files = SelfSignedCertificate.create(names).writeTo(directory);
        return TlsProfile.builder()
                .certificate(files.certificate(), files.key())
                .build();
    }

    private Client trusting(TlsProfile server) {
        TlsProfile tls =
                TlsProfile.builder().trust(server.certificates().get(0)).build();
        return Client.builder(dispatcher).tls(tls).build();
    }

    @Test
    void bytesAreEchoed() throws Exception {
        Server server = FirstEcho.start(dispatcher, FREE);
        try (Socket socket = connect(server)) {
            socket.getOutputStream().write("hello".getBytes(UTF_8));
            assertEquals("hello", new String(socket.getInputStream().readNBytes(5), UTF_8));
        }
    }

    @Test
    void linesAreNumbered() throws Exception {
        Server server = FirstLines.start(dispatcher, FREE);
        try (Socket socket = connect(server)) {
            socket.getOutputStream().write("hello\r\nbye\n".getBytes(UTF_8));
            BufferedReader lines = lines(socket);
            assertEquals("1: hello", lines.readLine());
            assertEquals("2: bye", lines.readLine());
            assertEquals(-1, lines.read());
        }
    }

    @Test
    void aClientOfTheCertificateGetsItsLine() throws Exception {
        TlsProfile tls = fromPem("localhost");
        Server server = FirstTls.start(dispatcher, FREE, tls);
        Client client = trusting(tls);
        assertEquals(
                "1: hello",
                FirstClient.ask(client, "localhost", port(server), "hello").join());
    }

    @Test
    void onePortServesBoth() throws Exception {
        TlsProfile tls = fromPem("localhost");
        Server server = FirstServer.start(dispatcher, FREE, tls);
        Client client = trusting(tls);
        assertEquals(
                "hello over TLSv1.3",
                FirstClient.ask(client, "localhost", port(server), "").join());
        Client plain = Client.builder(dispatcher).build();
        assertEquals(
                "hello over plain TCP",
                FirstClient.ask(plain, "localhost", port(server), "").join());
    }

    @Test
    void aGracefulShutdownAwaitsTheRestOfALine() throws Exception {
        Server server = FirstServer.start(dispatcher, FREE, fromPem("localhost"));
        try (Socket socket = connect(server)) {
            socket.getOutputStream().write("one\nt".getBytes(UTF_8));
            BufferedReader lines = lines(socket);
            assertEquals("hello over plain TCP", lines.readLine());
            assertEquals("one", lines.readLine());
            var drained = server.drain(Duration.ofSeconds(20));
            assertEquals("the server is shutting down", lines.readLine());
            socket.getOutputStream().write("wo\n".getBytes(UTF_8));
            assertEquals("two", lines.readLine());
            assertEquals(-1, lines.read());
            socket.shutdownOutput();
            drained.get(20, TimeUnit.SECONDS);
        }
    }

    private static ConnectFailedException failure(Client client, String host, int port) {
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> FirstClient.ask(client, host, port, "hello").join());
        return assertInstanceOf(ConnectFailedException.class, failure.getCause());
    }

    @Test
    void failuresSayWhatWasTried() throws Exception {
        TlsProfile tls = fromPem("localhost");
        Server server = FirstTls.start(dispatcher, FREE, tls);
        int closed;
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            closed = socket.getLocalPort();
        }

        ConnectFailedException refused = failure(trusting(tls), "localhost", closed);
        assertEquals(ConnectPhase.CONNECTION, refused.phase());
        assertEquals(CloseReason.IO_FAILED, refused.reason());
        ConnectFailedException unknown = failure(trusting(tls), "no-such-host.invalid", 443);
        assertEquals(ConnectPhase.RESOLUTION, unknown.phase());
        assertEquals(CloseReason.IO_FAILED, unknown.reason());

        TlsProfile publicServers = TlsProfile.trustingSystem();
        Client distrusting = Client.builder(dispatcher).tls(publicServers).build();
        ConnectFailedException untrusted = failure(distrusting, "localhost", port(server));
        assertEquals(ConnectPhase.HANDSHAKE, untrusted.phase());
        assertEquals(CloseReason.HANDSHAKE_FAILED, untrusted.reason());

        ConnectFailedException otherName = failure(trusting(tls), "127.0.0.1", port(server));
        assertEquals(CloseReason.HANDSHAKE_FAILED, otherName.reason());
        for (ConnectFailedException rejected : List.of(untrusted, otherName)) {
            TlsException cause = assertInstanceOf(TlsException.class, rejected.getCause());
            assertEquals(HandshakeFailure.SERVER_CERTIFICATE_REJECTED, cause.failure());
        }
    }

    @Test
    void aClosedConnectionFailsTheResponse() throws Exception {
        Server server = Server.builder(dispatcher)
                .listen(FREE, Gate.plain())
                .handler(() -> (connection, data) -> connection.abort())
                .start();
        Client plain = Client.builder(dispatcher).build();
        CompletionException failure = assertThrows(
                CompletionException.class,
                () -> FirstClient.ask(plain, "localhost", port(server), "hello").join());
        assertInstanceOf(IOException.class, failure.getCause());
    }
}
