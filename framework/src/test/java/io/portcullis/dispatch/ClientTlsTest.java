// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectFailedException;
import io.portcullis.ConnectPhase;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.tls.ClientAuth;
import io.portcullis.tls.NotOn;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsException;
import io.portcullis.tls.TlsProfile;
import io.portcullis.tls.TlsSession;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.LinkedBlockingQueue;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A client under TLS, on real sockets. */
@Timeout(60)
class ClientTlsTest extends RealClients {
    @Test
    void aNameIsVerifiedAndAnAddressToo() throws Exception {
        int port = serve(Gate.tls(TestCertificates.issued().serverProfile()));
        Client client = client(TestCertificates.clientProfile());
        for (String host : List.of("localhost", "127.0.0.1")) {
            exchange(client, host, port);
        }
        Client wrong =
                client(builder -> builder.tls(TestCertificates.clientProfile()).resolver(to("127.0.0.1")));
        ConnectFailedException failure = failure(wrong.connect("other.example", port, ECHO));
        assertEquals(ConnectPhase.HANDSHAKE, failure.phase());
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
        assertInstanceOf(TlsException.class, failure.getCause());
        assertEquals(
                ConnectPhase.HANDSHAKE,
                failure(client.connect(
                                "127.0.0.2", portOnAll(TestCertificates.issued().serverProfile()), ECHO))
                        .phase());
        TlsProfile careless =
                TestCertificates.clientBuilder().disableHostnameVerification().build();
        exchange(client(builder -> builder.tls(careless).resolver(to("127.0.0.1"))), "other.example", port);
    }

    @Test
    void aServerThatIsNotTrustedIsRefused() throws Exception {
        int port = serve(Gate.tls(TestCertificates.stranger().serverProfile()));
        ConnectFailedException failure =
                failure(client(TestCertificates.clientProfile()).connect("localhost", port, ECHO));
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
    }

    @Test
    void aNameThatNoServerCanHaveIsRefused() throws Exception {
        int port = serve(Gate.tls(TestCertificates.serverProfile()));
        Client client =
                client(builder -> builder.tls(TestCertificates.clientProfile()).resolver(to("127.0.0.1")));
        ConnectFailedException failure = failure(client.connect("not_a_name", port, ECHO));
        assertTrue(String.valueOf(failure.getMessage()).contains("cannot be the name of a server"), failure::toString);
    }

    @Test
    @DisplayName("R12 ALPN without a common protocol fails the connect; otherwise the selected protocol is available")
    void applicationProtocolsAreNegotiated() throws Exception {
        int port = serve(
                Gate.tls(TestCertificates.serverBuilder().alpn("h2", "http/1.1").build()));
        Client modern = client(TestCertificates.clientBuilder().alpn("http/1.1").build());
        assertEquals(
                "http/1.1",
                exchange(modern, "localhost", port)
                        .session()
                        .orElseThrow()
                        .applicationProtocol()
                        .orElseThrow());
        Client strange = client(TestCertificates.clientBuilder().alpn("gopher").build());
        ConnectFailedException failure = failure(strange.connect("localhost", port, ECHO));
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
        assertInstanceOf(TlsException.class, failure.getCause());
    }

    @Test
    @DisplayName("R12 a server name that is not served fails the connect of the client that requests it")
    void anUnknownServerNameFailsTheConnect() throws Exception {
        int port = serve(Gate.bySni(Map.of("localhost", TestCertificates.serverProfile()), null));
        Client client =
                client(builder -> builder.tls(TestCertificates.clientProfile()).resolver(to("127.0.0.1")));
        exchange(client, "localhost", port);
        ConnectFailedException failure = failure(client.connect("other.example", port, ECHO));
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
    }

    @Test
    void aClientCertificateIsPresented() throws Exception {
        TlsProfile strict = TestCertificates.serverBuilder()
                .clientAuth(ClientAuth.NEED)
                .trust(TestCertificates.authority().certificate())
                .protocols("TLSv1.2")
                .build();
        BlockingQueue<TlsSession> sessions = new LinkedBlockingQueue<>();
        int port = test.server(Gate.tls(strict), () -> new ConnectionHandler() {
                    @Override
                    public void onOpen(Connection connection) {
                        sessions.add(connection.session().orElseThrow());
                    }

                    @Override
                    public void onData(Connection connection, ByteBuffer data) {
                        connection.write(data);
                    }
                })
                .addresses()
                .get(0)
                .getPort();
        TlsProfile known = TestCertificates.clientBuilder()
                .certificate(
                        TestCertificates.client().key(),
                        TestCertificates.client().certificate())
                .build();
        exchange(client(known), "localhost", port);
        assertEquals(
                TestCertificates.client().certificate(),
                sessions.take().peerCertificates().get(0));
        ConnectFailedException failure =
                failure(client(TestCertificates.clientProfile()).connect("localhost", port, ECHO));
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
    }

    @ParameterizedTest
    @ValueSource(strings = {"TLSv1.2", "TLSv1.3"})
    void theConnectionsOfAProfileResumeItsSessions(String protocol) throws Exception {
        int port = serve(Gate.tls(TestCertificates.serverProfile()));
        TlsProfile profile =
                TestCertificates.clientBuilder().protocols(protocol).build();
        Client one = client(profile);
        Client other = client(profile);
        assertFalse(exchange(one, "localhost", port).session().orElseThrow().resumed());
        assertTrue(exchange(one, "localhost", port).session().orElseThrow().resumed());
        assertTrue(exchange(other, "localhost", port).session().orElseThrow().resumed());
        Client stranger =
                client(TestCertificates.clientBuilder().protocols(protocol).build());
        assertFalse(
                exchange(stranger, "localhost", port).session().orElseThrow().resumed());
    }

    @Test
    void securedCanBeAwaitedWithoutAHandler() throws Exception {
        int port = serve(Gate.tls(TestCertificates.serverProfile()));
        CompletableFuture<TlsSession> early = new CompletableFuture<>();
        Client client = Client.builder(test.dispatcher)
                .tls(TestCertificates.clientProfile())
                .observer(new ConnectionObserver() {
                    @Override
                    public void onAccepted(Connection connection) {
                        var unused = connection.secured().thenAccept(early::complete);
                    }
                })
                .build();
        Connection connection = get(client.connect("localhost", port, ECHO));
        assertEquals(connection.session().orElseThrow(), get(early));
        assertEquals(connection.session().orElseThrow(), get(connection.secured()));

        Connection plain = get(client(builder -> builder).connect("127.0.0.1", serve(Gate.plain()), ECHO));
        CompletableFuture<TlsSession> never = plain.secured();
        plain.abort();
        ExecutionException ended = assertThrows(ExecutionException.class, () -> get(never));
        assertInstanceOf(java.nio.channels.ClosedChannelException.class, ended.getCause());
    }

    @Test
    @NotOn(value = "conscrypt", because = "its handshakes have no tasks")
    @DisplayName("R16 a handshake task that does not return ends its own connect at the deadline, and no other")
    void aTaskThatBlocksEndsItsConnectAtTheDeadline() throws Exception {
        CountDownLatch judged = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        int port = serve(Gate.tls(TestCertificates.serverProfile()));
        TlsProfile blocking = TlsProfile.builder()
                .sslContext(TestCertificates.contextJudgedBy(() -> {
                    judged.countDown();
                    awaitUninterruptibly(release);
                }))
                .build();
        Client stuck = client(builder -> builder.tls(blocking).handshakeTimeout(Duration.ofMillis(300)));
        CompletableFuture<Connection> never = stuck.connect("localhost", port, ECHO);
        judged.await();
        Client other = client(TestCertificates.clientProfile());
        exchange(other, "127.0.0.1", port);
        ConnectFailedException failure = failure(never);
        assertEquals(CloseReason.HANDSHAKE_TIMEOUT, failure.reason());
        assertEquals(0, stuck.dialer().admission().admitted());
        release.countDown();
    }

    @Test
    @NotOn(value = "conscrypt", because = "its handshakes have no tasks")
    @DisplayName("R16 a handshake task that throws fails its connect")
    void aTaskThatThrowsFailsItsConnect() throws Exception {
        int port = serve(Gate.tls(TestCertificates.serverProfile()));
        TlsProfile throwing = TlsProfile.builder()
                .sslContext(TestCertificates.contextJudgedBy(() -> {
                    throw new IllegalStateException("on purpose");
                }))
                .build();
        ConnectFailedException failure = failure(client(throwing).connect("localhost", port, ECHO));
        assertEquals(ConnectPhase.HANDSHAKE, failure.phase());
        assertEquals(CloseReason.HANDSHAKE_FAILED, failure.reason());
    }
}
