// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real socket. The channel's own timeouts are never used: after one of them that side of the channel is dead for good.
 */
final class SocketTransport implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(SocketTransport.class);

    private final AsynchronousSocketChannel channel;

    SocketTransport(AsynchronousSocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public void read(ByteBuffer target, CompletionHandler<Integer, Void> handler) {
        try {
            channel.read(target, null, handler);
        } catch (Throwable notStarted) {
            failed(handler, notStarted);
        }
    }

    @Override
    public void write(ByteBuffer source, CompletionHandler<Integer, Void> handler) {
        try {
            channel.write(source, null, handler);
        } catch (Throwable notStarted) {
            failed(handler, notStarted);
        }
    }

    @Override
    public void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler) {
        try {
            channel.write(sources, 0, sources.length, 0, TimeUnit.MILLISECONDS, null, handler);
        } catch (Throwable notStarted) {
            failed(handler, notStarted);
        }
    }

    /** What threw may have begun all the same: the socket is closed, so that the buffer is nobody's any more. */
    private void failed(CompletionHandler<?, Void> handler, Throwable notStarted) {
        close();
        handler.failed(notStarted, null);
    }

    @Override
    public int sendBuffer() {
        try {
            return channel.getOption(StandardSocketOptions.SO_SNDBUF);
        } catch (IOException | RuntimeException closed) {
            return 0;
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        channel.shutdownOutput();
    }

    @Override
    public void close() {
        close(channel);
    }

    /** Closes a socket, whatever comes of it. Needs no memory. */
    static void close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
        } catch (IOException | RuntimeException | Error alreadyGone) {
            Guard.debug(LOG, "closing a socket failed", alreadyGone);
        }
    }
}
