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
 * A handler that shows its connection as an {@link AsynchronousSocketChannel}, so that code written for the JDK's
 * channels runs over it unchanged, plain or under TLS. One object serves one connection, and refuses a second one
 * ({@link StatefulHandler}).
 *
 * <pre>{@code
 * Server.builder(dispatcher).listen(8443, Gate.tls(profile)).handler(() -> new ChannelHandler(Session::start));
 *
 * client.open("example.org", 443)   // a future of the channel
 * }</pre>
 *
 * <p>It is a handler, and not a method of the connection, so that no byte is lost: data is held from the first moment,
 * and asked for by each read. The channel keeps what the JDK documents:
 *
 * <ul>
 *   <li>One read and one write may be pending; a second one throws {@link java.nio.channels.ReadPendingException} or
 *       {@link java.nio.channels.WritePendingException}. A completion handler is called exactly once, on a dispatcher
 *       thread unless the connection has ended, and must not block. What it throws ends the connection.
 *   <li>A read takes what is there, at most what its buffer has room for, and a write may send less than it was given.
 *       The caller must leave a buffer alone until its operation is over.
 *   <li>A read returns -1 once the peer has ended its stream properly, and again each time; one without room returns 0
 *       at once. The other direction stays open.
 *   <li>An operation whose time limit is over fails with {@link java.nio.channels.InterruptedByTimeoutException}, and
 *       each later one in its direction throws {@link IllegalStateException}. Limits of the connection, such as its
 *       idle timeout, hold besides.
 *   <li>A stream that was cut short, under TLS one without close_notify, is not an end: the read fails with an
 *       {@link java.io.IOException} whose message holds the {@link CloseReason}, and so does each one after it. So do
 *       reads after a timeout of the connection.
 *   <li>{@link ConnectionChannel#close close} fails what is pending with
 *       {@link java.nio.channels.AsynchronousCloseException}, and what comes later with
 *       {@link java.nio.channels.ClosedChannelException}. The connection is closed in order; if a write is pending or
 *       has timed out it is aborted, since the peer may not have the whole.
 *   <li>{@link java.util.concurrent.Future#cancel cancel(true)} closes the channel. {@code cancel(false)} withdraws a
 *       read, whose bytes stay for the next one; a write stays pending until it is sent.
 * </ul>
 *
 * While no read is pending, no more is received than one buffer, and the peer is slowed down by TCP; a reset is
 * noticed.
 */
public final class ChannelHandler extends StatefulHandler {
    private final Consumer<? super ConnectionChannel> opened;
    private @Nullable ChannelOperations operations;

    /**
     * A handler for one connection.
     *
     * @param opened is given the channel when the connection is open, on a dispatcher thread; not called if the
     *     connection does not open
     */
    public ChannelHandler(Consumer<? super ConnectionChannel> opened) {
        this.opened = opened;
    }

    /**
     * A handler for one connection that is served by blocking code, on a thread of its own. When the session returns,
     * the connection is closed in order; when it throws, the connection ends as with a callback that throws, unless it
     * has ended already.
     *
     * @param threads runs the session, which takes one of its threads for as long as the connection lives: best a
     *     virtual one
     * @param session the code
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
     * Opens a channel to a server: for any form of connect; the common one is a word of the client.
     *
     * @param connect connects with the handler that it is given, and answers the future of the connection
     * @return the future of the channel; fails with what the connection's future fails with, and cancels that when it
     *     is cancelled
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

    /** Who uses the channel decides when it ends; without a word of his it goes on until the deadline of the drain. */
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
