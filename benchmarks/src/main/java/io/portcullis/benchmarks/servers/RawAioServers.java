// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The JDK's completion-based sockets alone, on one thread: their cost without a framework. */
final class RawAioServers {
    private RawAioServers() {}

    static List<JvmContestant> contestants() {
        return List.of(new JvmContestant(
                "raw-aio-plain",
                false,
                () -> "JDK " + Versions.jdk() + " AsynchronousSocketChannel",
                RawAioServers::start));
    }

    private static RunningServer start(ServeOptions options) throws IOException {
        AsynchronousChannelGroup group = AsynchronousChannelGroup.withFixedThreadPool(1, Thread::new);
        try {
            AsynchronousServerSocketChannel channel = AsynchronousServerSocketChannel.open(group)
                    .setOption(StandardSocketOptions.SO_REUSEADDR, true)
                    .bind(options.address(), ServeOptions.BACKLOG);
            channel.accept(null, new Acceptor(channel));
            return new Running(group, channel, ((InetSocketAddress) channel.getLocalAddress()).getPort());
        } catch (IOException failure) {
            group.shutdownNow();
            throw failure;
        }
    }

    private record Running(AsynchronousChannelGroup group, AsynchronousServerSocketChannel channel, int port)
            implements RunningServer {
        @Override
        public void close() throws IOException {
            group.shutdownNow();
        }
    }

    private record Acceptor(AsynchronousServerSocketChannel server)
            implements CompletionHandler<AsynchronousSocketChannel, @Nullable Object> {
        @Override
        public void completed(AsynchronousSocketChannel channel, @Nullable Object none) {
            server.accept(null, this);
            try {
                channel.setOption(StandardSocketOptions.TCP_NODELAY, true);
                new AsyncConversation(channel).begin();
            } catch (IOException gone) {
                failed(gone, none);
            }
        }

        @Override
        public void failed(Throwable cause, @Nullable Object none) {
            if (server.isOpen()) {
                System.err.println("raw-aio-plain: " + cause);
            }
        }
    }
}
