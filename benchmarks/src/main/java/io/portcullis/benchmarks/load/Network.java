// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One event loop and its sockets: epoll if its native library is available. */
final class Network implements AutoCloseable {
    /** Fewer than the 28,232 ephemeral ports that Linux provides for each source address. */
    private static final int CONNECTIONS_PER_ADDRESS = 20_000;

    private static final int CONNECT_TIMEOUT_MILLIS = 10_000;

    private final EventLoopGroup loop;
    private final Class<? extends SocketChannel> channel;

    Network() {
        boolean epoll = Epoll.isAvailable();
        IoHandlerFactory factory = epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory();
        loop = new MultiThreadIoEventLoopGroup(1, factory);
        channel = epoll ? EpollSocketChannel.class : NioSocketChannel.class;
    }

    EventLoopGroup loop() {
        return loop;
    }

    /**
     * Connects.
     *
     * @param slot the index of the connection; determines the source address and which session is resumed
     * @param port the port of the server
     * @param tls null for plain
     * @param resume whether the session of the same slot may be resumed
     * @param handler the handler of the bytes
     * @return a future that completes when the connect has succeeded or failed
     */
    ChannelFuture connect(int slot, int port, @Nullable SslContext tls, boolean resume, ChannelHandler handler) {
        Bootstrap bootstrap = new Bootstrap()
                .group(loop)
                .channel(channel)
                .option(ChannelOption.TCP_NODELAY, true)
                .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS)
                .handler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel socket) {
                        if (tls != null) {
                            // Sessions can be resumed only if the engine has a peer address, a different one for each
                            // slot.
                            socket.pipeline()
                                    .addLast(
                                            resume
                                                    ? tls.newHandler(socket.alloc(), "127.0.0.1", slot + 1)
                                                    : tls.newHandler(socket.alloc()));
                        }
                        socket.pipeline().addLast(handler);
                    }
                });
        if (slot >= CONNECTIONS_PER_ADDRESS) {
            bootstrap.localAddress(source(slot));
        }
        return bootstrap.connect(loopback(1, port));
    }

    /** Returns the source address of a slot: 127.0.0.1 for the first ones, then 127.0.0.2, and so on; any port. */
    static InetSocketAddress source(int slot) {
        return loopback(1 + slot / CONNECTIONS_PER_ADDRESS, 0);
    }

    private static InetSocketAddress loopback(int last, int port) {
        try {
            return new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, (byte) last}), port);
        } catch (UnknownHostException e) {
            throw new IllegalStateException("four bytes are a valid address", e);
        }
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 1, TimeUnit.SECONDS).syncUninterruptibly();
    }
}
