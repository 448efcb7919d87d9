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
 * <p>A group has no such method, and all threads of a fixed one wait for the operating system. But a read into an empty
 * buffer completes at once, and a group delivers a completion that another thread has caused on one of its own threads.
 * So a doorbell is a channel of the group that is connected to nobody in particular and is never really read.
 *
 * <p>When the group is gone there is no thread left to hand to: what comes too late, such as a write to a connection
 * that has ended and must be told so, runs on the thread that rings, unless another group has taken over.
 *
 * <p>Must not be rung from a thread of the group: such a completion may be delivered inside the call.
 */
final class Doorbell {
    private static final Logger LOG = LoggerFactory.getLogger(Doorbell.class);
    private static final ByteBuffer EMPTY = ByteBuffer.allocate(0);

    /** Who runs what the bell was rung for. */
    interface Answer {
        /** On a thread of the group. */
        void run(Dispatched turn);

        /** There is no memory to ring for it. Never fails. */
        void keep(Dispatched turn);

        /**
         * The group is gone, or the bell has never been connected: runs it on another group's thread or on this one.
         */
        void runElsewhere(Dispatched turn, Doorbell gone);
    }

    private final AsynchronousSocketChannel bell;
    private final Answer answer;
    private final Consumer<Throwable> broken;
    private final CompletionHandler<Integer, Doorbell> completion;

    /** What the bell was rung for, and no thread has answered yet. */
    private final Queue<Dispatched> rung = new ConcurrentLinkedQueue<>();

    private final Queue<Dispatched> early = new ConcurrentLinkedQueue<>();
    private volatile boolean ready;
    private volatile boolean retired;

    /**
     * Connects the bell; what is rung until then waits.
     *
     * @param group whose threads are wanted
     * @param answer called with each strand
     * @param broken told if the bell cannot be connected: until there is another one, strands run where it is rung
     * @throws IOException if there is no loopback
     */
    Doorbell(AsynchronousChannelGroup group, Answer answer, Consumer<Throwable> broken) throws IOException {
        this.answer = answer;
        this.broken = broken;
        completion = new CompletionHandler<>() {
            @Override
            public void completed(Integer nothing, Doorbell itself) {
                Dispatched turn = rung.poll();
                if (turn != null) {
                    answer.run(turn);
                }
            }

            @Override
            public void failed(Throwable groupIsGone, Doorbell itself) {
                Dispatched turn = rung.poll();
                if (turn != null) {
                    answer.runElsewhere(turn, itself);
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

    /** The bell could not be connected, or was closed before. */
    void notConnected(Throwable failure) {
        if (bell.isOpen()) {
            broken.accept(failure);
        }
        ready = true;
        ringEarly();
    }

    /** Has the strand run on a thread of the group, soon. */
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
                answer.keep(turn);
            }
        }
    }

    private void read(Dispatched turn) {
        rung.add(turn);
        try {
            bell.read(EMPTY, this, completion);
        } catch (ShutdownChannelGroupException | NotYetConnectedException groupIsGone) {
            if (rung.remove(turn)) {
                answer.runElsewhere(turn, this);
            }
        } catch (Throwable noMemory) {
            if (rung.remove(turn)) {
                throw noMemory;
            }
        }
        // The thread that takes what is unanswered may have been here before
        if (retired && rung.remove(turn)) {
            answer.runElsewhere(turn, this);
        }
    }

    /** Takes one of those that this bell was rung for, and that nobody answers if its threads have died. */
    @Nullable
    Dispatched unanswered() {
        Dispatched turn = rung.poll();
        return turn == null ? early.poll() : turn;
    }

    /** Another bell has taken over: what this one is rung for from now on goes there. */
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
