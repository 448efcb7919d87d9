// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@DisplayName("R23 strict mode detects stale leases, and contents are poisoned")
class StrictModeTest {
    private static final byte POISON = (byte) 0xDE;

    private final BufferPool pool = BufferPool.builder().strict(true).build();

    @Test
    void staleLeaseIsDetectedAfterTheBufferWasLentAgain() {
        Lease stale = pool.lease(17408);
        stale.release();
        Lease current = pool.lease(17408);
        assertNotSame(stale, current);
        assertEquals(1088 * 1024, pool.statistics().directBytes());
        assertThrows(IllegalStateException.class, stale::buffer);
        assertThrows(IllegalStateException.class, stale::release);
        current.buffer().put(0, (byte) 1);
        current.release();
    }

    @ParameterizedTest
    @ValueSource(ints = {256, 8192, 17408, 1114112})
    void contentsArePoisonedWhileFree(int size) {
        Lease lease = pool.lease(size);
        ByteBuffer kept = lease.buffer().duplicate();
        assertPoisoned(kept);
        kept.put(0, (byte) 1).put(size - 1, (byte) 1);
        lease.releaseWiped(size);
        assertPoisoned(kept);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8191, 17407})
    void writeAfterReleaseIsFoundByTheNextLease(int index) {
        Lease lease = pool.lease(17408);
        ByteBuffer kept = lease.buffer();
        lease.release();
        kept.put(index, (byte) 1);
        List<Lease> others = new ArrayList<>();
        IllegalStateException found = assertThrows(IllegalStateException.class, () -> leaseAll(others));
        assertNames("writeAfterReleaseIsFoundByTheNextLease", found.getCause());
        others.forEach(Lease::release);
        assertEquals(0, pool.statistics().activeLeases());
        assertEquals(1088 * 1024 - 17408, pool.statistics().directBytes());
        pool.lease(17408).release();
        assertEquals(1088 * 1024 - 17408, pool.statistics().directBytes());
    }

    /** All four buffers that one larger buffer was cut into. */
    private void leaseAll(List<Lease> leases) {
        while (leases.size() < 4) {
            leases.add(pool.lease(17408));
        }
    }

    @Test
    void secondReleaseNamesThePlaceOfTheFirst() {
        Lease lease = pool.lease(256);
        lease.release();
        assertNames(
                "secondReleaseNamesThePlaceOfTheFirst",
                assertThrows(IllegalStateException.class, lease::release).getCause());
        assertNames(
                "secondReleaseNamesThePlaceOfTheFirst",
                assertThrows(IllegalStateException.class, lease::buffer).getCause());
    }

    @Test
    void outstandingNamesThePlacesOfActiveLeases() {
        Lease first = pool.lease(100);
        Lease second = pool.lease(16709);
        second.release();
        List<OutstandingLease> outstanding = pool.outstanding();
        assertEquals(1, outstanding.size());
        assertEquals(256, outstanding.get(0).capacity());
        assertNames(
                "outstandingNamesThePlacesOfActiveLeases", outstanding.get(0).acquiredAt());
        first.release();
        assertEquals(List.of(), pool.outstanding());
    }

    private static void assertNames(String method, @Nullable Throwable place) {
        assertNotNull(place);
        assertTrue(Stream.of(place.getStackTrace()).anyMatch(frame -> method.equals(frame.getMethodName())));
    }

    private static void assertPoisoned(ByteBuffer buffer) {
        for (int index = 0; index < buffer.capacity(); index++) {
            assertEquals(POISON, buffer.get(index));
        }
    }
}
