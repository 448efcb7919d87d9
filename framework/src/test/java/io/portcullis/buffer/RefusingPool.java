// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongPredicate;

/** A pool that has no memory for the loans that a test names by their numbers, counted from 1. */
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
                        throw new BufferShortageException("no buffer, says the test");
                    }
                })
                .build();
    }

    /** How many loans were refused. */
    public long refused() {
        return refused.get();
    }
}
