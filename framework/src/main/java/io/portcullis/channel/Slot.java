// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The pending operation of one direction of a channel. The thread that takes an operation out completes it. After a
 * timeout no other operation is accepted, as {@link java.nio.channels.AsynchronousChannel} allows.
 *
 * <pre>
 *   free &lt;--&gt; pending --&gt; expired
 * </pre>
 *
 * May be used from any thread.
 */
final class Slot {
    private static final Operation EXPIRED = new Expired();

    private final String action;
    private final Supplier<? extends IllegalStateException> taken;
    private final AtomicReference<@Nullable Operation> content = new AtomicReference<>();

    /**
     * A free slot.
     *
     * @param action the name of its operations, for messages
     * @param taken creates the exception that is thrown while an operation is pending
     */
    Slot(String action, Supplier<? extends IllegalStateException> taken) {
        this.action = action;
        this.taken = taken;
    }

    /**
     * Makes an operation the pending one.
     *
     * @throws IllegalStateException if another one is pending, or has timed out
     */
    void put(Operation operation) {
        if (!content.compareAndSet(null, operation)) {
            requireFree();
            put(operation);
        }
    }

    /**
     * Returns if an operation could be pending now.
     *
     * @throws IllegalStateException if another one is pending, or has timed out
     */
    void requireFree() {
        Operation now = content.get();
        if (now instanceof Expired) {
            throw new IllegalStateException(action + " is not possible after a timeout");
        }
        if (now != null) {
            throw taken.get();
        }
    }

    /** Takes the pending operation out; null if there is none. */
    @Nullable
    Operation take() {
        Operation now = content.get();
        return now != null && take(now) ? now : null;
    }

    /** Takes this operation out; returns false if it is not, or no longer, the pending one. */
    boolean take(Operation operation) {
        return !(operation instanceof Expired) && content.compareAndSet(operation, null);
    }

    /** Takes this operation out after its time limit, and accepts no other one. */
    boolean expire(Operation operation) {
        return content.compareAndSet(operation, EXPIRED);
    }

    boolean holds(Operation operation) {
        return operation.equals(content.get());
    }

    /** Whether an operation is pending; not if it has timed out. */
    boolean pending() {
        Operation now = content.get();
        return now != null && !(now instanceof Expired);
    }

    /** Whether no operation is pending, and none has timed out. */
    boolean free() {
        return content.get() == null;
    }

    /** Replaces an operation that has timed out; never completed. */
    private static final class Expired extends Operation {
        @Override
        void completed(int count) {}

        @Override
        void failed(Throwable cause) {}

        @Override
        boolean callsBack() {
            return false;
        }
    }
}
