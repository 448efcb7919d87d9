// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/** A pool that fails for lack of memory at the leases that a test selects by number, counted from 1. */
public final class RefusingPool {
    public final BufferPool pool;
    private final AtomicLong asked = new AtomicLong();
    private final AtomicLong refused = new AtomicLong();

    public RefusingPool(boolean strict, LongPredicate refuses) {
        pool = BufferPool.builder()
                .strict(strict)
                .budget(32 << 20)
                .beforeLease(() -> {
                    if (refuses.test(asked.incrementAndGet())) {
                        refused.incrementAndGet();
                        throw new BufferShortageException("no buffer, as requested by the test");
                    }
                })
                .build();
    }

    /** The number of leases refused. */
    public long refused() {
        return refused.get();
    }
}
