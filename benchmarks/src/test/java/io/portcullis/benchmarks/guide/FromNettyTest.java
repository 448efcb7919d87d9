// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.guide;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.Channel;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.handler.ssl.SslContextBuilder;
import io.portcullis.Connection;
import io.portcullis.benchmarks.Certificates;
import io.portcullis.dispatch.Client;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.Server;
import io.portcullis.frame.LineHandler;
import io.portcullis.tls.TlsProfile;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The two programs of the page do the same. */
@Timeout(value = 1, unit = TimeUnit.MINUTES)
final class FromNettyTest {
    private static final InetSocketAddress FREE = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    private static final Certificates.Pair MADE = Certificates.EC.create();

    @Test
    void nettyNumbersLines() throws Exception {
        EventLoopGroup group = new MultiThreadIoEventLoopGroup(1, NioIoHandler.newFactory());
        try {
            Channel server = NettyLines.start(
                    group,
                    SslContextBuilder.forServer(MADE.key(), MADE.certificate()).build(),
                    FREE);
            assertNumbersLines(((InetSocketAddress) server.localAddress()).getPort());
        } finally {
            group.shutdownGracefully(0, 1, TimeUnit.SECONDS).sync();
        }
    }

    @Test
    void portcullisNumbersLines() throws Exception {
        TlsProfile tls =
                TlsProfile.builder().certificate(MADE.key(), MADE.certificate()).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Server server = PortcullisLines.start(dispatcher, tls, FREE)) {
            assertNumbersLines(server.addresses().get(0).getPort());
        }
    }

    private static void assertNumbersLines(int port) throws Exception {
        TlsProfile tls = TlsProfile.builder().trust(MADE.certificate()).build();
        try (Dispatcher dispatcher = Dispatcher.create();
                Client plain = Client.builder(dispatcher).build();
                Client secure = Client.builder(dispatcher).tls(tls).build()) {
            for (Client client : List.of(plain, secure)) {
                BlockingQueue<String> received = new LinkedBlockingQueue<>();
                Connection connection = client.connect(
                                "localhost", port, LineHandler.of(100, (from, line) -> received.add(line)))
                        .get(20, TimeUnit.SECONDS);
                connection.write("one\r\ntwo\n", UTF_8);
                assertEquals("1: one", received.take());
                assertEquals("2: two", received.take());
                connection.close();
            }
        }
    }
}
