// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * A buffer of the pool: what all loans of it have in common. While it is free the pool has it, while it is on loan the
 * {@link Lease} does, and nobody else has a reference to it; so a lease that was released cannot touch it any more.
 *
 * <p>One without a buffer stands for the end of a loan: a released lease refers to it.
 */
final class PooledBuffer {
    final SizeClass home;

    /** Null if this is the end of a loan. */
    final @Nullable ByteBuffer bytes;

    /** In strict mode, where the last loan ended. */
    private final @Nullable Throwable releasedAt;

    /** What it was cut out of; null for a chunk. */
    private final @Nullable PooledBuffer whole;

    /** How many pieces are free; while they are put together, by the one thread that does so. */
    private int found;

    /** By what a {@link LoanTracker} knows the loan, if it does. */
    private @Nullable Reference<?> tracked;

    private PooledBuffer(
            SizeClass home, @Nullable ByteBuffer bytes, @Nullable PooledBuffer whole, @Nullable Throwable releasedAt) {
        this.home = home;
        this.bytes = bytes;
        this.whole = whole;
        this.releasedAt = releasedAt;
    }

    /** A new buffer of a size. */
    static PooledBuffer of(SizeClass home, ByteBuffer bytes, @Nullable PooledBuffer whole) {
        if (home.lender.strict()) {
            Overwrite.poison(bytes);
        }
        return new PooledBuffer(home, bytes, whole, null);
    }

    /** The end of a loan of a size, and in strict mode its place. */
    static PooledBuffer end(SizeClass home, @Nullable Throwable releasedAt) {
        return new PooledBuffer(home, null, null, releasedAt);
    }

    /** The same memory as an object of its own, poisoned: in strict mode, for the next loan. */
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
            throw new IllegalStateException("a chunk is no piece of anything");
        }
        return present;
    }

    // While pieces are put together.

    void found() {
        found++;
    }

    /** Whether all pieces are free; if not, none is counted any more. */
    boolean complete(int pieces) {
        if (found != pieces) {
            found = -1;
        }
        return found == pieces;
    }

    /** How many pieces were found since the last time; negative if some were missing. */
    int forget() {
        int count = found;
        found = 0;
        return count;
    }

    /** As every loan starts. */
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
