// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class BufferPoolTest {
    private static final int LARGEST = 1088 * 1024;

    private final BufferPool pool = BufferPool.create();

    @ParameterizedTest
    @CsvSource({
        "0, 256",
        "1, 256",
        "256, 256",
        "257, 1024",
        "1024, 1024",
        "1025, 2048",
        "2048, 2048",
        "2049, 8192",
        "8192, 8192",
        "8193, 17408",
        "16709, 17408",
        "17408, 17408",
        "17409, 69632",
        "69632, 69632",
        "69633, 278528",
        "278528, 278528",
        "278529, 557056",
        "557056, 557056",
        "557057, 1114112",
        "1114112, 1114112"
    })
    void lendsTheSmallestSizeThatIsLargeEnough(int size, int capacity) {
        Lease lease = pool.lease(size);
        assertEquals(capacity, lease.capacity());
        assertEquals(capacity, lease.buffer().capacity());
        lease.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {-1, Integer.MIN_VALUE, LARGEST + 1, Integer.MAX_VALUE})
    void refusesSizesThatItDoesNotHave(int size) {
        IllegalArgumentException refusal = assertThrows(IllegalArgumentException.class, () -> pool.lease(size));
        assertTrue(String.valueOf(refusal.getMessage()).contains(String.valueOf(size)));
        assertEquals(0, pool.statistics().leasesEver());
    }

    @Test
    void largestIsTheLargestSizeThatCanBeLent() {
        assertEquals(LARGEST, pool.largest());
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 8192, 17408, LARGEST})
    void everyLoanStartsClearedAndBigEndian(int size) {
        for (int loan = 0; loan < 3; loan++) {
            Lease lease = pool.lease(size);
            ByteBuffer buffer = lease.buffer();
            assertTrue(buffer.isDirect());
            assertEquals(0, buffer.position());
            assertEquals(size, buffer.limit());
            assertEquals(ByteOrder.BIG_ENDIAN, buffer.order());
            buffer.order(ByteOrder.LITTLE_ENDIAN).position(7).limit(9).mark();
            lease.release();
        }
        assertEquals(size <= 8192 ? 65536 : size, pool.statistics().directBytes());
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 2048, 8192})
    void slicesOfOneSlabDoNotOverlap(int size) {
        List<Lease> leases = new ArrayList<>();
        for (int slice = 0; slice < 65536 / size; slice++) {
            Lease lease = pool.lease(size);
            leases.add(lease);
            fill(lease.buffer(), slice);
        }
        assertEquals(65536, pool.statistics().directBytes());
        assertEquals(0, pool.statistics().freeBuffers());
        for (int slice = 0; slice < leases.size(); slice++) {
            assertFilled(leases.get(slice).buffer(), slice);
        }
        leases.forEach(Lease::release);
        assertEquals(65536, pool.statistics().freeBytes());
    }

    @Test
    void reusesWhatWasReleased() {
        for (int loan = 0; loan < 1000; loan++) {
            pool.lease(17408).release();
        }
        assertEquals(17408, pool.statistics().directBytes());
        assertEquals(1000, pool.statistics().leasesEver());
    }

    @Test
    void statisticsCountWhatIsOutAndReturnToZero() {
        assertEquals(0, pool.statistics().directBytes());
        Lease small = pool.lease(100);
        Lease packet = pool.lease(16709);
        Lease other = pool.lease(16709);
        PoolStatistics during = pool.statistics();
        assertEquals(3, during.leasesOut());
        assertEquals(256 + 2 * 17408, during.bytesOut());
        assertEquals(255, during.freeBuffers());
        assertEquals(255 * 256, during.freeBytes());
        assertEquals(65536 + 2 * 17408, during.directBytes());
        assertEquals(
                new PoolStatistics.OfSize(17408, 2, 2, 0, 0, 2 * 17408),
                during.sizes().get(4));
        small.release();
        packet.release();
        other.releaseWiped(16709);
        PoolStatistics after = pool.statistics();
        assertEquals(0, after.leasesOut());
        assertEquals(0, after.bytesOut());
        assertEquals(3, after.leasesEver());
        assertEquals(258, after.freeBuffers());
        assertEquals(after.directBytes(), after.freeBytes());
    }

    @Test
    void keepsNoMoreFreeLargeBuffersThanRetained() {
        BufferPool bounded = BufferPool.builder().retained(2 * 17408).build();
        List<Lease> leases = new ArrayList<>();
        for (int loan = 0; loan < 5; loan++) {
            leases.add(bounded.lease(17408));
        }
        leases.add(bounded.lease(256));
        leases.forEach(Lease::release);
        PoolStatistics statistics = bounded.statistics();
        assertEquals(2 * 17408 + 65536, statistics.directBytes());
        assertEquals(2 * 17408 + 65536, statistics.freeBytes());
        bounded.lease(17408).release();
        assertEquals(2 * 17408 + 65536, bounded.statistics().directBytes());
    }

    @Test
    void retainingNothingKeepsNoLargeBuffer() {
        BufferPool bounded = BufferPool.builder().retained(0).build();
        bounded.lease(LARGEST).release();
        assertEquals(0, bounded.statistics().directBytes());
        assertThrows(IllegalArgumentException.class, () -> BufferPool.builder().retained(-1));
    }

    @Test
    void knowsNoPlacesUnlessItWatches() {
        Lease lease = pool.lease(256);
        assertEquals(List.of(), pool.outstanding());
        lease.release();
    }

    private static void fill(ByteBuffer buffer, int value) {
        for (int index = 0; index < buffer.capacity(); index++) {
            buffer.put(index, (byte) value);
        }
    }

    private static void assertFilled(ByteBuffer buffer, int value) {
        for (int index = 0; index < buffer.capacity(); index++) {
            assertEquals((byte) value, buffer.get(index));
        }
    }
}
