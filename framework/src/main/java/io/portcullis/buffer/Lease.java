// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A pooled buffer on loan. Whoever holds the lease owns the buffer and gives it back exactly once, on any thread; it may
 * be handed from thread to thread like any object that is not thread-safe, that is with a happens-before edge. Neither the
 * lease nor its buffer may be used afterwards: what is detected then depends on the mode of the {@link BufferPool}.
 *
 * <p>A buffer that was passed to a pending operation of a channel belongs to the channel until the operation has completed,
 * so its lease is released in the completion and nowhere else.
 */
public final class Lease {
    private static final VarHandle OUT;

    static {
        try {
            OUT = MethodHandles.lookup().findVarHandle(Lease.class, "out", boolean.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    private final BufferPool pool;
    private final SizeClass home;
    private final ByteBuffer buffer;
    private final @Nullable Throwable predecessorReleasedAt;
    private volatile boolean out;
    private LoanTracker.@Nullable Tracked tracked;
    private volatile @Nullable Throwable releasedAt;

    Lease(BufferPool pool, SizeClass home, ByteBuffer buffer) {
        this(pool, home, buffer, null);
        if (pool.strict()) {
            Overwrite.poison(buffer);
        }
    }

    private Lease(BufferPool pool, SizeClass home, ByteBuffer buffer, @Nullable Throwable predecessorReleasedAt) {
        this.pool = pool;
        this.home = home;
        this.buffer = buffer;
        this.predecessorReleasedAt = predecessorReleasedAt;
    }

    /**
     * The buffer on loan: always the same object during one loan, at the position, limit and order its holder gave it.
     *
     * @return the buffer
     * @throws IllegalStateException if the lease was released
     */
    public ByteBuffer buffer() {
        if (!out) {
            throw new IllegalStateException(
                    "This lease was released, its buffer may belong to somebody else: take a new lease." + hint(),
                    releasedAt);
        }
        return buffer;
    }

    /**
     * The capacity of the buffer, also after the release.
     *
     * @return bytes
     */
    public int capacity() {
        return buffer.capacity();
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
        if (length < 0 || length > buffer.capacity()) {
            throw new IllegalArgumentException("Cannot wipe " + length + " bytes of " + buffer.capacity());
        }
        if (!OUT.compareAndSet(this, true, false)) {
            throw new IllegalStateException(
                    "This lease was released before: release it exactly once, where its last use ends." + hint(),
                    releasedAt);
        }
        if (pool.strict()) {
            releasedAt = new Throwable("The lease was released here, by " + Thread.currentThread());
        }
        if (length > 0) {
            Overwrite.wipe(buffer, length);
        }
        pool.takeBack(this);
    }

    /**
     * The capacity and whether the lease is out.
     *
     * @return one line
     */
    @Override
    public String toString() {
        return "Lease[" + capacity() + " bytes, " + (out ? "out" : "released") + "]";
    }

    /** Starts a loan. The caller took this lease from where free ones are kept, so no other thread has it. */
    void lend() {
        buffer.clear().order(ByteOrder.BIG_ENDIAN);
        OUT.setRelease(this, true);
    }

    /** A fresh lease of the poisoned buffer, so that this object stays released for good. */
    Lease successor() {
        Overwrite.poison(buffer);
        return new Lease(pool, home, buffer.duplicate(), releasedAt);
    }

    boolean poisoned() {
        return Overwrite.poisoned(buffer);
    }

    @Nullable
    Throwable predecessorReleasedAt() {
        return predecessorReleasedAt;
    }

    SizeClass home() {
        return home;
    }

    LoanTracker.@Nullable Tracked tracked() {
        return tracked;
    }

    void tracked(LoanTracker.@Nullable Tracked reference) {
        tracked = reference;
    }

    private String hint() {
        return pool.strict()
                ? " The cause is the place of the release."
                : " BufferPool.builder().strict(true) shows the place of the release.";
    }
}
