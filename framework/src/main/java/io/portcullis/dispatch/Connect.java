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
import java.nio.channels.CompletionHandler;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** One attempt to connect: resolves, connects, shakes hands; its future tells how it went. */
final class Connect implements ConnectionHandler {
    private final GroupMachine machine;
    private final Endpoint endpoint;
    private final ConnectionHandler handler;
    private final CompletableFuture<Connection> future = new CompletableFuture<>();

    Connect(GroupMachine machine, Endpoint endpoint, ConnectionHandler handler) {
        this.machine = machine;
        this.endpoint = endpoint;
        this.handler = handler;
    }

    CompletableFuture<Connection> future() {
        return future;
    }

    /** Resolves the name, which may block, and starts to connect. */
    void start(String host, int port, Supplier<Filter> filter) {
        InetSocketAddress address = new InetSocketAddress(host, port);
        if (address.isUnresolved()) {
            future.completeExceptionally(new UnknownHostException(host + " has no address; is the name right?"));
            return;
        }
        AsynchronousSocketChannel channel = null;
        try {
            channel = AsynchronousSocketChannel.open(machine.group());
            channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
            connect(channel, address, filter);
        } catch (IOException | RuntimeException failure) {
            fail(channel, address, failure);
        }
    }

    private void connect(AsynchronousSocketChannel channel, InetSocketAddress address, Supplier<Filter> filter) {
        Transport transport = new SocketTransport(channel);
        Runnable connected =
                machine.schedule(transport::close, endpoint.settings().handshake());
        channel.connect(address, null, new CompletionHandler<Void, @Nullable Void>() {
            @Override
            public void completed(Void none, @Nullable Void nothing) {
                connected.run();
                try {
                    InetSocketAddress local = (InetSocketAddress) channel.getLocalAddress();
                    Wire wire = new Wire(machine.nextId(), address, local, transport);
                    endpoint.start(wire, filter.get(), Connect.this);
                } catch (IOException | RuntimeException failure) {
                    fail(channel, address, failure);
                }
            }

            @Override
            public void failed(Throwable failure, @Nullable Void nothing) {
                connected.run();
                fail(channel, address, failure);
            }
        });
    }

    private void fail(@Nullable AsynchronousSocketChannel channel, InetSocketAddress address, Throwable failure) {
        if (channel != null) {
            new SocketTransport(channel).close();
        }
        ConnectException explained = new ConnectException("cannot connect to " + address + ": " + failure);
        explained.initCause(failure);
        future.completeExceptionally(explained);
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
