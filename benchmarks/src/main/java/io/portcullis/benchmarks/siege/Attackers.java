// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import static java.nio.charset.StandardCharsets.US_ASCII;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslHandshakeCompletionEvent;
import io.netty.util.ReferenceCountUtil;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;

/**
 * A number of attacking connections of one sort, on one thread. Attackers that are disconnected reconnect, at a bounded
 * rate. They spend no CPU time on cryptography, as real attackers would: one ClientHello is computed once and sent by
 * all.
 */
@SuppressWarnings("FutureReturnValueIgnored") // a write that fails also ends the connection
final class Attackers implements AutoCloseable {
    private static final int TICK_MILLIS = 5;

    /** Makes the server, not the kernel of this machine, hold the data that a deaf peer does not read. */
    private static final int DEAF_RECEIVE_BUFFER = 4096;

    private final EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
    private final Bootstrap bootstrap;
    private final int count;
    private final double perTick;
    private final AtomicInteger open = new AtomicInteger();
    private final AtomicLong made = new AtomicLong();

    /** Connections that are open or being opened; confined to the event loop. */
    private int wanted;

    /** The number of connections that may be opened now. */
    private double due;

    Attackers(int port, Sort sort, int count, int pace) throws SSLException {
        this.count = count;
        this.perTick = pace * TICK_MILLIS / 1000.0;
        this.bootstrap = new Bootstrap()
                .group(loop)
                .channel(NioSocketChannel.class)
                .option(ChannelOption.TCP_NODELAY, true)
                .handler(sort == Sort.DEAF ? deaf() : opening(openingOf(sort)))
                .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
        if (sort == Sort.DEAF) {
            bootstrap.option(ChannelOption.SO_RCVBUF, DEAF_RECEIVE_BUFFER);
        }
    }

    void begin() {
        loop.scheduleAtFixedRate(this::tick, 0, TICK_MILLIS, TimeUnit.MILLISECONDS);
    }

    int open() {
        return open.get();
    }

    long made() {
        return made.get();
    }

    private void tick() {
        for (due = Math.min(due + perTick, 1 + perTick); due >= 1 && wanted < count; due--) {
            wanted++;
            bootstrap.connect().addListener(result -> {
                if (!result.isSuccess()) {
                    wanted--;
                }
            });
        }
    }

    private static byte[] openingOf(Sort sort) throws SSLException {
        return switch (sort) {
            case SILENCE, DEAF -> new byte[0];
            case TWO_BYTES -> new byte[] {22, 3};
            case RECORD_HEADER -> new byte[] {22, 3, 1};
            case HALF_HELLO -> Arrays.copyOf(hello(), hello().length / 2);
            case STOPPED -> hello();
        };
    }

    private static byte[] hello() throws SSLException {
        SSLEngine engine = HonestTls.engine();
        engine.beginHandshake();
        ByteBuffer record = ByteBuffer.allocate(engine.getSession().getPacketBufferSize());
        engine.wrap(ByteBuffer.allocate(0), record);
        return Arrays.copyOf(record.array(), record.position());
    }

    private ChannelInitializer<SocketChannel> opening(byte[] bytes) {
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(new Attacker(bytes));
            }
        };
    }

    private ChannelInitializer<SocketChannel> deaf() throws SSLException {
        SslContext tls = HonestTls.context();
        return new ChannelInitializer<>() {
            @Override
            protected void initChannel(SocketChannel channel) {
                channel.pipeline().addLast(tls.newHandler(channel.alloc()), new DeafAttacker());
            }
        };
    }

    @Override
    public void close() {
        loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).syncUninterruptibly();
    }

    /** Sends its opening bytes, and ignores everything it receives. */
    private class Attacker extends ChannelInboundHandlerAdapter {
        private final byte[] opening;
        private boolean there;

        Attacker(byte[] opening) {
            this.opening = opening;
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            if (opening.length > 0) {
                context.writeAndFlush(Unpooled.wrappedBuffer(opening));
            }
            isThere();
        }

        /** Called when the connection has done its part of the attack and only waits from now on. */
        final void isThere() {
            there = true;
            open.incrementAndGet();
            made.incrementAndGet();
        }

        @Override
        public void channelRead(ChannelHandlerContext context, Object message) {
            ReferenceCountUtil.release(message);
        }

        @Override
        public void exceptionCaught(ChannelHandlerContext context, Throwable failure) {
            context.close();
        }

        @Override
        public void channelInactive(ChannelHandlerContext context) {
            if (there) {
                open.decrementAndGet();
            }
            wanted--;
        }
    }

    /** Reads until the handshake is complete, and then no more. */
    private final class DeafAttacker extends Attacker {
        DeafAttacker() {
            super(new byte[0]);
        }

        @Override
        public void channelActive(ChannelHandlerContext context) {
            // The handshake is still to come
        }

        @Override
        public void userEventTriggered(ChannelHandlerContext context, Object event) {
            if (event instanceof SslHandshakeCompletionEvent handshake && handshake.isSuccess()) {
                context.channel().config().setAutoRead(false);
                context.writeAndFlush(Unpooled.wrappedBuffer(SiegeServer.LARGE_REQUEST.getBytes(US_ASCII)));
                isThere();
            }
        }
    }
}
