// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.util.Set;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * A channel that throws where a real one does when there is no memory: at each operation and, if requested, at its
 * first close. Like the JDK's, it is closed only once, whatever the outcome.
 */
final class FailingChannel extends AsynchronousSocketChannel {
    private final @Nullable Throwable failure;
    private final boolean halfway;
    private boolean failed;
    private boolean closed;

    /**
     * Creates a channel.
     *
     * @param failure what its first close throws, or null
     * @param halfway whether it then considers itself closed
     */
    FailingChannel(@Nullable Throwable failure, boolean halfway) {
        super(null);
        this.failure = failure;
        this.halfway = halfway;
    }

    @Override
    public boolean isOpen() {
        return !closed;
    }

    @Override
    public void close() throws IOException {
        boolean first = !failed;
        failed = true;
        closed |= halfway || !first || failure == null;
        if (first && failure instanceof IOException io) {
            throw io;
        } else if (first && failure instanceof Error error) {
            throw error;
        }
    }

    @Override
    public AsynchronousSocketChannel bind(@Nullable SocketAddress local) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> AsynchronousSocketChannel setOption(SocketOption<T> name, T value) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <T> T getOption(SocketOption<T> name) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }

    @Override
    public AsynchronousSocketChannel shutdownInput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public AsynchronousSocketChannel shutdownOutput() {
        throw new UnsupportedOperationException();
    }

    @Override
    public @Nullable SocketAddress getRemoteAddress() {
        return null;
    }

    @Override
    public @Nullable SocketAddress getLocalAddress() {
        return null;
    }

    @Override
    public <A> void connect(SocketAddress remote, @Nullable A attachment, CompletionHandler<Void, ? super A> handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Future<Void> connect(SocketAddress remote) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void read(
            ByteBuffer target,
            long timeout,
            TimeUnit unit,
            @Nullable A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        throw new OutOfMemoryError("on purpose");
    }

    @Override
    public Future<Integer> read(ByteBuffer target) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void read(
            ByteBuffer[] targets,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            @Nullable A attachment,
            CompletionHandler<Long, ? super A> handler) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void write(
            ByteBuffer source,
            long timeout,
            TimeUnit unit,
            @Nullable A attachment,
            CompletionHandler<Integer, ? super A> handler) {
        throw new OutOfMemoryError("on purpose");
    }

    @Override
    public Future<Integer> write(ByteBuffer source) {
        throw new UnsupportedOperationException();
    }

    @Override
    public <A> void write(
            ByteBuffer[] sources,
            int offset,
            int length,
            long timeout,
            TimeUnit unit,
            @Nullable A attachment,
            CompletionHandler<Long, ? super A> handler) {
        throw new UnsupportedOperationException();
    }
}
