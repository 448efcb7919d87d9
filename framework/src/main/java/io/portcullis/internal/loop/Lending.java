// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * Remembers, for each thread, the buffer that is lent to the callback that runs on it, so that a write recognizes its
 * memory: that of the whole buffer, of a slice (a frame) or of a duplicate, and on whichever connection it is written.
 * Such memory goes back to the pool soon after the callback, and a write that kept it would send what its next holder
 * puts there.
 */
public final class Lending {
    /** A thread with a field for what is lent. */
    interface Borrower {
        /** Called on this thread: something else is lent to a callback; returns what was lent before. */
        @Nullable
        ByteBuffer lend(@Nullable ByteBuffer buffer);

        /** Called on this thread: what is lent to the callback that runs. */
        @Nullable
        ByteBuffer lent();
    }

    /** For the threads of executors, which have none. */
    private static final ThreadLocal<@Nullable ByteBuffer> ELSEWHERE = new ThreadLocal<>();

    /** Addresses are compared modulo this, the largest unit that {@link ByteBuffer#alignmentOffset} knows. */
    private static final int MODULUS = 1 << 30;

    private Lending() {}

    /**
     * A callback begins to which a buffer is lent; or it has returned, and what was lent before is again.
     *
     * @return what was lent on this thread before
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
     * Whether a buffer may lie in memory that is lent to the callback that runs on this thread; never false if it does.
     */
    public static boolean covers(ByteBuffer data) {
        if (!data.isDirect()) {
            return false;
        }
        ByteBuffer lent = Thread.currentThread() instanceof Borrower thread ? thread.lent() : ELSEWHERE.get();
        return lent != null && mayOverlap(data, lent);
    }

    /**
     * Whether a direct buffer may be a view of another. Addresses cannot be read as a whole, but modulo 1 GiB they can;
     * so the answer is rarely wrong for buffers that are small in comparison, and then a copy was made in vain.
     */
    private static boolean mayOverlap(ByteBuffer view, ByteBuffer whole) {
        if (view.capacity() > whole.capacity()) {
            return false;
        }
        int distance = (view.alignmentOffset(0, MODULUS) - whole.alignmentOffset(0, MODULUS)) & (MODULUS - 1);
        return distance < whole.capacity();
    }
}
