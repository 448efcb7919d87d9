// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.BufferShortageException;
import io.portcullis.buffer.Lease;
import org.jspecify.annotations.Nullable;

/**
 * The last eighth of the budget is for connections that hold little. One that has much waiting for its peer already is
 * refused copies of more before others find nothing at all: so a short answer to a peer that reads never fails because
 * of those that do not.
 */
public final class Reserve {
    /** As much as one large write holds. */
    private static final int MODEST = 64 * 1024;

    private static final int SHARE_OF_BUDGET = 8;

    private Reserve() {}

    /** Whether nothing but the reserve is left once so many bytes are lent. */
    public static boolean isAllThatIsLeft(BufferPool pool, int size) {
        return pool.available() - size < pool.budget() / SHARE_OF_BUDGET;
    }

    /**
     * Lends a buffer for bytes that an application writes.
     *
     * @param pool lends it
     * @param size the least capacity in bytes
     * @param held how many bytes the connection holds already
     * @param again a lease that may be used again, as in {@link BufferPool#lease(int, Lease)}
     * @throws BufferShortageException if there is none, or none but the reserve and the connection holds much
     */
    public static Lease lease(BufferPool pool, int size, long held, @Nullable Lease again) {
        if (held >= MODEST && isAllThatIsLeft(pool, size)) {
            throw new BufferShortageException("No further " + size + " bytes for a connection that holds " + held
                    + ": what is left of the budget of " + pool.budget()
                    + " bytes is for those that hold little; write when"
                    + " onWritable says so, raise the budget (BufferPool.Builder.budget, -XX:MaxDirectMemorySize),"
                    + " or lower the ConnectionLimits");
        }
        return pool.lease(size, again);
    }
}
