// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import io.portcullis.channel.ChannelHandler;
import io.portcullis.channel.ConnectionChannel;
import java.io.IOException;
import java.net.Socket;
import java.nio.ByteBuffer;
import java.util.Queue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Channels of a server, and the blocking peers at their other ends. */
final class FlowPeers implements AutoCloseable {
    private final TestDispatcher test = new TestDispatcher(2);
    private final ExecutorService threads = Executors.newCachedThreadPool();
    private final BlockingQueue<Paced> opened = new LinkedBlockingQueue<>();
    private final Queue<Socket> sockets = new ConcurrentLinkedQueue<>();
    private final Server server;

    FlowPeers(Gate gate) throws IOException {
        server = test.server(gate, Paced::new);
    }

    /** Wraps the handler of a channel: signals when data was consumed, so that a peer can send one byte at a time. */
    private final class Paced implements ConnectionHandler {
        private final Semaphore taken = new Semaphore(0);
        private @Nullable ConnectionChannel channel;
        private final ChannelHandler handler = new ChannelHandler(this::opened);

        private void opened(ConnectionChannel made) {
            channel = made;
            opened.add(this);
        }

        @Override
        public void onOpen(Connection connection) {
            handler.onOpen(connection);
        }

        @Override
        public void onData(Connection connection, ByteBuffer data) {
            handler.onData(connection, data);
            if (!data.hasRemaining()) {
                taken.release();
            }
        }

        @Override
        public void onEndOfInput(Connection connection) {
            handler.onEndOfInput(connection);
        }

        @Override
        public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
            handler.onClose(connection, reason, cause);
        }

        ConnectionChannel channel() {
            if (channel == null) {
                throw new IllegalStateException("not open");
            }
            return channel;
        }
    }

    private synchronized Paced connect(Peer peer) {
        try {
            Socket socket = TestDispatcher.connect(server);
            sockets.add(socket);
            Paced accepted = opened.poll(20, TimeUnit.SECONDS);
            if (accepted == null) {
                throw new AssertionError("no channel was opened");
            }
            threads.execute(() -> {
                try {
                    peer.talk(socket, accepted.taken);
                } catch (IOException | InterruptedException end) {
                    // The test has closed the connection.
                }
            });
            return accepted;
        } catch (IOException | InterruptedException failure) {
            throw new AssertionError(failure);
        }
    }

    private interface Peer {
        void talk(Socket socket, Semaphore taken) throws IOException, InterruptedException;
    }

    /**
     * A channel whose peer sends the given number of bytes, each when the previous one was consumed, and then the end.
     */
    ConnectionChannel sending(long count) {
        return connect((socket, taken) -> {
                    for (long i = 0; i < count; i++) {
                        socket.getOutputStream().write((int) i);
                        taken.acquire();
                    }
                    socket.shutdownOutput();
                })
                .channel();
    }

    /** A channel whose peer reads. */
    ConnectionChannel reading() {
        return connect((socket, taken) -> {
                    byte[] bytes = new byte[1000];
                    int count = 0;
                    while (count >= 0) {
                        count = socket.getInputStream().read(bytes);
                    }
                    socket.close();
                })
                .channel();
    }

    /** A channel whose connection has ended. */
    ConnectionChannel ended() {
        ConnectionChannel channel = connect((socket, taken) -> socket.close()).channel();
        channel.connection().abort();
        channel.connection().closed().join();
        return channel;
    }

    @Override
    public void close() throws IOException {
        threads.shutdownNow();
        for (Socket socket : sockets) {
            socket.close();
        }
        server.abort();
        test.close();
        try {
            if (!threads.awaitTermination(20, TimeUnit.SECONDS)) {
                throw new AssertionError("a peer has not ended");
            }
        } catch (InterruptedException never) {
            throw new AssertionError(never);
        }
    }
}
