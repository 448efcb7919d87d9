// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.AsynchronousChannel;
import java.nio.channels.AsynchronousChannelGroup;
import java.nio.channels.AsynchronousServerSocketChannel;
import java.nio.channels.AsynchronousSocketChannel;
import java.nio.channels.CompletionHandler;
import java.nio.channels.NotYetConnectedException;
import java.nio.channels.ShutdownChannelGroupException;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hands strands to the threads of a channel group from any other thread.
 *
 * <p>A group has no method for this, and all threads of a fixed group wait for the operating system. But a read into an
 * empty buffer completes at once, and a group delivers a completion that was caused by a foreign thread on one of its
 * own threads. So a doorbell is a channel of the group whose peer does not matter and that never transfers any bytes.
 *
 * <p>When the group is gone, no thread is left to run turns: a late turn, such as a write to a connection that has
 * ended and has to fail it, runs on the thread that rings, unless another group has taken over.
 *
 * <p>Must not be rung from a thread of the group: such a completion may be delivered inside the call.
 */
final class Doorbell {
    private static final Logger LOG = LoggerFactory.getLogger(Doorbell.class);
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** Runs the turns for which the bell was rung. */
    interface Responder {
        /** Runs a turn. Called on a thread of the group. */
        void run(Dispatched turn);

        /** Keeps a turn for which there is no memory to ring the bell. Never fails. */
        void keep(Dispatched turn);

        /**
         * Runs a turn on another group's thread or on this one. Called if the group is gone, or the bell was never
         * connected.
         */
        void runElsewhere(Dispatched turn, Doorbell gone);
    }

    private final AsynchronousSocketChannel bell;
    private final Responder responder;
    private final Consumer<Throwable> broken;
    private final CompletionHandler<Integer, Doorbell> completion;

    /** The turns for which the bell was rung and that no thread has taken yet. */
    private final Queue<Dispatched> rung = new ConcurrentLinkedQueue<>();

    private final Queue<Dispatched> early = new ConcurrentLinkedQueue<>();
    private volatile boolean ready;
    private volatile boolean retired;

    /**
     * Connects the bell; turns for which it is rung until then wait.
     *
     * @param group the group whose threads are to run the turns
     * @param responder called with each turn
     * @param broken called if the bell cannot be connected; until it is replaced, turns run on the thread that rings
     * @throws IOException if there is no loopback interface
     */
    Doorbell(AsynchronousChannelGroup group, Responder responder, Consumer<Throwable> broken) throws IOException {
        this.responder = responder;
        this.broken = broken;
        completion = new CompletionHandler<>() {
            @Override
            public void completed(Integer nothing, Doorbell itself) {
                Dispatched turn = rung.poll();
                if (turn != null) {
                    responder.run(turn);
                }
            }

            @Override
            public void failed(Throwable groupIsGone, Doorbell itself) {
                Dispatched turn = rung.poll();
                if (turn != null) {
                    responder.runElsewhere(turn, itself);
                }
            }
        };
        AsynchronousServerSocketChannel listener = AsynchronousServerSocketChannel.open(group)
                .bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
        bell = AsynchronousSocketChannel.open(group);
        bell.connect(listener.getLocalAddress(), listener, new CompletionHandler<>() {
            @Override
            public void completed(Void nothing, AsynchronousServerSocketChannel unused) {
                close(unused);
                ready = true;
                ringEarly();
            }

            @Override
            public void failed(Throwable failure, AsynchronousServerSocketChannel unused) {
                close(unused);
                notConnected(failure);
            }
        });
    }

    /** Called when the bell could not be connected, or was closed before it was. */
    void notConnected(Throwable failure) {
        if (bell.isOpen()) {
            broken.accept(failure);
        }
        ready = true;
        ringEarly();
    }

    /** Runs the turn on a thread of the group, soon. */
    void ring(Dispatched turn) {
        if (ready) {
            read(turn);
            return;
        }
        early.add(turn);
        if (ready) {
            ringEarly();
        }
    }

    private void ringEarly() {
        for (Dispatched turn = early.poll(); turn != null; turn = early.poll()) {
            try {
                read(turn);
            } catch (Throwable noMemory) {
                responder.keep(turn);
            }
        }
    }

    private void read(Dispatched turn) {
        rung.add(turn);
        try {
            bell.read(EMPTY, this, completion);
        } catch (ShutdownChannelGroupException | NotYetConnectedException groupIsGone) {
            if (rung.remove(turn)) {
                responder.runElsewhere(turn, this);
            }
        } catch (Throwable noMemory) {
            if (rung.remove(turn)) {
                throw noMemory;
            }
        }
        // The thread that drains the queue of this bell may have passed before the turn was added
        if (retired && rung.remove(turn)) {
            responder.runElsewhere(turn, this);
        }
    }

    /**
     * Removes one of the turns for which this bell was rung, and that no thread will take if the group's threads have
     * died.
     */
    @Nullable
    Dispatched nextPending() {
        Dispatched turn = rung.poll();
        return turn == null ? early.poll() : turn;
    }

    /** Takes the bell out of service: turns for which it is rung from now on go to its successor. */
    void retire() {
        retired = true;
        close(bell);
    }

    void close() {
        close(bell);
    }

    private static void close(AsynchronousChannel channel) {
        try {
            channel.close();
        } catch (IOException alreadyGone) {
            LOG.debug("closing a channel failed", alreadyGone);
        }
    }
}
