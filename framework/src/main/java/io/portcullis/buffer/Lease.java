// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;

/**
 * A pooled buffer on loan. The holder of the lease owns the buffer and gives it back exactly once, on any thread; it
 * may be handed from thread to thread like any object that is not thread-safe, that is with a happens-before edge.
 * Neither the lease nor its buffer may be used afterwards: what is detected then depends on the mode of the
 * {@link BufferPool}.
 *
 * <p>A lease is one loan. Its release takes the buffer away from this object for good, so that a reference to it which
 * somebody kept can neither reach the buffer nor give it back a second time, whoever has it by then.
 *
 * <p>A buffer that was passed to a pending operation of a channel belongs to the channel until the operation has
 * completed, so its lease is released in the completion and nowhere else.
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
     * The only field, so that a loan costs 16 bytes: what is on loan, or after the release the end of it. Not volatile,
     * so that to make a lease costs no full fence.
     */
    private PooledBuffer lent;

    /** Starts a loan of a buffer that the caller took from where free ones are kept. */
    Lease(PooledBuffer buffer) {
        lent = buffer;
        // As for a final field: a thread that looks at somebody else's lease finds the buffer, in whichever way it got
        // there
        VarHandle.storeStoreFence();
    }

    /** Starts another loan by the same object, which its holder has released. */
    Lease lendAgain(PooledBuffer buffer) {
        LENT.setRelease(this, buffer);
        return this;
    }

    private PooledBuffer current() {
        return (PooledBuffer) LENT.getAcquire(this);
    }

    /**
     * The buffer on loan: always the same object during one loan, at the position, limit and order its holder gave it.
     *
     * @return the buffer
     * @throws IllegalStateException if the lease was released
     */
    public ByteBuffer buffer() {
        PooledBuffer current = (PooledBuffer) LENT.getAcquire(this);
        ByteBuffer bytes = current.bytes;
        if (bytes == null) {
            throw new IllegalStateException(
                    "This lease was released, its buffer may belong to somebody else: take a new lease."
                            + hint(current),
                    current.releasedAt());
        }
        return bytes;
    }

    /**
     * The capacity of the buffer, also after the release.
     *
     * @return bytes
     */
    public int capacity() {
        return current().home.size;
    }

    /**
     * Gives the buffer back with its contents, which its next holder can read; see {@link #releaseWiped(int)}.
     *
     * @throws IllegalStateException if the lease was released before; the buffer is then left alone. Of several threads
     *     that release one loan at the same time, all but one get this
     */
    public void release() {
        releaseWiped(0);
    }

    /**
     * Gives the buffer back after its first bytes have been overwritten with zeros: for a buffer that held plaintext or
     * anything else the next holder must not read.
     *
     * @param length how many bytes to overwrite, counted from index 0 whatever the position and limit are
     * @throws IllegalArgumentException if the length is negative or above the capacity; the lease stays out
     * @throws IllegalStateException if the lease was released before; the buffer is then left alone
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
            // Without this the lease could count as unreachable, and so as leaked, while it is being released.
            Reference.reachabilityFence(this);
        }
    }

    /**
     * Ends the loan without giving the buffer back: it is lent to nobody any more, and counts as leaked. For a buffer
     * that something else may still touch, and nobody will learn when no longer, such as the operation of a channel
     * that could not be closed.
     *
     * @throws IllegalStateException if the lease was released before
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
                "This lease was released before: release it exactly once, where its last use ends." + hint(current()),
                current().releasedAt());
    }

    /**
     * The capacity and whether the lease is out.
     *
     * @return one line
     */
    @Override
    public String toString() {
        return "Lease[" + capacity() + " bytes, " + (isOut() ? "out" : "released") + "]";
    }

    boolean isOut() {
        return current().bytes != null;
    }

    private static String hint(PooledBuffer end) {
        return end.home.lender.strict()
                ? " The cause is the place of the release."
                : " BufferPool.builder().strict(true) shows the place of the release.";
    }
}
