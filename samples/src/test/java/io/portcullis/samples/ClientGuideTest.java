// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectPhase;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.dispatch.AdmissionLimit;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.testkit.SelfSignedCertificate;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The examples of docs/guide/client.md, run against a test server. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class ClientGuideTest {
    private static final SelfSignedCertificate MADE = SelfSignedCertificate.create();
    private static final X509Certificate CERTIFICATE = MADE.certificate();
    private static final InetAddress LOOPBACK = InetAddress.getLoopbackAddress();

    private final Dispatcher dispatcher;
    private int port;

    @TempDir
    Path directory;

    ClientGuideTest() throws IOException {
        dispatcher = Dispatcher.create();
    }

    @BeforeEach
    void serve() throws IOException {
        TlsProfile tls =
                TlsProfile.builder().certificate(MADE.key(), CERTIFICATE).build();
        Server server = Server.builder(dispatcher)
                .listen(new InetSocketAddress(LOOPBACK, 0), Gate.detect(tls))
                .handler(EchoHandler::new)
                .start();
        port = server.addresses().get(0).getPort();
    }

    @AfterEach
    void everythingIsReturned() throws Exception {
        dispatcher.close();
        dispatcher.closed().get(20, TimeUnit.SECONDS);
        assertEquals(0, dispatcher.statistics().buffers().activeLeases());
    }

    @Test
    void addressesAreRaced() throws Exception {
        BlockingQueue<ConnectTrace> traces = new LinkedBlockingQueue<>();
        InetAddress silent = InetAddress.getByName("127.0.0.99"); // no listener here
        // snippet: race
        Client client = Client.builder(dispatcher)
                .resolver(name -> CompletableFuture.completedFuture(List.of(silent, LOOPBACK)))
                .connectTimeout(Duration.ofSeconds(5)) // covers the lookup and all addresses
                .attemptDelay(Duration.ofMillis(100)) // then the next address is tried in parallel
                .observer(new ConnectionObserver() {
                    @Override
                    public void onConnected(Connection connection, ConnectTrace trace) {
                        traces.add(trace);
                    }
                })
                .build();
        // end snippet
        assertTrue(echo(client, "two.example").isEmpty());
        ConnectTrace trace = traces.take();
        assertEquals(2, trace.attempts().size());
        assertTrue(trace.attempts().get(0).failure().isPresent());
        assertEquals(ConnectPhase.OPEN, trace.phase());
    }

    @Test
    void theConnectionsOfAProfileShareItsSessions() throws Exception {
        // snippet: resume
        TlsProfile tls = TlsProfile.builder()
                .trust(CERTIFICATE)
                .sessionCache(1_000, Duration.ofMinutes(10))
                .build();
        Client client = Client.builder(dispatcher).tls(tls).build();
        // end snippet
        assertFalse(echo(client, "localhost").orElseThrow().resumed());
        assertTrue(echo(client, "localhost").orElseThrow().resumed());
    }

    @Test
    void aClientIsAdmittedInItsTurn() throws Exception {
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<List<InetAddress>> response = new CompletableFuture<>();
        // snippet: admission
        Client client = Client.builder(dispatcher)
                .admission(new AdmissionLimit(1, 0, Duration.ofSeconds(30))) // one at a time, without a queue
                .resolver(name -> {
                    asked.countDown();
                    return response;
                })
                .build();
        // end snippet
        CompletableFuture<Connection> first = client.connect("slow.example", port, new EchoHandler());
        asked.await();
        ConnectFailedException refused = failure(client.connect("slow.example", port, new EchoHandler()));
        assertEquals(CloseReason.ADMISSION_REFUSED, refused.reason());
        assertEquals(ConnectPhase.ADMISSION, refused.phase());
        response.complete(List.of(LOOPBACK));
        first.get();
    }

    @Test
    void aConnectCanBeGivenUp() throws Exception {
        CompletableFuture<List<InetAddress>> never = new CompletableFuture<>();
        CompletableFuture<CloseReason> gaveUp = new CompletableFuture<>();
        Client client = Client.builder(dispatcher)
                .resolver(name -> never)
                .observer(new ConnectionObserver() {
                    @Override
                    public void onConnectFailed(ConnectFailedException failure) {
                        gaveUp.complete(failure.reason());
                    }
                })
                .build();
        // snippet: giveup
        CompletableFuture<Connection> connecting = client.connect("slow.example", port, new EchoHandler());
        connecting.cancel(false); // or orTimeout, or complete: completing the future gives up the connect
        // end snippet
        assertEquals(CloseReason.LOCAL_ABORT, gaveUp.get());
    }

    @Test
    void theServerIsVerified() throws Exception {
        Path server = ClientPrograms.writeCertificate(directory, MADE);
        // snippet: verify
        TlsProfile publicServers = TlsProfile.trustingSystem(); // the JDK's trust store, with hostname verification
        TlsProfile ownAuthority = TlsProfile.builder().trust(server).build(); // a PEM file, with hostname verification
        TlsProfile closedNetwork = TlsProfile.builder()
                .trust(server)
                .disableHostnameVerification()
                .build(); // without hostname verification
        // end snippet
        assertEquals(
                ConnectPhase.HANDSHAKE,
                failure(client(publicServers).connect("localhost", port, new EchoHandler()))
                        .phase());
        assertEquals(
                "TLSv1.3", echo(client(ownAuthority), "localhost").orElseThrow().protocol());
        assertEquals(
                CloseReason.HANDSHAKE_FAILED,
                failure(client(ownAuthority).connect("other.example", port, new EchoHandler()))
                        .reason());
        assertEquals(
                "TLSv1.3",
                echo(client(closedNetwork), "other.example").orElseThrow().protocol());
    }

    /** A client that resolves every name to this machine. */
    private Client client(TlsProfile tls) {
        return Client.builder(dispatcher)
                .tls(tls)
                .resolver(name -> CompletableFuture.completedFuture(List.of(LOOPBACK)))
                .build();
    }

    /** Has a byte echoed, so that what the server sends after its handshake has arrived as well. */
    private Optional<TlsSession> echo(Client client, String host) throws Exception {
        CompletableFuture<Byte> response = new CompletableFuture<>();
        Connection connection = client.connect(host, port, (c, data) -> response.complete(data.get()))
                .get();
        connection.write(ByteBuffer.wrap(new byte[] {42}));
        assertEquals((byte) 42, response.get());
        return connection.session();
    }

    private static ConnectFailedException failure(CompletableFuture<Connection> connecting) {
        ExecutionException thrown = assertThrows(ExecutionException.class, connecting::get);
        return assertInstanceOf(ConnectFailedException.class, thrown.getCause());
    }
}
