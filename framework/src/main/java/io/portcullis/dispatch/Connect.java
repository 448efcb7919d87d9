// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.tls.Filter;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One attempt to connect: resolves, connects, shakes hands; its future tells how it went. */
final class Connect implements ConnectionHandler {
    private final GroupMachine machine;
    private final Endpoint endpoint;
    private final ConnectionHandler handler;
    private final CompletableFuture<Connection> future = new CompletableFuture<>();
    private volatile boolean timedOut;
    private volatile @Nullable String server;

    Connect(GroupMachine machine, Endpoint endpoint, ConnectionHandler handler) {
        this.machine = machine;
        this.endpoint = endpoint;
        this.handler = handler;
    }

    CompletableFuture<Connection> future() {
        return future;
    }

    /** The client is closed. */
    void refuse() {
        future.completeExceptionally(new ClosedChannelException());
    }

    /** Resolves the name, which may block, and starts to connect. The endpoint was told of the connection before. */
    void start(String host, int port, Supplier<Filter> filter) {
        try {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException(host + " has no address; is the name right?");
            }
            server = host;
            connect(AsynchronousSocketChannel.open(machine.group()), address, filter);
        } catch (Throwable failure) {
            fail(failure);
        }
    }

    private void connect(AsynchronousSocketChannel channel, InetSocketAddress address, Supplier<Filter> filter)
            throws IOException {
        Transport transport = new SocketTransport(channel);
        endpoint.connecting(transport);
        Future<?> deadline = machine.schedule(
                () -> {
                    timedOut = true;
                    transport.close();
                },
                endpoint.settings().handshake());
        CompletionHandler<Void, @Nullable Void> connected = new CompletionHandler<>() {
            @Override
            public void completed(Void none, @Nullable Void nothing) {
                deadline.cancel(false);
                begin(channel, transport, address, filter);
            }

            @Override
            public void failed(Throwable failure, @Nullable Void nothing) {
                deadline.cancel(false);
                giveUp(transport, address, failure);
            }
        };
        try {
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            channel.connect(address, null, connected);
        } catch (IOException | RuntimeException failure) {
            connected.failed(failure, null);
        }
    }

    private void begin(
            AsynchronousSocketChannel channel,
            Transport transport,
            InetSocketAddress address,
            Supplier<Filter> filter) {
        try {
            InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
            Wire wire = new Wire(machine.nextId(), address, local, transport, server);
            endpoint.begin(wire, filter.get(), this);
            endpoint.connected(transport);
        } catch (Throwable failure) {
            giveUp(transport, address, failure);
        }
    }

    private void giveUp(Transport transport, InetSocketAddress address, Throwable failure) {
        transport.close();
        endpoint.connected(transport);
        String why = timedOut
                ? "no answer within "
                        + TimeUnit.NANOSECONDS.toMillis(endpoint.settings().handshake()) + " ms"
                : failure.toString();
        ConnectException explained = new ConnectException("cannot connect to " + address + ": " + why);
        explained.initCause(failure);
        fail(explained);
    }

    private void fail(Throwable failure) {
        future.completeExceptionally(failure);
        endpoint.leave();
    }

    @Override
    public void onOpen(Connection connection) {
        handler.onOpen(connection);
        future.complete(connection);
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        handler.onData(connection, data);
    }

    @Override
    public void onSecured(Connection connection) {
        handler.onSecured(connection);
    }

    @Override
    public void onWritable(Connection connection) {
        handler.onWritable(connection);
    }

    @Override
    public void onEndOfInput(Connection connection) {
        handler.onEndOfInput(connection);
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        if (!future.isDone()) {
            future.completeExceptionally(
                    cause != null ? cause : new IOException(connection + " did not open: " + reason));
        }
        handler.onClose(connection, reason, cause);
    }
}
