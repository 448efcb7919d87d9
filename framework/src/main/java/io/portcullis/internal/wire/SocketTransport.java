// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.wire;

import io.portcullis.internal.log.Guard;
import java.io.IOException;
import java.net.StandardSocketOptions;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A real socket. The channel's own timeouts are never used: after a timeout, that direction of the channel is
 * permanently unusable.
 */
public final class SocketTransport implements Transport {
    private static final Logger LOG = LoggerFactory.getLogger(SocketTransport.class);

    /** Whether the JDK has left a socket of this process open although it considers the channel closed. */
    private static volatile boolean someHalfClosed;

    /** Null if a close has failed halfway; nothing more can be done then. */
    private volatile @Nullable AsynchronousSocketChannel channel;

    public SocketTransport(AsynchronousSocketChannel channel) {
        this.channel = channel;
    }

    @Override
    public void read(ByteBuffer target, CompletionHandler<Integer, Void> handler) {
        try {
            open().read(target, null, handler);
        } catch (Throwable notStarted) {
            failed(handler, notStarted);
        }
    }

    @Override
    public void write(ByteBuffer source, CompletionHandler<Integer, Void> handler) {
        try {
            open().write(source, null, handler);
        } catch (Throwable notStarted) {
            failed(handler, notStarted);
        }
    }

    @Override
    public void write(ByteBuffer[] sources, CompletionHandler<Long, Void> handler) {
        try {
            open().write(sources, 0, sources.length, 0, TimeUnit.MILLISECONDS, null, handler);
        } catch (Throwable notStarted) {
            failed(handler, notStarted);
        }
    }

    /**
     * Fails an operation. It may have begun even though starting it threw: the socket is closed, so that nothing
     * accesses the buffer any more.
     */
    private void failed(CompletionHandler<?, Void> handler, Throwable notStarted) {
        close();
        handler.failed(notStarted, null);
    }

    @Override
    public int sendBuffer() {
        try {
            return open().getOption(StandardSocketOptions.SO_SNDBUF);
        } catch (IOException | RuntimeException closed) {
            return 0;
        }
    }

    @Override
    public void shutdownOutput() throws IOException {
        open().shutdownOutput();
    }

    private AsynchronousSocketChannel open() throws ClosedChannelException {
        AsynchronousSocketChannel open = channel;
        if (open == null) {
            throw new ClosedChannelException();
        }
        return open;
    }

    @Override
    public void close() {
        AsynchronousSocketChannel open = channel;
        if (open != null && !close(open) && !open.isOpen()) {
            channel = null;
        }
    }

    /**
     * Returns whether the socket is closed. A channel that failed to close considers itself closed, and does nothing
     * when it is closed again.
     */
    @Override
    public boolean closed() {
        AsynchronousSocketChannel open = channel;
        return open != null && !open.isOpen();
    }

    /** Closes a socket without throwing; returns whether that succeeded. Needs no memory. */
    public static boolean close(AsynchronousSocketChannel channel) {
        try {
            channel.close();
            return true;
        } catch (IOException | RuntimeException | Error failed) {
            if (!channel.isOpen()) {
                someHalfClosed = true;
            }
            Guard.debug(LOG, "closing a socket failed", failed);
            return false;
        }
    }

    /**
     * Returns whether the JDK has left a socket open in this way. Its group then never becomes empty, and must not be
     * made to close all its channels: it would try that forever.
     */
    public static boolean someHalfClosed() {
        return someHalfClosed;
    }
}
