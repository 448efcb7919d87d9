// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

import java.io.IOException;
import java.nio.channels.AsynchronousChannelGroup;
import java.util.function.BiFunction;

/**
 * A channel group with its threads, and the bell that calls them. Replaced as a whole when one of the threads dies: the JDK
 * does not start another if it had no memory when it polled, and what that thread had taken is lost.
 */
final class Crew {
    private final AsynchronousChannelGroup group;
    private final Doorbell doorbell;
    private volatile boolean broken;

    /**
     * Starts the threads.
     *
     * @param size how many
     * @param threads makes each of them
     * @param answer called with what the bell was rung for
     * @throws IOException if the system gives no group
     */
    Crew(int size, BiFunction<Runnable, Crew, Thread> threads, Doorbell.Answer answer) throws IOException {
        group = AsynchronousChannelGroup.withFixedThreadPool(size, body -> threads.apply(body, this));
        try {
            doorbell = new Doorbell(group, answer);
        } catch (Throwable failure) {
            group.shutdownNow();
            throw failure;
        }
    }

    AsynchronousChannelGroup group() {
        return group;
    }

    Doorbell doorbell() {
        return doorbell;
    }

    /** One of its threads has ended. */
    void hasLostAThread() {
        broken = true;
    }

    /** Whether one of its threads has ended. */
    boolean isBroken() {
        return broken;
    }

    /** Ends its threads as soon as its last channel is closed. */
    void end() {
        doorbell.close();
        group.shutdown();
    }
}
