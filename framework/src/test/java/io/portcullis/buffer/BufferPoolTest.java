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
        assertEquals(0, pool.statistics().totalLeases());
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
        assertEquals(1, chunks(pool));
    }

    /**
     * The pool's direct memory in chunks, rounded; up to an eighth of a chunk of small buffers of 8 KiB may be unused.
     */
    private static long chunks(BufferPool of) {
        return (of.statistics().directBytes() + LARGEST / 2) / LARGEST;
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 1024, 2048, 8192, 17408, 69632, 278528, 557056})
    void piecesOfOneChunkDoNotOverlap(int size) {
        List<Lease> leases = new ArrayList<>();
        int pieces = size > 8192 ? LARGEST / size : 16 * (69632 / size);
        for (int piece = 0; piece < pieces; piece++) {
            Lease lease = pool.lease(size);
            leases.add(lease);
            fill(lease.buffer(), piece);
        }
        assertEquals(1, chunks(pool));
        assertEquals(0, pool.statistics().freeBuffers());
        for (int piece = 0; piece < leases.size(); piece++) {
            assertFilled(leases.get(piece).buffer(), piece);
        }
        leases.forEach(Lease::release);
        assertEquals(pool.statistics().directBytes(), pool.statistics().freeBytes());
    }

    /** Memory once used for one size must not be lost to all others. */
    @ParameterizedTest
    @ValueSource(ints = {256, 1024, 2048, 8192, 17408, 69632, 278528, 557056, LARGEST})
    void memoryOfOneSizeCanBeReusedForAnyOther(int size) {
        for (int other : new int[] {1, 1000, 2000, 8000, 17_000, 68_000, 270_000, 540_000, LARGEST}) {
            BufferPool small = BufferPool.builder().budget(2 * LARGEST).build();
            exhaust(small, size).forEach(Lease::release);
            List<Lease> leases = exhaust(small, other);
            assertTrue(leases.size() * (long) leases.get(0).capacity() > 1.8 * LARGEST, other + " behind " + size);
            leases.forEach(Lease::release);
            assertEquals(2, chunks(small));
            assertEquals(0, small.statistics().activeLeases());
        }
    }

    @Test
    void leasedBuffersAreNeverMerged() {
        BufferPool small = BufferPool.builder().budget(2 * LARGEST).build();
        List<Lease> leases = exhaust(small, 2048);
        for (int i = 0; i < leases.size(); i++) {
            fill(leases.get(i).buffer(), i);
        }
        for (int i = 0; i < leases.size(); i++) {
            if (i % 300 != 0) {
                leases.get(i).release();
            }
        }
        List<Lease> larger = exhaust(small, 69632);
        larger.forEach(each -> fill(each.buffer(), 0x55));
        for (int i = 0; i < leases.size(); i += 300) {
            assertFilled(leases.get(i).buffer(), i);
            leases.get(i).release();
        }
        assertTrue(larger.size() > 20, () -> larger.size() + " of 32");
        assertThrows(BufferShortageException.class, () -> small.lease(LARGEST));
        larger.forEach(Lease::release);
        small.lease(LARGEST).release();
    }

    /** One leased piece of each chunk must not keep the rest of the chunk from requests for less. */
    @Test
    void aLargerPieceIsLentWhenNoOtherIsLeft() {
        BufferPool small = BufferPool.builder().budget(2 * LARGEST).build();
        List<Lease> leases = exhaust(small, 17408);
        for (int i = leases.size() - 1; i >= 0; i -= 2) {
            leases.remove(i).release();
        }
        assertThrows(BufferShortageException.class, () -> small.lease(69632));
        Lease lease = small.lease(1);
        assertEquals(17408, lease.capacity());
        leases.add(lease);
        leases.addAll(exhaust(small, 256));
        assertEquals(0, small.available());
        leases.forEach(Lease::release);
        assertEquals(0, small.statistics().activeLeases());
        assertEquals(2L * LARGEST, small.available());
        small.lease(LARGEST).release();
    }

    @Test
    void aLeaseBeyondTheBudgetFailsAndAllocatesNothing() {
        BufferPool small = BufferPool.builder().budget(3 * LARGEST + 5).build();
        assertEquals(3 * LARGEST + 5, small.budget());
        List<Lease> leases = exhaust(small, LARGEST);
        assertEquals(3, leases.size());
        assertEquals(3, chunks(small));
        assertTrue(small.available() < LARGEST);
        assertThrows(BufferShortageException.class, () -> small.lease(1));
        assertEquals(3, small.statistics().activeLeases());
        leases.forEach(Lease::release);
        assertEquals(3 * LARGEST + 5, small.available());
        assertThrows(IllegalArgumentException.class, () -> BufferPool.builder().budget(1 << 20));
    }

    private static List<Lease> exhaust(BufferPool from, int size) {
        List<Lease> leases = new ArrayList<>();
        try {
            while (true) {
                leases.add(from.lease(size));
            }
        } catch (BufferShortageException spent) {
            return leases;
        }
    }

    @ParameterizedTest
    @CsvSource({"1048576, 1048576", "64m, 67108864", "2G, 2147483648", "512k, 524288", "0, 7", "x, 7", "'', 7"})
    void readsTheLimitAsTheJvmDoes(String text, long bytes) {
        assertEquals(bytes, Budget.bytes(text, 7));
    }

    @Test
    void reusesReleasedBuffers() {
        for (int loan = 0; loan < 1000; loan++) {
            pool.lease(17408).release();
        }
        assertEquals(LARGEST, pool.statistics().directBytes());
        assertEquals(1000, pool.statistics().totalLeases());
    }

    @Test
    void statisticsCountActiveLeasesAndReturnToZero() {
        assertEquals(0, pool.statistics().directBytes());
        Lease small = pool.lease(100);
        Lease packet = pool.lease(16709);
        Lease other = pool.lease(16709);
        PoolStatistics during = pool.statistics();
        assertEquals(3, during.activeLeases());
        assertEquals(256 + 2 * 17408, during.activeBytes());
        assertEquals(LARGEST, during.directBytes());
        assertEquals(LARGEST - 256 - 2 * 17408, during.freeBytes());
        assertEquals(
                new PoolStatistics.OfSize(17408, 2, 2, 0, 2, 4 * 17408),
                during.sizes().get(4));
        small.release();
        packet.release();
        other.releaseWiped(16709);
        PoolStatistics after = pool.statistics();
        assertEquals(0, after.activeLeases());
        assertEquals(0, after.activeBytes());
        assertEquals(3, after.totalLeases());
        assertEquals(after.directBytes(), after.freeBytes());
    }

    @Test
    void keepsNoMoreFreeMemoryThanRetained() {
        BufferPool bounded = BufferPool.builder().retained(2 * LARGEST).build();
        List<Lease> leases = new ArrayList<>();
        for (int loan = 0; loan < 5; loan++) {
            leases.add(bounded.lease(LARGEST));
        }
        leases.forEach(Lease::release);
        assertEquals(2 * LARGEST, bounded.statistics().directBytes());
        assertEquals(2 * LARGEST, bounded.statistics().freeBytes());
        for (int loan = 0; loan < 5 * 64; loan++) {
            leases.set(0, bounded.lease(17408));
            leases.add(leases.get(0));
        }
        leases.subList(5, leases.size()).forEach(Lease::release);
        assertTrue(chunks(bounded) <= 3, () -> chunks(bounded) + " chunks");
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
