// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.parts;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.buffer.BufferPool;
import io.portcullis.buffer.Lease;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class WriteQueueTest {
    private final BufferPool pool = BufferPool.builder().strict(true).build();
    private final WriteQueue queue = new WriteQueue();

    @AfterEach
    void everythingIsReturned() {
        queue.clear();
        assertEquals(0, pool.statistics().activeLeases());
    }

    /** A lease of 17 KiB has space for one whole record, and may be filled beyond that. */
    @ParameterizedTest
    @ValueSource(ints = {2048, 16_383, 16_384, 16_385, 17_000, 17_408, 65_536})
    @Timeout(value = 10, threadMode = Timeout.ThreadMode.SEPARATE_THREAD, unit = TimeUnit.SECONDS)
    void appendsAfterALeaseFilledToAnyLength(int length) {
        Lease lease = pool.lease(length);
        lease.buffer().limit(length);
        queue.add(lease, pool);
        queue.copy(ByteBuffer.allocate(100), pool);
        assertEquals(length + 100L, queue.queued());
        long counted = 0;
        for (WriteQueue.Segment each = queue.head(); each != null; each = each.next()) {
            counted += each.data().remaining();
        }
        assertEquals(length + 100L, counted);
    }
}
