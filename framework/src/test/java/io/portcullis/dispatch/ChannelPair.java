// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.tls.TestCertificates;
import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLSocket;

/** A channel to test, and the blocking socket of its peer. */
final class ChannelPair implements AutoCloseable {
    /** Whose implementation the channel is. */
    enum Kind {
        JDK,
        PLAIN,
        TLS
    }

    final AsynchronousSocketChannel channel;
    final Socket peer;
    private final Closeable machine;

    private ChannelPair(AsynchronousSocketChannel channel, Socket peer, Closeable machine) {
        this.channel = channel;
        this.peer = peer;
        this.machine = machine;
    }

    static ChannelPair of(Kind kind) throws Exception {
        return switch (kind) {
            case JDK -> ofTheJdk();
            case PLAIN -> ours(Gate.plain(), false);
            case TLS -> ours(Gate.tls(TestCertificates.serverProfile()), true);
        };
    }

    private static ChannelPair ofTheJdk() throws Exception {
        AsynchronousServerSocketChannel server =
                AsynchronousServerSocketChannel.open().bind(TestDispatcher.ANY_PORT);
        int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
        var accepted = server.accept();
        Socket peer = new Socket(InetAddress.getLoopbackAddress(), port);
        peer.setSoTimeout(20_000);
        return new ChannelPair(accepted.get(20, TimeUnit.SECONDS), peer, server);
    }

    private static ChannelPair ours(Gate gate, boolean tls) throws Exception {
        CompletableFuture<AsynchronousSocketChannel> opened = new CompletableFuture<>();
        TestDispatcher test = new TestDispatcher(2);
        Server server = test.server(gate, () -> new ChannelHandler(opened::complete));
        Socket peer = TestDispatcher.connect(server);
        if (tls) {
            SSLSocket secured = (SSLSocket) TestCertificates.jdkClientContext()
                    .getSocketFactory()
                    .createSocket(peer, "localhost", peer.getPort(), true);
            secured.startHandshake();
            peer = secured;
        }
        return new ChannelPair(opened.get(20, TimeUnit.SECONDS), peer, test::close);
    }

    /** Closes the resources that the channel uses. */
    void end() throws IOException {
        machine.close();
    }

    @Override
    public void close() throws IOException {
        channel.close();
        peer.close();
        machine.close();
    }
}
