// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.CloseReason;
import io.portcullis.ConnectionHandler;
import io.portcullis.Decision;
import io.portcullis.Gate;
import io.portcullis.proxy.ProxyHeader;
import io.portcullis.proxy.ProxyVersion;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Gates over real sockets. */
@Timeout(60)
class GateSocketsTest {
    private static final byte[] LINE = "hello\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII);

    private static ConnectionHandler echo() {
        return (connection, data) -> connection.write(data);
    }

    @Test
    @DisplayName("R16 a pending decision delays no other connection, even with one thread")
    void aPendingDecisionDelaysNoOther() throws Exception {
        CompletableFuture<Decision> slow = new CompletableFuture<>();
        AtomicInteger asked = new AtomicInteger();
        Gate gate = peer -> asked.getAndIncrement() == 0 ? Decision.later(slow) : Decision.plain();
        try (TestDispatcher test = new TestDispatcher(1)) {
            Server server = test.server(gate, GateSocketsTest::echo);
            try (Socket first = TestDispatcher.connect(server)) {
                first.getOutputStream().write(LINE);
                for (int i = 0; i < 20; i++) {
                    try (Socket other = TestDispatcher.connect(server)) {
                        other.getOutputStream().write(LINE);
                        assertArrayEquals(LINE, other.getInputStream().readNBytes(LINE.length));
                    }
                }
                assertEquals(0, first.getInputStream().available());
                slow.complete(Decision.plain());
                assertArrayEquals(LINE, first.getInputStream().readNBytes(LINE.length));
            }
        }
    }

    @Test
    void relaysALargeStreamBothWaysToItsEnd() throws Exception {
        byte[] stream = new byte[8 << 20];
        new Random(8).nextBytes(stream);
        try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread echo = new Thread(() -> echoOnce(target));
            echo.start();
            InetSocketAddress address = InetSocketAddress.createUnresolved("localhost", target.getLocalPort());
            try (Rig rig = new Rig(peer -> Decision.relay(address), GateSocketsTest::echo);
                    Socket socket = rig.connect()) {
                Thread sender = new Thread(() -> send(socket, stream));
                sender.start();
                assertArrayEquals(stream, socket.getInputStream().readAllBytes());
                assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
                assertEquals(CloseReason.PEER_CLOSE, rig.nextEnd().reason());
                sender.join();
            }
            echo.join();
        }
    }

    /** The target's end arrives while the client's side of the relay is still being opened, or just after that. */
    @Test
    void theEndOfATargetThatRespondsAndClosesAtOnceReachesEveryClient() throws Exception {
        int clients = 200;
        try (ServerSocket target = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
            Thread answers = new Thread(() -> answerAndClose(target, clients));
            answers.start();
            InetSocketAddress address = (InetSocketAddress) target.getLocalSocketAddress();
            try (Rig rig = new Rig(peer -> Decision.relay(address), GateSocketsTest::echo)) {
                for (int i = 0; i < clients; i++) {
                    try (Socket socket = rig.connect()) {
                        assertArrayEquals(LINE, socket.getInputStream().readAllBytes());
                    }
                }
            }
            answers.join();
        }
    }

    private static void answerAndClose(ServerSocket target, int times) {
        try {
            for (int i = 0; i < times; i++) {
                try (Socket socket = target.accept()) {
                    socket.getOutputStream().write(LINE);
                }
            }
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    /** Echoes the bytes, and then the end. */
    private static void echoOnce(ServerSocket target) {
        try (Socket socket = target.accept()) {
            InputStream in = socket.getInputStream();
            in.transferTo(socket.getOutputStream());
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    private static void send(Socket socket, byte[] stream) {
        try {
            socket.getOutputStream().write(stream);
            socket.shutdownOutput();
        } catch (IOException failure) {
            throw new AssertionError(failure);
        }
    }

    @Test
    @DisplayName("R11 a trusted peer's header before TLS gives the connection the client's address")
    void aHeaderBeforeTls() throws Exception {
        InetSocketAddress client = new InetSocketAddress("203.0.113.9", 4711);
        CompletableFuture<InetSocketAddress> remote = new CompletableFuture<>();
        Gate gate =
                Gate.proxyProtocol(TrustedPeers.of("127.0.0.0/8", "::1"), Gate.tls(TestCertificates.serverProfile()));
        try (Rig rig = new Rig(gate, () -> (connection, data) -> {
                    remote.complete(connection.remoteAddress());
                    connection.write(data);
                });
                Socket socket = rig.connect()) {
            InetSocketAddress here = (InetSocketAddress) socket.getRemoteSocketAddress();
            socket.getOutputStream()
                    .write(ProxyHeader.of(client, here).encode(ProxyVersion.V2).array());
            TlsPeer peer = new TlsPeer(socket, "TLSv1.3");
            assertArrayEquals(
                    LINE, peer.wrap(java.nio.ByteBuffer.wrap(LINE)).flush().read(LINE.length));
            assertEquals(client, remote.get());
        }
    }
}
