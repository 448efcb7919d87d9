// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.accept;

import io.portcullis.ConnectionHandler;
import io.portcullis.ConnectionLimit;
import io.portcullis.Gate;
import io.portcullis.internal.endpoint.Endpoint;
import io.portcullis.internal.limit.Intake;
import io.portcullis.internal.log.FailureLog;
import io.portcullis.internal.log.Guard;
import io.portcullis.internal.loop.Crews;
import io.portcullis.internal.loop.Dispatched;
import io.portcullis.internal.loop.GroupMachine;
import io.portcullis.internal.wire.SocketTransport;
import io.portcullis.internal.wire.Wire;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Accepts the connections of one listener. One accept is outstanding, and it is renewed before the new connection is
 * processed. While the listener is suspended, the server full, or memory short, the accepted connection is held and no
 * further accept is started, so that later connections wait in the backlog.
 */
public final class Acceptor implements CompletionHandler<AsynchronousSocketChannel, Void>, Crews.Recovering {
    /** Opens a channel for the address of a previous one. */
    public interface Binding {
        AsynchronousServerSocketChannel open() throws IOException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(Acceptor.class);

    /** The interval between checks whether there are buffers for one more connection. */
    private static final long MEMORY_PAUSE = TimeUnit.MILLISECONDS.toNanos(20);

    private final GroupMachine machine;
    private final Reception reception;
    private final Endpoint endpoint;
    private final Binding binding;
    private volatile AsynchronousServerSocketChannel channel;
    private final Wire.Origin listener;
    private final Gate gate;
    private final Supplier<? extends ConnectionHandler> handlers;
    private final Intake intake;
    private final AcceptFailures failures;
    private final AtomicReference<@Nullable AsynchronousSocketChannel> held = new AtomicReference<>();
    private volatile boolean suspended;

    /** Whether no accept is outstanding or scheduled, although one should be. */
    private volatile boolean broken;

    /**
     * Whether the channel may never complete an accept: its threads are gone, or the JDK failed in the middle of an
     * accept.
     */
    private volatile boolean stale;

    private volatile boolean closed;

    public Acceptor(
            GroupMachine machine,
            Reception reception,
            AsynchronousServerSocketChannel channel,
            Binding binding,
            Wire.Origin listener,
            Gate gate,
            Supplier<? extends ConnectionHandler> handlers,
            boolean suspended) {
        this.machine = machine;
        this.reception = reception;
        this.endpoint = reception.endpoint();
        this.channel = channel;
        this.binding = binding;
        this.listener = listener;
        this.gate = gate;
        this.handlers = handlers;
        this.intake = endpoint.intake();
        this.failures = new AcceptFailures(machine);
        this.suspended = suspended;
        machine.crews().lookAfter(this);
    }

    /** Waits for the next connection. Never fails: if there is no memory for that, it is retried. */
    public void accept() {
        try {
            channel.accept(null, this);
        } catch (ShutdownChannelGroupException closing) {
            Guard.debug(LOG, "no longer accepting", closing);
        } catch (Throwable noMemory) {
            // The JDK may now consider an accept outstanding that never completes, and refuse any other on this
            // channel; that may also be the cause of this exception
            stale = true;
            machine.faults().suspect(noMemory);
        }
    }

    /** Restarts the chain of accepts. */
    @Override
    public void recover() {
        if (stale && !closed) {
            openAgain();
        }
        if (broken) {
            broken = false;
            if (!holds()) {
                accept();
            }
        }
    }

    /** Marks the channel as stale; {@link #recover} reopens the listener for the new threads. */
    @Override
    public void markStale() {
        stale = true;
    }

    private void openAgain() {
        closeChannel();
        try {
            channel = binding.open();
            stale = false;
            broken = true;
        } catch (Throwable notYet) {
            machine.faults().tell(FailureLog.Sort.OPEN_AGAIN, listener, notYet);
        }
        if (closed) {
            close();
        }
    }

    /**
     * Called when something has thrown that must not, for lack of memory or otherwise: only this connection is lost.
     */
    private void lost(AsynchronousSocketChannel accepted, Throwable failure) {
        broken = true;
        machine.faults().suspect(failure);
        drop(accepted);
        machine.faults().tell(FailureLog.Sort.ACCEPT, listener, failure);
    }

    public void suspend() {
        suspended = true;
    }

    public void resume() {
        suspended = false;
        var unused = goOn();
    }

    public boolean suspended() {
        return suspended;
    }

    public boolean isOpen() {
        return !closed;
    }

    /** Returns the channel that currently accepts. */
    public AsynchronousServerSocketChannel channel() {
        return channel;
    }

    /**
     * Called when a connection was accepted. The next accept may complete inside the call that starts it: its
     * connection is processed after this one, never within.
     */
    @Override
    public void completed(AsynchronousSocketChannel accepted, Void none) {
        failures.over();
        look(accepted);
    }

    private void look(AsynchronousSocketChannel accepted) {
        try {
            machine.run(new Dispatched() {
                @Override
                public void run() {
                    take(accepted);
                }
            });
        } catch (Throwable noMemory) {
            lost(accepted, noMemory);
        }
    }

    private void take(AsynchronousSocketChannel accepted) {
        try {
            decide(accepted);
        } catch (Throwable failure) {
            held.compareAndSet(accepted, null);
            lost(accepted, failure);
        }
    }

    private void decide(AsynchronousSocketChannel accepted) {
        if (closed) {
            drop(accepted);
            intake.callNext();
        } else if (suspended) {
            hold(accepted);
            intake.callNext();
            if (!suspended) {
                var unused = goOn();
            }
        } else if (machine.memory().isShort()) {
            hold(accepted);
            var unused = machine.schedule(this::goOn, MEMORY_PAUSE);
        } else if (intake.enter()) {
            beginLater(accepted);
            acceptNext();
        } else if (intake.refuses()) {
            refuse(accepted, ConnectionLimit.CONNECTIONS);
            acceptNext();
        } else {
            hold(accepted);
            intake.whenThereIsRoom(this::roomThere);
        }
    }

    private void beginLater(AsynchronousSocketChannel accepted) {
        try {
            machine.run(new Dispatched() {
                @Override
                public void run() {
                    try {
                        begin(accepted);
                    } catch (Throwable noMemory) {
                        machine.faults().defect(noMemory);
                    }
                }
            });
        } catch (Throwable noMemory) {
            intake.leave();
            throw noMemory;
        }
    }

    /** Holds a connection. If one is already held, because the listener was reopened meanwhile, that one is dropped. */
    private void hold(AsynchronousSocketChannel accepted) {
        AsynchronousSocketChannel before = held.getAndSet(accepted);
        if (before != null) {
            drop(before);
        }
        if (closed) {
            dropHeld();
        }
    }

    /** Returns whether a connection is held until there is room, or until the listener is resumed. */
    public boolean holds() {
        return held.get() != null;
    }

    /** Called when the server has room. If no connection is held here any more, another listener may need the room. */
    private void roomThere() {
        if (!goOn()) {
            intake.callNext();
        }
    }

    /** Processes the connection that is held; returns whether there was one. */
    private boolean goOn() {
        AsynchronousSocketChannel waiting = held.getAndSet(null);
        if (waiting != null) {
            look(waiting);
        }
        return waiting != null;
    }

    private void acceptNext() {
        long pause = intake.accepted();
        if (pause == 0) {
            accept();
        } else {
            acceptLater(pause);
        }
    }

    private void acceptLater(long pause) {
        try {
            var unused = machine.schedule(this::accept, pause);
        } catch (Throwable noMemory) {
            broken = true;
        }
    }

    /** Starts a connection. Its place in the server has already been taken. */
    private void begin(AsynchronousSocketChannel accepted) {
        boolean started = false;
        Object counted = null;
        try {
            accepted.setOption(StandardSocketOptions.TCP_NODELAY, true);
            InetSocketAddress remote = (InetSocketAddress) accepted.getRemoteAddress();
            counted = intake.enter(remote.getAddress());
            Wire wire = new Wire(
                            machine.nextId(),
                            remote,
                            (InetSocketAddress) accepted.getLocalAddress(),
                            new SocketTransport(accepted))
                    .by(listener, counted);
            started = reception.start(wire, gate, Objects.requireNonNull(handlers.get(), "the supplier returned null"));
        } catch (Intake.TooMany limit) {
            refuse(accepted, ConnectionLimit.CONNECTIONS_OF_ADDRESS);
        } catch (IOException goneAlready) {
            drop(accepted);
            Guard.debug(LOG, "a connection was lost while it was accepted", goneAlready);
        } catch (Throwable failure) {
            drop(accepted);
            endpoint.audience().supplierFailed(failure);
        } finally {
            if (!started) {
                intake.leave(counted);
            }
        }
    }

    private void refuse(AsynchronousSocketChannel accepted, ConnectionLimit limit) {
        try {
            endpoint.audience().refused((InetSocketAddress) accepted.getRemoteAddress(), listener.name(), limit);
        } catch (IOException goneAlready) {
            Guard.debug(LOG, "a connection was lost while it was refused", goneAlready);
        } finally {
            drop(accepted);
        }
    }

    /** Closes a connection. Needs no memory. */
    private static void drop(AsynchronousSocketChannel accepted) {
        var unused = SocketTransport.close(accepted);
    }

    private void dropHeld() {
        AsynchronousSocketChannel waiting = held.getAndSet(null);
        if (waiting != null) {
            drop(waiting);
        }
    }

    @Override
    public void failed(Throwable failure, Void none) {
        if (failure instanceof AsynchronousCloseException || failure instanceof ClosedChannelException) {
            return;
        }
        try {
            machine.faults().suspect(failure);
            acceptLater(failures.pause(failure));
        } catch (Throwable noMemory) {
            broken = true;
            machine.faults().suspect(noMemory);
        }
    }

    public void close() {
        closed = true;
        machine.crews().forget(this);
        closeChannel();
        dropHeld();
    }

    private void closeChannel() {
        try {
            channel.close();
        } catch (Throwable alreadyGone) {
            Guard.debug(LOG, "closing a listener failed", alreadyGone);
        }
    }
}
