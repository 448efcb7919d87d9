// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.util.List;
import javax.net.ssl.SSLContext;
import tlschannel.ServerTlsChannel;
import tlschannel.TlsChannel;
import tlschannel.async.AsynchronousTlsChannel;
import tlschannel.async.AsynchronousTlsChannelGroup;

/** tls-channel's asynchronous channels: completions over a selector, with one worker and one accepting thread. */
final class TlsChannelServers {
    private TlsChannelServers() {}

    static List<JvmContestant> contestants() {
        return List.of(new JvmContestant(
                "tls-channel-jdk",
                true,
                () -> "tls-channel " + Versions.of("tls-channel") + ", " + Versions.jdkEngine(),
                TlsChannelServers::start));
    }

    private static RunningServer start(ServeOptions options) throws Exception {
        SSLContext context = TlsSettings.context(options, null);
        ServerSocketChannel server = ServerSocketChannel.open();
        server.bind(options.address(), ServeOptions.BACKLOG);
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        AsynchronousTlsChannelGroup group = new AsynchronousTlsChannelGroup(1);
        Thread acceptor = new Thread(() -> accept(server, group, context), "acceptor");
        acceptor.setDaemon(true);
        acceptor.start();
        return new Running(server, group, port);
    }

    private static void accept(ServerSocketChannel server, AsynchronousTlsChannelGroup group, SSLContext context) {
        while (server.isOpen()) {
            try {
                serve(server.accept(), group, context);
            } catch (IOException failure) {
                if (server.isOpen()) {
                    System.err.println("tls-channel-jdk: " + failure);
                }
            }
        }
    }

    private static void serve(SocketChannel socket, AsynchronousTlsChannelGroup group, SSLContext context)
            throws IOException {
        socket.configureBlocking(false);
        socket.setOption(StandardSocketOptions.TCP_NODELAY, true);
        TlsChannel tls = ServerTlsChannel.newBuilder(socket, context)
                .withEngineFactory(made -> TlsSettings.server(made.createSSLEngine()))
                .build();
        new AsyncConversation(new AsynchronousTlsChannel(group, tls, socket)).begin();
    }

    private record Running(ServerSocketChannel server, AsynchronousTlsChannelGroup group, int port)
            implements RunningServer {
        @Override
        public void close() throws IOException {
            server.close();
            group.shutdownNow();
        }
    }
}
