// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.concurrent.TimeUnit;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * A channel group with its threads, and the bell that calls them. Replaced as a whole when one of the threads dies: the
 * JDK does not start another if it had no memory when it polled, and what that thread had taken is lost.
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
     * @param size how many
     * @param threads makes each of them
     * @param answer called with what the bell was rung for
     * @throws IOException if the system gives no group
     */
    Crew(int size, BiFunction<Runnable, Crew, Thread> threads, Doorbell.Answer answer) throws IOException {
        try {
            group = AsynchronousChannelGroup.withFixedThreadPool(size, body -> threads.apply(body, this));
            start = Start.DONE;
        } catch (Throwable failure) {
            start = Start.GIVEN_UP;
            throw failure;
        }
        try {
            doorbell = new Doorbell(group, answer, this::isBroken);
        } catch (Throwable failure) {
            group.shutdownNow();
            throw failure;
        }
    }

    /**
     * Called by each thread when it begins; returns whether it is to work. If the JDK could not start all of them,
     * those that it has started would work for a group that nobody can end.
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

    /** One of its threads has died of this, or its bell could not be connected. */
    void isBroken(Throwable why) {
        loss = why;
    }

    /** What a thread has died of, or why there is no bell; null while all is well. */
    @Nullable
    Throwable loss() {
        return loss;
    }

    /** Ends its threads as soon as its last channel is closed. */
    void end() {
        doorbell.close();
        group.shutdown();
    }

    /** Ends its threads, and closes its channels if there are any left. */
    void endNow() {
        doorbell.close();
        try {
            group.shutdownNow();
        } catch (IOException failure) {
            throw new UncheckedIOException("threads that are not needed any more cannot be ended", failure);
        }
    }

    /** Whether its threads have nothing to do any more, nor ever will. */
    boolean hasEnded() {
        return group.isTerminated();
    }

    /** Needs no memory. */
    @SuppressWarnings("checkstyle:NoBlockingCall") // on a thread that serves nobody yet, or nobody any more
    static void pause(long nanoseconds) {
        try {
            java.util.concurrent.locks.LockSupport.parkNanos(nanoseconds);
        } catch (Throwable noMemoryToFindTheClass) {
            return;
        }
    }
}
