// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.handler.ssl.OpenSsl;
import io.netty.handler.ssl.OpenSslContextOption;
import io.netty.handler.ssl.OpenSslServerSessionContext;
import io.netty.handler.ssl.OpenSslSessionTicketKey;
import io.netty.handler.ssl.SslContext;
import io.netty.handler.ssl.SslContextBuilder;
import io.netty.handler.ssl.SslHandler;
import io.netty.handler.ssl.SslProvider;
import io.netty.util.internal.PlatformDependent;
import java.net.InetSocketAddress;
import java.security.SecureRandom;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import javax.net.ssl.SSLException;
import org.jspecify.annotations.Nullable;

/** Netty with one event loop, which also accepts: its transports, plain, with the JDK's engine and with BoringSSL. */
final class NettyServers {
    private NettyServers() {}

    static List<JvmContestant> contestants() {
        return List.of(
                plain(NettyTransport.NIO),
                plain(NettyTransport.EPOLL),
                plain(NettyTransport.IO_URING),
                jdk(NettyTransport.NIO),
                boringssl(NettyTransport.EPOLL),
                boringssl(NettyTransport.IO_URING));
    }

    private static JvmContestant plain(NettyTransport transport) {
        return new JvmContestant(
                        name(transport, "plain"),
                        false,
                        about(transport, ""),
                        options -> start(transport, options, null))
                .missing(transport::missing);
    }

    private static JvmContestant jdk(NettyTransport transport) {
        return new JvmContestant(
                        name(transport, "jdk"),
                        true,
                        about(transport, ", " + Versions.jdkEngine()),
                        options -> start(transport, options, jdkContext(options)))
                .missing(transport::missing);
    }

    private static JvmContestant boringssl(NettyTransport transport) {
        return new JvmContestant(
                        name(transport, "tcnative"),
                        true,
                        about(transport, ", its BoringSSL engine (netty-tcnative)"),
                        options -> start(transport, options, boringsslContext(options)))
                .missing(() -> transport.missing().or(NettyServers::missingBoringssl));
    }

    private static String name(NettyTransport transport, String engine) {
        return "netty-" + transport.label().toLowerCase(Locale.ROOT) + "-" + engine;
    }

    private static Supplier<String> about(NettyTransport transport, String with) {
        return () -> "Netty " + Versions.of("netty") + " " + transport.label() + with;
    }

    private static Optional<String> missingBoringssl() {
        return NettyTransport.because("netty-tcnative", OpenSsl.unavailabilityCause());
    }

    private static RunningServer start(NettyTransport transport, ServeOptions options, @Nullable SslContext tls) {
        EventLoopGroup loop = new MultiThreadIoEventLoopGroup(1, transport.handlers());
        try {
            Channel channel = new ServerBootstrap()
                    .group(loop)
                    .channel(transport.channel())
                    .option(ChannelOption.SO_BACKLOG, ServeOptions.BACKLOG)
                    .option(ChannelOption.SO_REUSEADDR, true)
                    .childOption(ChannelOption.TCP_NODELAY, true)
                    .childHandler(new Initializer(tls))
                    .bind(options.address())
                    .syncUninterruptibly()
                    .channel();
            return new Running(loop, channel, isDirectMemoryCounted());
        } catch (RuntimeException failure) {
            var unused = loop.shutdownGracefully();
            throw failure;
        }
    }

    private static SslContext jdkContext(ServeOptions options) throws SSLException {
        return builder(options, SslProvider.JDK).build();
    }

    /** As in the JDK, and unlike Netty's default, tickets are issued, so that sessions can be resumed. */
    private static SslContext boringsslContext(ServeOptions options) throws SSLException {
        SslContext context = builder(options, SslProvider.OPENSSL)
                .option(OpenSslContextOption.GROUPS, TlsSettings.GROUPS.toArray(String[]::new))
                .build();
        OpenSslServerSessionContext sessions = (OpenSslServerSessionContext) context.sessionContext();
        sessions.setTicketKeys(new OpenSslSessionTicketKey(
                random(OpenSslSessionTicketKey.NAME_SIZE),
                random(OpenSslSessionTicketKey.HMAC_KEY_SIZE),
                random(OpenSslSessionTicketKey.AES_KEY_SIZE)));
        return context;
    }

    private static SslContextBuilder builder(ServeOptions options, SslProvider provider) {
        return SslContextBuilder.forServer(
                        options.certificate().toFile(), options.key().toFile())
                .sslProvider(provider)
                .protocols(TlsSettings.PROTOCOLS)
                .ciphers(TlsSettings.SUITES);
    }

    private static byte[] random(int length) {
        byte[] bytes = new byte[length];
        new SecureRandom().nextBytes(bytes);
        return bytes;
    }

    /** Where Netty allocates memory, and thus whether the JDK counts it, depends on the version of the JDK. */
    static boolean isDirectMemoryCounted() {
        int probe = 1 << 20;
        long before = Memory.countedDirectBytes();
        ByteBuf buffer = Unpooled.directBuffer(probe);
        try {
            return Memory.countedDirectBytes() - before >= probe;
        } finally {
            buffer.release();
        }
    }

    private static final class Initializer extends ChannelInitializer<Channel> {
        private final @Nullable SslContext tls;

        Initializer(@Nullable SslContext tls) {
            this.tls = tls;
        }

        @Override
        protected void initChannel(Channel channel) {
            if (tls != null) {
                SslHandler handler = tls.newHandler(channel.alloc());
                handler.setHandshakeTimeout(TlsSettings.HANDSHAKE_SECONDS, TimeUnit.SECONDS);
                channel.pipeline().addLast(handler);
            }
            channel.pipeline().addLast(new NettyHandler());
        }
    }

    private record Running(EventLoopGroup loop, Channel channel, boolean counted) implements RunningServer {
        @Override
        public int port() {
            return ((InetSocketAddress) channel.localAddress()).getPort();
        }

        @Override
        public long uncountedDirectBytes() {
            return counted ? 0 : Math.max(0, PlatformDependent.usedDirectMemory());
        }

        @Override
        public void close() {
            var unused = loop.shutdownGracefully(0, 1, TimeUnit.SECONDS);
        }
    }
}
