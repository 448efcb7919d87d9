// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousByteChannel;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A handler that shows its connection as an {@link AsynchronousByteChannel}, so that code written for
 * {@link java.nio.channels.AsynchronousSocketChannel} runs over it unchanged, plain or under TLS. One object serves one
 * connection.
 *
 * <pre>{@code
 * Server.builder(dispatcher).listen(8443, Gate.tls(profile)).handler(() -> new ChannelHandler(Session::start));
 *
 * ChannelHandler.open(handler -> client.connect("example.org", 443, handler))   // a future of the channel
 * }</pre>
 *
 * <p>It is a handler, and not a method of the connection, so that no byte is lost: data is held from the first moment,
 * and asked for by each read. The channel keeps what the JDK documents:
 * <ul>
 *   <li>One read and one write may be pending; a second one throws {@link java.nio.channels.ReadPendingException} or
 *       {@link java.nio.channels.WritePendingException}. A completion handler is called exactly once, on a dispatcher
 *       thread unless the connection has ended, and must not block. What it throws ends the connection.
 *   <li>A read takes what is there, at most what its buffer has room for, and a write may send less than it was given.
 *       The caller must leave a buffer alone until its operation is over.
 *   <li>A read answers -1 once the peer has ended its stream properly, and again each time; one without room answers 0
 *       at once. The other direction stays open.
 *   <li>A stream that was cut short, under TLS one without close_notify, is not an end: the read fails with an
 *       {@link java.io.IOException} whose message holds the {@link CloseReason}, and so does each one after it. So do
 *       reads after a timeout of the connection.
 *   <li>{@link AsynchronousByteChannel#close close} fails what is pending with
 *       {@link java.nio.channels.AsynchronousCloseException}, and what comes later with
 *       {@link java.nio.channels.ClosedChannelException}. The connection is closed in order; if a write is pending it is
 *       aborted, for what the peer has is not the whole.
 *   <li>{@link java.util.concurrent.Future#cancel cancel(true)} closes the channel. {@code cancel(false)} withdraws a
 *       read, whose bytes stay for the next one; a write stays pending until it is sent.
 * </ul>
 * While no read is pending, nothing is received, and the peer is slowed down by TCP.
 */
public final class ChannelHandler implements ConnectionHandler {
    private final Consumer<? super AsynchronousByteChannel> opened;
    private @Nullable ConnectionChannel channel;

    /**
     * A handler for one connection.
     *
     * @param opened is given the channel when the connection is open, on a dispatcher thread; not called if the
     *     connection does not open
     */
    public ChannelHandler(Consumer<? super AsynchronousByteChannel> opened) {
        this.opened = opened;
    }

    /**
     * Opens a channel to a server.
     *
     * @param connect connects with the handler that it is given, and answers the future of the connection
     * @return the future of the channel; fails with what the connection's future fails with
     */
    public static CompletableFuture<AsynchronousByteChannel> open(
            Function<? super ConnectionHandler, CompletableFuture<Connection>> connect) {
        CompletableFuture<AsynchronousByteChannel> future = new CompletableFuture<>();
        var unused = connect.apply(new ChannelHandler(future::complete)).whenComplete((connection, failure) -> {
            if (failure != null) {
                future.completeExceptionally(failure);
            }
        });
        return future;
    }

    @Override
    public void onOpen(Connection connection) {
        connection.pause();
        ConnectionChannel made = new ConnectionChannel(connection);
        channel = made;
        opened.accept(made);
    }

    @Override
    public void onData(Connection connection, ByteBuffer data) {
        if (channel != null) {
            channel.received(data);
        }
    }

    @Override
    public void onEndOfInput(Connection connection) {
        if (channel != null) {
            channel.inputEnded();
        }
    }

    @Override
    public void onClose(Connection connection, CloseReason reason, @Nullable Throwable cause) {
        if (channel != null) {
            channel.ended(reason, cause);
        }
    }
}
