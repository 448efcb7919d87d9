// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.spi.ILoggingEvent;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.internal.accept.Reception;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.GroupMachine;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.parallel.ResourceLock;

/** A thread of the group dies, and all of them are replaced. */
@Timeout(60)
@ResourceLock(CapturedLog.RESOURCE)
class ReplacedThreadsTest {
    @Test
    void servesOnItsPortAndEnds() throws Exception {
        Dispatcher dispatcher = Dispatcher.builder().threads(2).build();
        Server server = Server.builder(dispatcher)
                .listen(TestDispatcher.ANY_PORT, Gate.plain())
                .handler(() -> (connection, data) -> connection.write(data))
                .start();
        for (int i = 0; i < 3; i++) {
            try (Socket socket = await(server.addresses().get(0))) {
                assertEquals('x', echo(socket));
            }
            AsynchronousServerSocketChannel channel =
                    server.listeners().get(0).acceptor().channel();
            killOne(dispatcher.machine());
            TestDispatcher.until(
                    () -> !channel.equals(server.listeners().get(0).acceptor().channel()));
        }
        dispatcher.close();
        dispatcher.closed().get(20, TimeUnit.SECONDS);
        assertEquals(0, dispatcher.statistics().threads());
    }

    @Test
    void aConnectionThatASuspendedListenerHoldsIsNotLost() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            Server server = test.server(Gate.plain(), () -> (connection, data) -> connection.write(data));
            Listener listener = server.listeners().get(0);
            listener.suspend();
            try (Socket before = TestDispatcher.connect(server)) {
                TestDispatcher.until(() -> listener.acceptor().holds());
                AsynchronousServerSocketChannel channel = listener.acceptor().channel();
                killOne(test.dispatcher.machine());
                TestDispatcher.until(() -> !channel.equals(listener.acceptor().channel()));
                try (Socket behind = TestDispatcher.connect(server)) {
                    listener.resume();
                    assertEquals('x', echo(before));
                    assertEquals('x', echo(behind));
                }
            }
        }
    }

    @Test
    void aListenerOfAReplacedGroupIsReopened() throws Exception {
        try (TestDispatcher test = new TestDispatcher(2)) {
            GroupMachine machine = test.dispatcher.machine();
            AsynchronousChannelGroup old = machine.crews().group();
            AsynchronousServerSocketChannel channel =
                    AsynchronousServerSocketChannel.open(old).bind(TestDispatcher.ANY_PORT);
            InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
            killOne(machine);
            Endpoint endpoint = new Endpoint(machine, ConnectionSettings.DEFAULT, new ConnectionObserver() {});
            Listener listener = new Listener(
                            machine,
                            new Reception(endpoint, test.dispatcher.connector()),
                            Listener.at(address, Gate.plain()),
                            ListenerSockets.DEFAULT,
                            () -> (connection, data) -> connection.write(data),
                            channel,
                            () -> AsynchronousServerSocketChannel.open(
                                            machine.crews().group())
                                    .bind(address),
                            address)
                    .openedIn(old, machine);
            TestDispatcher.until(() -> !channel.isOpen());
            TestDispatcher.until(() -> echoes(address));
            listener.close();
            endpoint.close();
        }
    }

    @Test
    void threadsThatDieAgainAndAgainHaveOneStackTraceInTheLog() throws Exception {
        try (CapturedLog log = CapturedLog.at(Level.ERROR)) {
            try (TestDispatcher test = new TestDispatcher(1)) {
                killOne(test.dispatcher.machine());
                killOne(test.dispatcher.machine());
            }
            List<ILoggingEvent> lines = log.events().stream()
                    .filter(event -> event.getFormattedMessage().contains("all threads are replaced"))
                    .toList();
            assertEquals(2, lines.size());
            assertNotNull(lines.get(0).getThrowableProxy());
            assertNull(lines.get(1).getThrowableProxy());
        }
    }

    /** An Error thrown by a completion handler kills the thread that it runs on; returns when its successors run. */
    private static void killOne(GroupMachine machine) throws Exception {
        AsynchronousChannelGroup group = machine.crews().group();
        try (AsynchronousServerSocketChannel anybody =
                        AsynchronousServerSocketChannel.open(group).bind(TestDispatcher.ANY_PORT);
                AsynchronousSocketChannel channel = AsynchronousSocketChannel.open(group)) {
            channel.connect(anybody.getLocalAddress(), null, new CompletionHandler<Void, Void>() {
                @Override
                public void completed(@Nullable Void nothing, @Nullable Void none) {
                    throw new LinkageError("on purpose");
                }

                @Override
                public void failed(Throwable failure, @Nullable Void none) {
                    throw new IllegalStateException(failure);
                }
            });
            TestDispatcher.until(() -> !group.equals(machine.crews().group()));
        }
    }

    private static Socket await(InetSocketAddress address) throws IOException {
        while (true) {
            Socket socket = new Socket();
            try {
                socket.connect(address);
                return socket;
            } catch (IOException notYet) {
                socket.close();
                LockSupport.parkNanos(100_000);
            }
        }
    }

    /** A connection that still reached the old socket is reset. */
    private static boolean echoes(InetSocketAddress address) {
        try (Socket socket = await(address)) {
            return echo(socket) == 'x';
        } catch (IOException notYet) {
            return false;
        }
    }

    private static int echo(Socket socket) throws IOException {
        socket.setSoTimeout(20_000);
        socket.getOutputStream().write('x');
        return socket.getInputStream().read();
    }
}
