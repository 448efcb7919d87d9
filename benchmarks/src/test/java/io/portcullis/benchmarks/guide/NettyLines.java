// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.guide;

// snippet: NETTY
import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.LineBasedFrameDecoder;
import io.netty.handler.codec.string.StringDecoder;
import io.netty.handler.codec.string.StringEncoder;
import io.netty.handler.ssl.OptionalSslHandler;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.timeout.IdleStateEvent;
import io.netty.handler.timeout.IdleStateHandler;
import java.net.InetSocketAddress;

/** Numbers lines, plain and over TLS on one port; closes idle connections. */
@SuppressWarnings("FutureReturnValueIgnored")
final class NettyLines extends SimpleChannelInboundHandler<String> {
    private int lines;

    static Channel start(EventLoopGroup group, SslContext tls, InetSocketAddress address) {
        return new ServerBootstrap()
                .group(group)
                .channel(NioServerSocketChannel.class)
                .childOption(ChannelOption.TCP_NODELAY, true)
                .childHandler(new ChannelInitializer<SocketChannel>() {
                    @Override
                    protected void initChannel(SocketChannel channel) {
                        channel.pipeline()
                                .addLast(new OptionalSslHandler(tls))
                                .addLast(new IdleStateHandler(0, 0, 60))
                                .addLast(new LineBasedFrameDecoder(8192))
                                .addLast(new StringDecoder(UTF_8))
                                .addLast(new StringEncoder(UTF_8))
                                .addLast(new NettyLines());
                    }
                })
                .bind(address)
                .syncUninterruptibly()
                .channel();
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, String line) {
        lines++;
        context.write(lines + ": " + line + "\n");
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        context.flush();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext context) {
        context.channel().config().setAutoRead(context.channel().isWritable());
        context.fireChannelWritabilityChanged();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            context.close();
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        context.close();
    }
}
// end snippet
