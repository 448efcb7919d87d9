// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionObserver;
import io.portcullis.Gate;
import io.portcullis.buffer.BufferPool;
import io.portcullis.internal.connection.ConnectionSettings;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.loop.DispatcherThread;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.wire.SocketTransport;
import io.portcullis.internal.wire.Wire;
import io.portcullis.tls.Filter;
import io.portcullis.tls.TestCertificates;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** A real dispatcher with strict buffers, for one test; it is closed at the end, and nothing may remain. */
final class TestDispatcher implements AutoCloseable {
    static final InetSocketAddress ANY_PORT = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);

    final BufferPool buffers = BufferPool.builder().strict(true).budget(1 << 30).build();
    final Dispatcher dispatcher;
    final String name;

    TestDispatcher(int threads) throws IOException {
        name = "test-" + Long.toHexString(System.nanoTime());
        dispatcher = Dispatcher.builder()
                .threads(threads)
                .name(name)
                .buffers(buffers)
                .build();
    }

    /** Polls until a condition holds that cannot be awaited otherwise. */
    static void until(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            LockSupport.parkNanos(100_000);
        }
    }

    /** A server on one free port. */
    Server server(Gate gate, Supplier<? extends ConnectionHandler> handlers) throws IOException {
        return Server.builder(dispatcher)
                .listen(ANY_PORT, gate)
                .handler(handlers)
                .start();
    }

    /** Listens for one connection, which uses this filter. */
    InetSocketAddress serveOne(Filter filter, ConnectionHandler handler) throws IOException {
        GroupMachine machine = dispatcher.machine();
        Endpoint endpoint = new Endpoint(machine, ConnectionSettings.DEFAULT, new ConnectionObserver() {});
        AsynchronousServerSocketChannel channel =
                AsynchronousServerSocketChannel.open(machine.crews().group()).bind(ANY_PORT);
        InetSocketAddress address = (InetSocketAddress) channel.getLocalAddress();
        dispatcher.register(new Dispatcher.Door() {
            @Override
            public Endpoint endpoint() {
                return endpoint;
            }

            @Override
            public void close() {
                endpoint.close();
            }
        });
        channel.accept(null, new CompletionHandler<AsynchronousSocketChannel, Void>() {
            @Override
            public void completed(AsynchronousSocketChannel accepted, @Nullable Void none) {
                try {
                    channel.close();
                    InetSocketAddress here = (InetSocketAddress) accepted.getLocalAddress();
                    endpoint.start(
                            new Wire(machine.nextId(), here, here, new SocketTransport(accepted)), filter, handler);
                } catch (IOException failure) {
                    throw new UncheckedIOException(failure);
                }
            }

            @Override
            public void failed(Throwable failure, @Nullable Void none) {
                throw new IllegalStateException(failure);
            }
        });
        return address;
    }

    /** The live threads of the group. */
    Set<Thread> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .filter(thread ->
                        thread instanceof DispatcherThread && thread.getName().startsWith(name))
                .collect(Collectors.toSet());
    }

    static Socket connect(Server server) throws IOException {
        InetSocketAddress address = server.addresses().get(0);
        Socket socket = new Socket(address.getAddress(), address.getPort());
        socket.setSoTimeout(20_000);
        socket.setTcpNoDelay(true);
        return socket;
    }

    /** The same, optionally under TLS, with the handshake done. */
    static Socket connect(Server server, boolean tls) throws IOException {
        Socket plain = connect(server);
        if (!tls) {
            return plain;
        }
        SSLSocket socket = (SSLSocket) TestCertificates.jdkClientContext()
                .getSocketFactory()
                .createSocket(plain, "localhost", plain.getPort(), true);
        socket.startHandshake();
        return socket;
    }

    /** Closes the dispatcher and waits until its last thread has ended. */
    void end() {
        dispatcher.close();
        try {
            dispatcher.closed().get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException failure) {
            throw new AssertionError("the dispatcher did not end", failure);
        }
    }

    @Override
    public void close() {
        end();
        assertEquals(List.of(), buffers.outstanding());
        assertEquals(0, buffers.statistics().activeLeases());
        assertEquals(0, dispatcher.statistics().connections());
        assertEquals(0, dispatcher.statistics().threads());
    }
}
