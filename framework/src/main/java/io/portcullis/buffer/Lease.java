// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A pooled buffer on loan. The holder of the lease owns the buffer and releases it exactly once, on any thread. Like
 * any object that is not thread-safe, a lease may be passed between threads with a happens-before edge. Neither the
 * lease nor its buffer may be used after the release; which violations are detected depends on the mode of the
 * {@link BufferPool}.
 *
 * <p>A lease represents one loan. Releasing it detaches the buffer from this object permanently, so a stale reference
 * to the lease can neither access the buffer nor release it a second time, regardless of who holds the buffer by then.
 *
 * <p>A buffer that was passed to a pending operation of a channel belongs to the channel until the operation has
 * completed; its lease must therefore be released in the completion handler and nowhere else.
 */
public final class Lease {
    private static final VarHandle LENT;

    static {
        try {
            LENT = MethodHandles.lookup().findVarHandle(Lease.class, "lent", PooledBuffer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /**
     * The buffer on loan or, after the release, the marker for the end of the loan. The only field, so that a loan
     * costs 16 bytes. Not volatile, so that creating a lease needs no full fence.
     */
    private PooledBuffer lent;

    /** Starts a loan of a buffer that the caller has removed from the free buffers. */
    Lease(PooledBuffer buffer) {
        lent = buffer;
        // As for a final field: a thread that obtains the lease through a data race still sees the buffer
        VarHandle.storeStoreFence();
    }

    /** Starts another loan with this object, which its holder has released. */
    Lease lendAgain(PooledBuffer buffer) {
        LENT.setRelease(this, buffer);
        return this;
    }

    private PooledBuffer current() {
        return (PooledBuffer) LENT.getAcquire(this);
    }

    /**
     * Returns the buffer on loan. It is the same object throughout one loan; its position, limit and order are as the
     * holder left them.
     *
     * @return the buffer
     * @throws IllegalStateException if the lease has been released
     */
    public ByteBuffer buffer() {
        PooledBuffer current = (PooledBuffer) LENT.getAcquire(this);
        ByteBuffer bytes = current.bytes;
        if (bytes == null) {
            throw new IllegalStateException(
                    "This lease has been released and its buffer may be in use elsewhere: take a new lease."
                            + hint(current),
                    current.releasedAt());
        }
        return bytes;
    }

    /**
     * Returns the capacity of the buffer. May also be called after the release.
     *
     * @return bytes
     */
    public int capacity() {
        return current().home.size;
    }

    /**
     * Releases the buffer without erasing its contents, so its next holder can read them; see
     * {@link #releaseWiped(int)}.
     *
     * @throws IllegalStateException if the lease was already released; the buffer is then not touched. If several
     *     threads release one loan at the same time, all but one get this exception
     */
    public void release() {
        releaseWiped(0);
    }

    /**
     * Overwrites the first bytes of the buffer with zeros, then releases it. For a buffer that held plaintext or
     * anything else its next holder must not read.
     *
     * @param length the number of bytes to overwrite, counted from index 0 regardless of the position and limit
     * @throws IllegalArgumentException if the length is negative or exceeds the capacity; the lease stays active
     * @throws IllegalStateException if the lease was already released; the buffer is then not touched
     */
    public void releaseWiped(int length) {
        PooledBuffer current = current();
        SizeClass home = current.home;
        if (length < 0 || length > home.size) {
            throw new IllegalArgumentException("Cannot wipe " + length + " bytes of " + home.size);
        }
        ByteBuffer bytes = current.bytes;
        PooledBuffer end = home.endOfLoan();
        if (bytes == null || !LENT.compareAndSet(this, current, end)) {
            throw releasedBefore();
        }
        if (length > 0) {
            Overwrite.wipe(bytes, length);
        }
        try {
            home.lender.takeBack(current, end);
        } finally {
            // Otherwise the lease could become unreachable, and so count as leaked, while it is being released.
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the loan without returning the buffer to the pool: the buffer is never lent again, and counts as leaked. For
     * a buffer that something else may still access for an unknown time, such as an operation of a channel that could
     * not be closed.
     *
     * @throws IllegalStateException if the lease was already released
     */
    public void abandon() {
        PooledBuffer current = current();
        SizeClass home = current.home;
        PooledBuffer end = home.endOfLoan();
        if (current.bytes == null || !LENT.compareAndSet(this, current, end)) {
            throw releasedBefore();
        }
        try {
            home.lender.giveUp(current);
        } finally {
            Reference.reachabilityFence(this); // as above
        }
    }

    private IllegalStateException releasedBefore() {
        return new IllegalStateException(
                "This lease was already released: release it exactly once, after its last use." + hint(current()),
                current().releasedAt());
    }

    /**
     * Returns the capacity and whether the lease is active.
     *
     * @return one line
     */
    @Override
    public String toString() {
        return "Lease[" + capacity() + " bytes, " + (isOut() ? "active" : "released") + "]";
    }

    boolean isOut() {
        return current().bytes != null;
    }

    private static String hint(PooledBuffer end) {
        return end.home.lender.strict()
                ? " The cause shows where it was released."
                : " BufferPool.builder().strict(true) shows where it was released.";
    }
}
