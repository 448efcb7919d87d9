// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import io.portcullis.ConnectionHandler;
import io.portcullis.Gate;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.StandardSocketOptions;
import java.nio.channels.AsynchronousCloseException;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.CompletionHandler;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the connections of one listener: one accept is outstanding, and it is renewed before the new connection is
 * looked at. An accept that fails (no descriptor is left) is reported once by the channel and never again, so it is
 * renewed after a pause, which doubles up to a second.
 */
final class Acceptor implements CompletionHandler<AsynchronousSocketChannel, Void> {
    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);
    private static final long FIRST_PAUSE = TimeUnit.MILLISECONDS.toNanos(10);
    private static final long LONGEST_PAUSE = TimeUnit.SECONDS.toNanos(1);

    private final GroupMachine machine;
    private final Endpoint endpoint;
    private final AsynchronousServerSocketChannel channel;
    private final Gate gate;
    private final Supplier<? extends ConnectionHandler> handlers;
    private volatile long pause = FIRST_PAUSE;

    Acceptor(
            GroupMachine machine,
            Endpoint endpoint,
            AsynchronousServerSocketChannel channel,
            Gate gate,
            Supplier<? extends ConnectionHandler> handlers) {
        this.machine = machine;
        this.endpoint = endpoint;
        this.channel = channel;
        this.gate = gate;
        this.handlers = handlers;
    }

    /** Waits for the next connection. */
    void accept() {
        try {
            channel.accept(null, this);
        } catch (ShutdownChannelGroupException closing) {
            LOG.debug("no longer accepting", closing);
        }
    }

    /** The next accept may complete inside the call: what it brings runs behind, never within. */
    @Override
    public void completed(AsynchronousSocketChannel accepted, Void none) {
        pause = FIRST_PAUSE;
        machine.run(() -> {
            machine.run(() -> begin(accepted));
            accept();
        });
    }

    private void begin(AsynchronousSocketChannel accepted) {
        try {
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            Wire wire = new Wire(
                    machine.nextId(),
                    (InetSocketAddress) accepted.getRemoteAddress(),
                    (InetSocketAddress) accepted.getLocalAddress(),
                    new SocketTransport(accepted));
            endpoint.start(wire, gate, Objects.requireNonNull(handlers.get(), "there is no handler"));
        } catch (IOException goneAlready) {
            LOG.debug("a connection was lost while it was accepted", goneAlready);
            new SocketTransport(accepted).close();
        } catch (Throwable failure) {
            LOG.warn("the supplier of handlers failed; the new connection is closed", failure);
            new SocketTransport(accepted).close();
        }
    }

    @Override
    public void failed(Throwable failure, Void none) {
        if (failure instanceof AsynchronousCloseException || failure instanceof ClosedChannelException) {
            return;
        }
        long now = pause;
        pause = Math.min(now * 2, LONGEST_PAUSE);
        LOG.warn(
                "accepting failed ({}); trying again in {} ms",
                failure.getMessage(),
                TimeUnit.NANOSECONDS.toMillis(now));
        var unused = machine.schedule(this::accept, now);
    }

    void close() {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            LOG.debug("closing a listener failed", alreadyGone);
        }
    }
}
