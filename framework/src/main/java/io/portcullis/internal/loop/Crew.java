// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A channel group with its threads, and the doorbell that wakes them. Replaced as a whole when one of the threads dies:
 * the JDK does not start another thread if it had no memory when it polled, and the events that the dead thread had
 * polled are lost.
 */
final class Crew {
    private static final long PAUSE = TimeUnit.MICROSECONDS.toNanos(100);

    private final AsynchronousChannelGroup group;
    private final Doorbell doorbell;
    private volatile Start start = Start.WAITING;
    private volatile @Nullable Throwable loss;

    private enum Start {
        WAITING,
        DONE,
        GIVEN_UP
    }

    /**
     * Starts the threads.
     *
     * @param size the number of threads
     * @param threads creates each thread
     * @param responder runs the turns for which the bell was rung
     * @throws IOException if the system cannot create a channel group
     */
    Crew(int size, BiFunction<Runnable, Crew, Thread> threads, Doorbell.Responder responder) throws IOException {
        try {
            group = AsynchronousChannelGroup.withFixedThreadPool(size, body -> threads.apply(body, this));
            start = Start.DONE;
        } catch (Throwable failure) {
            start = Start.GIVEN_UP;
            throw failure;
        }
        try {
            doorbell = new Doorbell(group, responder, this::isBroken);
        } catch (Throwable failure) {
            group.shutdownNow();
            throw failure;
        }
    }

    /**
     * Called by each thread when it begins; returns whether the thread is to work. If the JDK could not start all
     * threads, those that it has started would work for a group that nothing can shut down.
     */
    boolean starts() {
        while (start == Start.WAITING) {
            pause(PAUSE);
        }
        return start == Start.DONE;
    }

    AsynchronousChannelGroup group() {
        return group;
    }

    Doorbell doorbell() {
        return doorbell;
    }

    /** Called when one of the threads has died, or the bell could not be connected. */
    void isBroken(Throwable why) {
        loss = why;
    }

    /** Returns what a thread has died of, or why there is no bell; null if neither has happened. */
    @Nullable
    Throwable loss() {
        return loss;
    }

    /** Ends the threads as soon as the last channel of the group is closed. */
    void end() {
        doorbell.close();
        group.shutdown();
    }

    /** Ends the threads, and closes any channels that are left. */
    void endNow() {
        doorbell.close();
        try {
            group.shutdownNow();
        } catch (IOException failure) {
            throw new UncheckedIOException("cannot shut down a channel group that is no longer needed", failure);
        }
    }

    /** Returns whether the group has terminated. */
    boolean hasEnded() {
        return group.isTerminated();
    }

    /** Parks the calling thread; needs no memory. */
    @SuppressWarnings("checkstyle:NoBlockingCall") // on a thread that serves no connection yet, or none any more
    static void pause(long nanoseconds) {
        try {
            java.util.concurrent.locks.LockSupport.parkNanos(nanoseconds);
        } catch (Throwable noMemoryToFindTheClass) {
            return;
        }
    }
}
