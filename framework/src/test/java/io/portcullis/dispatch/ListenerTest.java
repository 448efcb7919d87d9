// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static io.portcullis.dispatch.Echoes.connect;
import static io.portcullis.dispatch.Echoes.echo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.Connection;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.TestCertificates;
import io.portcullis.tls.TlsProfile;
import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Listeners are added, removed and suspended while the server runs; their connections are not affected. */
@Timeout(60)
class ListenerTest {
    private final Queue<Optional<String>> names = new ConcurrentLinkedQueue<>();
    private TestDispatcher test;
    private Server server;

    @BeforeEach
    void start() throws IOException {
        test = new TestDispatcher(2);
        server = Server.builder(test.dispatcher)
                .listen(TestDispatcher.ANY_PORT, Gate.plain())
                .listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain()).name("second"))
                .handler(() -> Connection::write)
                .observer(new ConnectionObserver() {
                    @Override
                    public void onAccepted(Connection connection) {
                        names.add(connection.listenerName());
                    }
                })
                .start();
    }

    @AfterEach
    void everythingIsReturned() {
        test.close();
    }

    private Listener listener(int index) {
        return server.listeners().get(index);
    }

    @Test
    void clientsOfASuspendedListenerWaitUntilItIsResumed() throws Exception {
        Listener first = listener(0);
        first.suspend();
        assertTrue(first.suspended());
        List<Socket> waiting = new ArrayList<>();
        for (int i = 0; i < 3; i++) {
            Socket socket = connect(first.address());
            socket.getOutputStream().write('w');
            waiting.add(socket);
        }
        try (Socket other = connect(listener(1).address())) {
            echo(other);
            assertEquals(0, first.connections());
            assertEquals(1, listener(1).connections());
        }
        first.resume();
        for (Socket socket : waiting) {
            assertEquals('w', socket.getInputStream().read());
        }
        assertEquals(3, first.connections());
        first.suspend();
        for (Socket socket : waiting) {
            echo(socket);
            socket.close();
        }
    }

    @Test
    void suspendingAndResumingRepeatedlyLosesNoConnection() throws Exception {
        Listener first = listener(0);
        for (int i = 0; i < 200; i++) {
            first.suspend();
            try (Socket socket = connect(first.address())) {
                first.resume();
                echo(socket);
            }
        }
    }

    @Test
    void aListenerIsAddedAndRemovedWhileTheServerRuns() throws Exception {
        Listener added = server.listen(
                Listener.at(TestDispatcher.ANY_PORT, Gate.plain()).name("late").suspended());
        assertEquals(
                List.of("late"),
                server.listeners().stream().skip(2).map(Listener::name).toList());
        InetSocketAddress address = added.address();
        try (Socket socket = connect(address)) {
            added.resume();
            echo(socket);
            added.close();
            assertFalse(added.isOpen());
            assertEquals(2, server.addresses().size());
            assertThrows(ConnectException.class, () -> connect(address));
            echo(socket);
            assertEquals(1, added.connections());
        }
    }

    @Test
    void aClosedServerTakesNoMoreListeners() throws Exception {
        server.close();
        var late = Listener.at(TestDispatcher.ANY_PORT, Gate.plain());
        assertThrows(IllegalStateException.class, () -> server.listen(late));
        assertEquals(List.of(), server.listeners());
    }

    @Test
    void aConnectionKnowsWhatAcceptedIt() throws Exception {
        for (int i = 0; i < 2; i++) {
            try (Socket socket = connect(listener(i).address())) {
                echo(socket);
            }
        }
        String first = "127.0.0.1:" + listener(0).address().getPort();
        assertTrue(
                List.copyOf(names).equals(List.of(Optional.of(listener(0).name()), Optional.of("second"))),
                names::toString);
        assertTrue(
                listener(0).name().equals(first) || listener(0).name().startsWith("localhost:"),
                () -> listener(0).name());
        Listener everywhere = server.listen(Listener.at(0, Gate.plain()));
        assertEquals("*:" + everywhere.address().getPort(), everywhere.name());
    }

    @Test
    void closingAfterTheEndOfTheThreadsIsNoError() {
        test.dispatcher.machine().end();
        server.close();
        assertEquals(List.of(), server.listeners());
    }

    @Test
    void aSuspendedListenerIsClosedWithItsConnections() throws Exception {
        listener(0).suspend();
        try (Socket socket = connect(listener(0).address())) {
            server.close();
            Echoes.assertRefused(socket);
        }
    }

    /** An invalid configuration must not be detected only by the first client. */
    @Test
    void aProfileWithoutACertificateIsRefusedBeforeTheFirstClient() {
        TlsProfile without = TlsProfile.trustingSystem();
        for (Gate gate : List.of(
                Gate.tls(without),
                Gate.detect(without),
                Gate.bySni(Map.of("localhost", TestCertificates.serverProfile(), "other", without), null),
                Gate.requireTls(Gate.tls(without), "no"),
                Gate.proxyProtocol(TrustedPeers.of("127.0.0.0/8"), Gate.tls(without)))) {
            Listener.Settings settings = Listener.at(TestDispatcher.ANY_PORT, gate);
            assertThrows(IllegalArgumentException.class, () -> server.listen(settings));
            assertThrows(
                    IllegalArgumentException.class,
                    () -> Server.builder(test.dispatcher)
                            .listen(settings)
                            .handler(() -> Connection::write)
                            .start());
        }
        assertEquals(2, server.listeners().size());
    }

    /** The hint must belong to the failure. 192.0.2.1 is not assigned (RFC 5737). */
    @Test
    void aForeignAddressIsNotABusyPort() {
        String ofAnother = refusal(new InetSocketAddress("192.0.2.1", 0));
        assertTrue(ofAnother.contains("not an address of this machine"), ofAnother);
        String busy = refusal(listener(0).address());
        assertTrue(busy.contains("stop the program that uses the port"), busy);
    }

    private String refusal(InetSocketAddress address) {
        return String.valueOf(assertThrows(BindException.class, () -> server.listen(Listener.at(address, Gate.plain())))
                .getMessage());
    }
}
