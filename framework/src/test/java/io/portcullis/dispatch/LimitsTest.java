// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static io.portcullis.dispatch.Echoes.assertRefused;
import static io.portcullis.dispatch.Echoes.connect;
import static io.portcullis.dispatch.Echoes.connectFrom;
import static io.portcullis.dispatch.Echoes.echo;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionLimit;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.internal.limit.Intake;
import io.portcullis.proxy.TrustedPeers;
import io.portcullis.tls.HandshakeFailure;
import io.portcullis.tls.TlsException;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Connections above a limit wait, or are refused and reported; places that are given back can be taken again. */
@Timeout(60)
class LimitsTest {
    private record Refused(InetAddress remote, String listener, ConnectionLimit limit) {}

    private final BlockingQueue<Refused> refused = new LinkedBlockingQueue<>();
    private final AtomicInteger living = new AtomicInteger();
    private final AtomicInteger most = new AtomicInteger();

    private final ConnectionObserver observer = new ConnectionObserver() {
        @Override
        public void onRefused(InetSocketAddress remote, String listener, ConnectionLimit limit) {
            refused.add(new Refused(remote.getAddress(), listener, limit));
        }

        @Override
        public void onAccepted(Connection connection) {
            int now = living.incrementAndGet();
            most.accumulateAndGet(now, Math::max);
        }

        @Override
        public void onClosed(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            living.decrementAndGet();
        }
    };

    private Rig rig(Gate gate, ConnectionLimits limits) throws IOException {
        return new Rig(
                gate,
                () -> Connection::write,
                settings -> settings.limits(limits).observer(observer));
    }

    private static InetSocketAddress address(Rig rig) {
        return rig.server.addresses().get(0);
    }

    @Test
    @DisplayName("R26 connections above the limit wait in the backlog")
    void connectionsAboveTheLimitWait() throws Exception {
        try (Rig rig = rig(Gate.plain(), ConnectionLimits.none().connections(2))) {
            Socket first = connect(address(rig));
            echo(first);
            try (Socket second = connect(address(rig));
                    Socket third = connect(address(rig));
                    Socket fourth = connect(address(rig))) {
                echo(second);
                third.getOutputStream().write('3');
                fourth.getOutputStream().write('4');
                echo(second);
                assertEquals(2, rig.server.listeners().get(0).connections());
                Echoes.leave(first);
                assertEquals('3', third.getInputStream().read());
                Echoes.leave(second);
                assertEquals('4', fourth.getInputStream().read());
            }
        }
        assertEquals(2, most.get());
        assertEquals(0, refused.size());
    }

    @Test
    @DisplayName("R26 connections above the limit are closed if so configured")
    void connectionsAboveTheLimitAreRefused() throws Exception {
        try (Rig rig = rig(Gate.plain(), ConnectionLimits.none().connections(1).refuse());
                Socket first = connect(address(rig))) {
            echo(first);
            for (int i = 0; i < 5; i++) {
                try (Socket next = connect(address(rig))) {
                    assertRefused(next);
                }
            }
            echo(first);
            String name = rig.server.listeners().get(0).name();
            InetAddress here = first.getLocalAddress();
            assertEquals(new Refused(here, name, ConnectionLimit.CONNECTIONS), refused.poll(20, TimeUnit.SECONDS));
            assertEquals(4, refused.size());
            Echoes.leave(first);
            awaitConnections(rig, 0);
            try (Socket next = connect(address(rig))) {
                echo(next);
            }
        }
    }

    @Test
    void anAddressHasALimitedNumberOfConnections() throws Exception {
        try (Rig rig = rig(Gate.plain(), ConnectionLimits.none().perAddress(1));
                Socket first = connect(address(rig));
                Socket other = connectFrom("127.0.0.2", address(rig))) {
            echo(first);
            echo(other);
            try (Socket second = connect(address(rig))) {
                assertRefused(second);
            }
            assertEquals(
                    ConnectionLimit.CONNECTIONS_OF_ADDRESS, refused.remove().limit());
            Echoes.leave(first);
            awaitConnections(rig, 1);
            try (Socket second = connect(address(rig))) {
                echo(second);
            }
        }
        assertEquals(0, refused.size());
    }

    /** Waits until this many connections are left, and the places of the others are free. */
    private static void awaitConnections(Rig rig, int count) {
        TestDispatcher.until(() -> rig.dispatcher.statistics().connections() == count);
    }

    private static Socket proxied(Rig rig, String client) throws IOException {
        Socket socket = connect(address(rig));
        socket.getOutputStream()
                .write(("PROXY TCP4 " + client + " 192.0.2.1 4711 443\r\n").getBytes(StandardCharsets.US_ASCII));
        return socket;
    }

    @Test
    void behindAProxyItsClientsAreCounted() throws Exception {
        TrustedPeers proxies = TrustedPeers.of("127.0.0.0/8");
        ConnectionLimits limits = ConnectionLimits.none().perAddress(1).exempt(proxies);
        try (Rig rig = rig(Gate.proxyProtocol(proxies, Gate.plain()), limits)) {
            try (Socket first = proxied(rig, "203.0.113.1");
                    Socket other = proxied(rig, "203.0.113.2")) {
                echo(first);
                echo(other);
                try (Socket second = proxied(rig, "203.0.113.1")) {
                    assertRefused(second);
                }
                Rig.End end = rig.nextEnd();
                assertTrue(
                        end.cause() instanceof TlsException failure && failure.failure() == HandshakeFailure.REFUSED,
                        end::toString);
                assertEquals(
                        InetAddress.getByName("203.0.113.1"), refused.remove().remote());
            }
            awaitConnections(rig, 0);
            try (Socket second = proxied(rig, "203.0.113.1")) {
                echo(second);
            }
        }
    }

    @Test
    @DisplayName(
            "a connection's place is given back even if counting addresses throws, so that the count cannot get stuck")
    void aPlaceIsReturnedDespiteExceptions() {
        Intake intake = new Intake(new VirtualMachine(), ConnectionLimits.none().connections(1));
        assertTrue(intake.enter());
        Object broken = new Object() {
            @Override
            public int hashCode() {
                throw new OutOfMemoryError("thrown by the test");
            }
        };
        assertThrows(OutOfMemoryError.class, () -> intake.leave(broken));
        assertTrue(intake.enter());
    }

    @Test
    void ofIpv6ANetworkIsCounted() throws Exception {
        Intake intake = new Intake(new VirtualMachine(), ConnectionLimits.none().perAddress(2));
        Object first = intake.enter(InetAddress.getByName("2001:db8:0:1::1"));
        Object second = intake.enter(InetAddress.getByName("2001:db8:0:1:ffff::2"));
        InetAddress third = InetAddress.getByName("2001:db8:0:1::3");
        assertThrows(Intake.TooMany.class, () -> intake.enter(third));
        Object other = intake.enter(InetAddress.getByName("2001:db8:0:2::1"));
        assertEquals(2, intake.addresses());
        intake.leave(first);
        intake.leave(intake.enter(third));
        intake.leave(second);
        intake.leave(other);
        assertEquals(0, intake.addresses(), "closed connections leave nothing behind");
    }

    @Test
    void aRateLetsABurstThroughAndThenOneAtATime() {
        VirtualMachine machine = new VirtualMachine();
        Intake intake = new Intake(machine, ConnectionLimits.none().perSecond(10));
        long interval = Duration.ofMillis(100).toNanos();
        for (int round = 0; round < 2; round++) {
            for (int i = 1; i < 10; i++) {
                assertEquals(0, intake.accepted(), "in a burst");
            }
            for (int i = 0; i < 5; i++) {
                assertEquals(interval, intake.accepted());
                machine.advance(Duration.ofNanos(interval));
            }
            machine.advance(Duration.ofSeconds(1));
        }
    }

    private static void awaitHeld(Listener listener) {
        TestDispatcher.until(() -> listener.acceptor().holds());
    }

    /**
     * Two listeners have an accepted connection each, the first one for longer, when a place becomes free that it no
     * longer needs.
     */
    private void passesItsTurnOn(Consumer<Listener> change) throws Exception {
        try (Rig rig = rig(Gate.plain(), ConnectionLimits.none().connections(1))) {
            Listener first = rig.server.listeners().get(0);
            Listener second = rig.server.listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain()));
            Socket inside = connect(first.address());
            echo(inside);
            try (Socket waiting = connect(first.address())) {
                awaitHeld(first);
                Socket served = connect(second.address());
                awaitHeld(second);
                change.accept(first);
                inside.close();
                echo(served);
                served.close();
                assertTrue(waiting.isConnected());
            }
        }
    }

    @Test
    void aListenerThatClosesPassesItsTurnOn() throws Exception {
        passesItsTurnOn(Listener::close);
    }

    @Test
    void aListenerThatIsSuspendedPassesItsTurnOn() throws Exception {
        passesItsTurnOn(Listener::suspend);
    }

    @Test
    void manyAtOnceAreAllServedUnderASmallLimit() throws Exception {
        ExecutorService threads = Executors.newFixedThreadPool(32);
        try (Rig rig = rig(Gate.plain(), ConnectionLimits.none().connections(3).perSecond(100_000))) {
            Listener second = rig.server.listen(Listener.at(TestDispatcher.ANY_PORT, Gate.plain()));
            List<Callable<Void>> clients = new ArrayList<>();
            for (int i = 0; i < 400; i++) {
                InetSocketAddress target = i % 2 == 0 ? address(rig) : second.address();
                clients.add(() -> {
                    try (Socket socket = connect(target)) {
                        echo(socket);
                    }
                    return null;
                });
            }
            for (Future<Void> client : threads.invokeAll(clients)) {
                client.get();
            }
        } finally {
            threads.shutdown();
        }
        assertTrue(most.get() <= 3, () -> most + " at a time");
        assertEquals(0, living.get());
    }

    @Test
    void aLimitOfZeroIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> ConnectionLimits.none().connections(0));
        assertThrows(
                IllegalArgumentException.class, () -> ConnectionLimits.none().perAddress(0));
        assertThrows(
                IllegalArgumentException.class, () -> ConnectionLimits.none().perSecond(0));
    }
}
