// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Tracks, for each thread, the buffer that is lent to the callback running on it, so that a write recognizes its
 * memory: the whole buffer, a slice (a frame) or a duplicate, on whichever connection it is written. Such memory
 * returns to the pool soon after the callback; a write that kept a reference to it would send the data of its next
 * holder.
 */
public final class Lending {
    /** A thread with a field for the lent buffer. */
    interface Borrower {
        /** Called on this thread: sets the buffer lent to a callback, and returns the previous one. */
        @Nullable
        ByteBuffer lend(@Nullable ByteBuffer buffer);

        /** Called on this thread: returns the buffer lent to the running callback. */
        @Nullable
        ByteBuffer lent();
    }

    /** For threads of executors, which have no such field. */
    private static final ThreadLocal<@Nullable ByteBuffer> ELSEWHERE = new ThreadLocal<>();

    /** Addresses are compared modulo this, the largest unit size that {@link ByteBuffer#alignmentOffset} supports. */
    private static final int MODULUS = 1 << 30;

    private Lending() {}

    /**
     * Called when a callback to which a buffer is lent begins, and when it has returned, to restore the previous
     * buffer.
     *
     * @return the buffer lent on this thread before
     */
    public static @Nullable ByteBuffer lend(@Nullable ByteBuffer lent) {
        if (Thread.currentThread() instanceof Borrower thread) {
            return thread.lend(lent);
        }
        ByteBuffer before = ELSEWHERE.get();
        if (lent == null) {
            ELSEWHERE.remove();
        } else {
            ELSEWHERE.set(lent);
        }
        return before;
    }

    /**
     * Returns whether a buffer may lie in memory that is lent to the callback running on this thread; never false if it
     * does.
     */
    public static boolean covers(ByteBuffer data) {
        if (!data.isDirect()) {
            return false;
        }
        ByteBuffer lent = Thread.currentThread() instanceof Borrower thread ? thread.lent() : ELSEWHERE.get();
        return lent != null && mayOverlap(data, lent);
    }

    /**
     * Returns whether a direct buffer may be a view of another one. Addresses can only be read modulo 1 GiB, so a false
     * positive is possible but rare for buffers that are small in comparison; it merely causes an unnecessary copy.
     */
    private static boolean mayOverlap(ByteBuffer view, ByteBuffer whole) {
        if (view.capacity() > whole.capacity()) {
            return false;
        }
        int distance = (view.alignmentOffset(0, MODULUS) - whole.alignmentOffset(0, MODULUS)) & (MODULUS - 1);
        return distance < whole.capacity();
    }
}
