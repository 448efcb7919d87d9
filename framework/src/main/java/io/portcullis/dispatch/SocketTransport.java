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

    /** Whether it was closed to the end; whether that has failed halfway, where nobody can go on. */
    private volatile boolean closed;

    private volatile boolean halfClosed;

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

    /** What threw may have begun all the same: the socket is closed, so that nothing touches the buffer any more. */
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
        if (close(channel)) {
            closed = true;
        } else {
            halfClosed |= !channel.isOpen();
        }
    }

    /** A channel that has failed to close takes itself for closed, and does nothing when it is asked again. */
    @Override
    public boolean closed() {
        return closed && !halfClosed;
    }

    /** Closes a socket, whatever comes of it; returns whether that has worked. Needs no memory. */
    static boolean close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
            return true;
        } catch (IOException | RuntimeException | Error failed) {
            Guard.debug(LOG, "closing a socket failed", failed);
            return false;
        }
    }
}
