// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import io.portcullis.StatefulHandler;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousSocketChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A handler that exposes its connection as an {@link AsynchronousSocketChannel}, so that code written for the JDK's
 * channels runs unchanged, plain or over TLS. One object serves one connection, and rejects a second one
 * ({@link StatefulHandler}).
 *
 * <pre>{@code
 * Server.builder(dispatcher).listen(8443, Gate.tls(profile)).handler(() -> new ChannelHandler(Session::start));
 *
 * client.open("example.org", 443)   // a future of the channel
 * }</pre>
 *
 * <p>The channel is obtained through a handler, rather than from the connection, so that no byte is lost: data is held
 * from the beginning, and delivered on request of each read. The channel follows the specification of the JDK:
 *
 * <ul>
 *   <li>One read and one write may be pending; a second one throws {@link java.nio.channels.ReadPendingException} or
 *       {@link java.nio.channels.WritePendingException}. A completion handler is called exactly once, on a dispatcher
 *       thread unless the connection has ended, and must not block. An exception that it throws ends the connection.
 *   <li>A read returns the bytes that are available, up to the space in its buffer, and a write may send less than it
 *       was given. The caller must not touch a buffer until its operation has completed.
 *   <li>Every read returns -1 once the peer has ended its stream properly; a read into a full buffer returns 0
 *       immediately. The other direction stays open.
 *   <li>An operation that times out fails with {@link java.nio.channels.InterruptedByTimeoutException}, and each later
 *       one in its direction throws {@link IllegalStateException}. Limits of the connection, such as its idle timeout,
 *       apply in addition.
 *   <li>A truncated stream (over TLS, one without close_notify) is not an end of stream: this read and every later one
 *       fail with an {@link java.io.IOException} whose message contains the {@link CloseReason}. So do reads after a
 *       timeout of the connection.
 *   <li>{@link ConnectionChannel#close close} fails pending operations with
 *       {@link java.nio.channels.AsynchronousCloseException}, and later ones with
 *       {@link java.nio.channels.ClosedChannelException}. The connection is closed gracefully; if a write is pending or
 *       has timed out, it is aborted, because the peer may not have received all bytes.
 *   <li>{@link java.util.concurrent.Future#cancel cancel(true)} closes the channel. {@code cancel(false)} withdraws a
 *       read, whose bytes are left for the next one; a write stays pending until it has been sent.
 * </ul>
 *
 * While no read is pending, at most one buffer is received, and TCP flow control slows down the peer; a reset is
 * detected.
 */
public final class ChannelHandler extends StatefulHandler {
    private final Consumer<? super ConnectionChannel> opened;
    private @Nullable ChannelOperations operations;

    /**
     * Creates a handler for one connection.
     *
     * @param opened receives the channel when the connection is open, on a dispatcher thread; not called if the
     *     connection does not open
     */
    public ChannelHandler(Consumer<? super ConnectionChannel> opened) {
        this.opened = opened;
    }

    /**
     * Returns a handler for one connection that is served by blocking code, on its own thread. When the session
     * returns, the connection is closed gracefully; when it throws, the connection ends as if a callback had thrown,
     * unless it has already ended.
     *
     * @param threads runs the session, which occupies one thread for the lifetime of the connection, preferably a
     *     virtual one
     * @param session the blocking code
     * @return the handler
     */
    public static ChannelHandler blocking(Executor threads, BlockingSession session) {
        return new ChannelHandler(channel -> threads.execute(() -> serve(session, channel)));
    }

    private static void serve(BlockingSession session, ConnectionChannel channel) {
        try {
            session.serve(channel.streams());
            channel.close();
        } catch (Throwable failure) {
            if (!(failure instanceof IOException && !channel.isOpen())) {
                ChannelOperations.endWith(channel.connection(), failure);
            }
        }
    }

    /**
     * Opens a channel to a server with any form of connect; for the common form, use {@code Client.open}.
     *
     * @param connect connects with the given handler, and returns the future of the connection
     * @return the future of the channel; fails with the same exception as the connection's future, which is cancelled
     *     if this one is
     */
    public static CompletableFuture<ConnectionChannel> open(
            Function<? super ConnectionHandler, CompletableFuture<Connection>> connect) {
        CompletableFuture<ConnectionChannel> future = new CompletableFuture<>();
        CompletableFuture<Connection> connecting = connect.apply(new ChannelHandler(channel -> {
            if (!future.complete(channel)) {
                channel.close();
            }
        }));
        var unused = connecting.whenComplete((connection, failure) -> {
            if (failure != null) {
                future.completeExceptionally(failure);
            }
        });
        var unusedToo = future.whenComplete((channel, failure) -> {
            if (failure != null) {
                connecting.cancel(true);
            }
        });
        return future;
    }

    @Override
    public void onOpen(Connection connection) {
        bind(connection);
        connection.pause();
        ChannelOperations made = new ChannelOperations(connection);
        operations = made;
        opened.accept(new ConnectionChannel(made));
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        if (operations != null) {
            operations.received(data);
        }
    }

    /** Does nothing: the user of the channel decides when to close it, at the latest at the deadline of the drain. */
    @Override
    public void onDrain(Connection connection) {}

    @Override
    public void onEndOfInput(Connection connection) {
        if (operations != null) {
            operations.inputEnded();
        }
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        if (operations != null) {
            operations.ended(reason, cause);
        }
    }
}
