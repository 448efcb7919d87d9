// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.ConnectPhase;
import io.portcullis.ConnectTrace;
import io.portcullis.Connection;
import io.portcullis.Gate;
import io.portcullis.internal.loop.DispatcherThread;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Addresses, resolvers, headers and limits, on real sockets. */
@Timeout(60)
class ClientTest extends RealClients {
    private static final InetAddress IPV6 = VirtualClient.address("::1");

    @Test
    void theNextAddressIsUsedWhenOneRefuses() throws Exception {
        int port = serve(Gate.plain());
        Client client = client(builder -> builder.resolver(to("127.0.0.99", "127.0.0.98", "127.0.0.1")));
        Connection connection = exchange(client, "somewhere.example", port);
        assertEquals("127.0.0.1", connection.remoteAddress().getAddress().getHostAddress());
        ConnectTrace trace = traces.take();
        assertEquals(3, trace.attempts().size());
        assertTrue(trace.attempts().get(0).failure().isPresent());
    }

    @Test
    void bothFamiliesAreTried() throws Exception {
        Assumptions.assumeTrue(hasIpv6(), "there is no ::1");
        int four = serve(Gate.plain());
        Client client = client(builder -> builder.resolver(to("127.0.0.1", "::1")));
        assertEquals(
                "127.0.0.1",
                exchange(client, "dual.example", four)
                        .remoteAddress()
                        .getAddress()
                        .getHostAddress());
        Server both = Server.builder(test.dispatcher)
                .listen(new InetSocketAddress(IPV6, 0), Gate.plain())
                .handler(() -> ECHO)
                .start();
        int six = both.addresses().get(0).getPort();
        assertEquals(IPV6, exchange(client, "dual.example", six).remoteAddress().getAddress());
        assertEquals(IPV6, exchange(client, "[::1]", six).remoteAddress().getAddress());
    }

    @Test
    @SuppressWarnings("NullAway") // on purpose
    void aClientThatIsGivenNoProfileIsNotPlainInstead() {
        Client client = client(builder -> builder);
        Client.Builder builder = Client.builder(test.dispatcher);
        assertThrows(NullPointerException.class, () -> builder.tls(null));
        assertThrows(NullPointerException.class, () -> builder.proxyHeader(null));
        assertThrows(NullPointerException.class, () -> builder.admission(null));
        assertThrows(NullPointerException.class, () -> client.connect("localhost", 1, ECHO, null));
        assertThrows(NullPointerException.class, () -> client.connect("localhost", 1, null));
        assertThrows(NullPointerException.class, () -> client.connect(null, 1, ECHO));
        assertThrows(NullPointerException.class, () -> client.pool(null, 1));
    }

    @Test
    void namesAreResolvedOffTheDispatcherThreads() throws Exception {
        int port = serve(Gate.plain());
        CompletableFuture<Thread> resolving = new CompletableFuture<>();
        Client client = client(builder -> builder.resolver(host -> {
            resolving.complete(Thread.currentThread());
            return to("127.0.0.1").resolve(host);
        }));
        exchange(client, "slow.example", port);
        assertFalse(get(resolving) instanceof DispatcherThread);
    }

    @ParameterizedTest
    @EnumSource
    void aProxyHeaderGoesBeforeTls(ProxyVersion version) throws Exception {
        ProxyHeader header =
                ProxyHeader.of(new InetSocketAddress("203.0.113.5", 5555), new InetSocketAddress("203.0.113.6", 443));
        Client client =
                client(builder -> builder.tls(TestCertificates.clientProfile()).proxyHeader(version));
        try (ServerSocket server = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            CompletableFuture<Connection> own = client.connect("127.0.0.1", server.getLocalPort(), ECHO);
            try (Socket socket = server.accept()) {
                InetSocketAddress peer = (InetSocketAddress) socket.getRemoteSocketAddress();
                InetSocketAddress here = (InetSocketAddress) socket.getLocalSocketAddress();
                assertStart(socket, ProxyHeader.of(peer, here), version);
            }
            assertEquals(ConnectPhase.HANDSHAKE, failure(own).phase());
            CompletableFuture<Connection> given = client.connect("127.0.0.1", server.getLocalPort(), ECHO, header);
            try (Socket socket = server.accept()) {
                assertStart(socket, header, version);
            }
            assertEquals(ConnectPhase.HANDSHAKE, failure(given).phase());
        }
    }

    @Test
    void aStormOfConnectsIsServedAFewAtATime() throws Exception {
        AdmissionLimit few = new AdmissionLimit(4, 1000, Duration.ofMinutes(1));
        Server server = Server.builder(test.dispatcher)
                .listen(TestDispatcher.ANY_PORT, Gate.tls(TestCertificates.serverProfile()))
                .handler(() -> ECHO)
                .admission(few)
                .start();
        int port = server.addresses().get(0).getPort();
        Client client =
                client(builder -> builder.tls(TestCertificates.clientProfile()).admission(few));
        CompletableFuture<?>[] all = new CompletableFuture<?>[200];
        for (int i = 0; i < all.length; i++) {
            all[i] = client.connect("localhost", port, ECHO);
        }
        get(CompletableFuture.allOf(all));
        assertEquals(0, client.dialer().admission().admitted());
        assertEquals(0, client.dialer().admission().queued());
        client.abort();
        get(client.closed());
        assertEquals(
                CloseReason.SHUTDOWN,
                failure(client.connect("localhost", port, ECHO)).reason());
    }

    @Test
    void theStatisticsTellHowManyWaitForAdmission() throws Exception {
        int port = serve(Gate.plain());
        CountDownLatch asked = new CountDownLatch(1);
        CompletableFuture<List<InetAddress>> answer = new CompletableFuture<>();
        NameResolver slow = host -> {
            asked.countDown();
            return answer;
        };
        Client client =
                client(builder -> builder.resolver(slow).admission(new AdmissionLimit(1, 10, Duration.ofMinutes(1))));
        CompletableFuture<Connection> first = client.connect("slow.example", port, ECHO);
        awaitUninterruptibly(asked);
        assertEquals(0, waiting());
        CompletableFuture<Connection> second = client.connect("slow.example", port, ECHO);
        CompletableFuture<Connection> third = client.connect("slow.example", port, ECHO);
        awaitWaiting(2);
        assertTrue(second.cancel(false));
        awaitWaiting(1);
        answer.complete(List.of(InetAddress.getLoopbackAddress()));
        get(first);
        get(third);
        assertEquals(0, waiting());
    }

    private int waiting() {
        return test.dispatcher.statistics().awaitingAdmission();
    }

    /** A connect requests admission on a thread of the dispatcher. */
    private void awaitWaiting(int count) {
        while (waiting() != count) {
            LockSupport.parkNanos(100_000);
        }
    }

    private static boolean hasIpv6() {
        try (var probe = new ServerSocket(0, 1, IPV6)) {
            return probe.isBound();
        } catch (IOException none) {
            return false;
        }
    }

    private static void assertStart(Socket socket, ProxyHeader header, ProxyVersion version) throws IOException {
        byte[] expected = header.encode(version).array();
        assertArrayEquals(expected, socket.getInputStream().readNBytes(expected.length));
        assertEquals(22, socket.getInputStream().read(), "a ClientHello");
    }
}
