// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.buffer.Lease;
import org.jspecify.annotations.Nullable;

/**
 * Reserves the last eighth of the budget for connections that hold little. A connection that already has a lot of data
 * waiting for its peer is refused further copies before others find no memory at all. So a short response to a peer
 * that reads never fails because of peers that do not.
 */
public final class Reserve {
    /** As much as one large write holds. */
    private static final int MODEST = 64 * 1024;

    private static final int SHARE_OF_BUDGET = 8;

    private Reserve() {}

    /** Returns whether nothing but the reserve is left after leasing a buffer of the given size. */
    public static boolean isAllThatIsLeft(BufferPool pool, int size) {
        return pool.available() - size < pool.budget() / SHARE_OF_BUDGET;
    }

    /**
     * Leases a buffer for data that an application writes.
     *
     * @param pool the pool
     * @param size the minimum capacity in bytes
     * @param held the number of bytes that the connection already holds
     * @param again a lease that may be reused, as in {@link BufferPool#lease(int, Lease)}
     * @throws BufferShortageException if there is no buffer, or only the reserve is left and the connection holds a lot
     */
    public static Lease lease(BufferPool pool, int size, long held, @Nullable Lease again) {
        if (held >= MODEST && isAllThatIsLeft(pool, size)) {
            throw new BufferShortageException("No further " + size + " bytes for a connection that holds " + held
                    + ": the rest of the budget of " + pool.budget()
                    + " bytes is reserved for connections that hold little; wait for"
                    + " onWritable, raise the budget (BufferPool.Builder.budget, -XX:MaxDirectMemorySize),"
                    + " or lower the ConnectionLimits");
        }
        return pool.lease(size, again);
    }
}
