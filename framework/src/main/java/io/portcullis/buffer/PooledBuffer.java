// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of the pool: the state that all loans of it share. While it is free the pool holds it; while it is on loan
 * the {@link Lease} does, and nothing else has a reference to it. So a released lease cannot access it any more.
 *
 * <p>An instance without a buffer marks the end of a loan: a released lease refers to it.
 */
final class PooledBuffer {
    final SizeClass home;

    /** Null if this marks the end of a loan. */
    final @Nullable ByteBuffer bytes;

    /** In strict mode, where the last loan ended. */
    private final @Nullable Throwable releasedAt;

    /** The buffer that this one was split from; null for a chunk. */
    private final @Nullable PooledBuffer whole;

    /** The number of free pieces found during a merge; used only by the thread that merges. */
    private int found;

    /** The reference by which a {@link LoanTracker} tracks the loan; null if the loan is not tracked. */
    private @Nullable Reference<?> tracked;

    private PooledBuffer(
            SizeClass home, @Nullable ByteBuffer bytes, @Nullable PooledBuffer whole, @Nullable Throwable releasedAt) {
        this.home = home;
        this.bytes = bytes;
        this.whole = whole;
        this.releasedAt = releasedAt;
    }

    /** Returns a new buffer of a size class. */
    static PooledBuffer of(SizeClass home, ByteBuffer bytes, @Nullable PooledBuffer whole) {
        if (home.lender.strict()) {
            Overwrite.poison(bytes);
        }
        return new PooledBuffer(home, bytes, whole, null);
    }

    /** Returns a marker for the end of a loan; in strict mode, it records where the loan ended. */
    static PooledBuffer end(SizeClass home, @Nullable Throwable releasedAt) {
        return new PooledBuffer(home, null, null, releasedAt);
    }

    /** Returns the same memory as a separate, poisoned object: in strict mode, for the next loan. */
    PooledBuffer successor(@Nullable Throwable place) {
        Overwrite.poison(bytes());
        return new PooledBuffer(home, bytes().duplicate(), whole, place);
    }

    ByteBuffer bytes() {
        ByteBuffer present = bytes;
        if (present == null) {
            throw new IllegalStateException("the end of a loan has no buffer");
        }
        return present;
    }

    PooledBuffer whole() {
        PooledBuffer present = whole;
        if (present == null) {
            throw new IllegalStateException("a chunk is not a piece of a larger buffer");
        }
        return present;
    }

    // Used while pieces are merged.

    void found() {
        found++;
    }

    /** Returns whether all pieces are free; if not, resets the count so that none is merged. */
    boolean complete(int pieces) {
        if (found != pieces) {
            found = -1;
        }
        return found == pieces;
    }

    /** Returns and resets the number of pieces found; negative if some were missing. */
    int forget() {
        int count = found;
        found = 0;
        return count;
    }

    /** Resets position, limit and byte order for a new loan. */
    void clear() {
        bytes().clear().order(ByteOrder.BIG_ENDIAN);
    }

    @Nullable
    Throwable releasedAt() {
        return releasedAt;
    }

    @Nullable
    Reference<?> tracked() {
        return tracked;
    }

    void tracked(@Nullable Reference<?> reference) {
        tracked = reference;
    }
}
