// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;

class CpuTimeTest {

    @Test
    void threadTimesArePreferred() {
        CpuTime before = new CpuTime(10_000_000, 0, Map.of(1L, 5L, 2L, 100L));
        CpuTime after = new CpuTime(10_000_000, 0, Map.of(1L, 8L, 2L, 150L));

        assertEquals(53, after.nanosSince(before));
    }

    @Test
    void aNewThreadCountsFromItsStart() {
        CpuTime before = new CpuTime(0, 0, Map.of(1L, 5L));
        CpuTime after = new CpuTime(0, 0, Map.of(1L, 8L, 2L, 150L));

        assertEquals(153, after.nanosSince(before));
    }

    @Test
    void processTimeIsUsedIfAThreadHasEnded() {
        CpuTime before = new CpuTime(10, 20, Map.of(1L, 5L, 2L, 100L));
        CpuTime after = new CpuTime(30, 50, Map.of(1L, 8L));

        assertEquals(50, after.nanosSince(before));
    }

    @Test
    void processTimeIsUsedIfThreadTimesCannotBeRead() {
        assertEquals(50, new CpuTime(30, 50, Map.of()).nanosSince(new CpuTime(10, 20, Map.of())));
    }

    @Test
    void sharesDivideTheTimeOfTheProcess() {
        assertEquals(0.4, new CpuTime(30, 50, Map.of()).userShareSince(new CpuTime(10, 20, Map.of())), 1e-9);
        assertTrue(new CpuTime(10, 20, Map.of()).userShareSince(new CpuTime(10, 20, Map.of())) < 0);
    }

    @Test
    void processesAddUp() {
        CpuTime sum = new CpuTime(1, 2, Map.of(1L, 5L)).plus(new CpuTime(10, 20, Map.of(7L, 50L)));

        assertEquals(new CpuTime(11, 22, Map.of(1L, 5L, 7L, 50L)), sum);
    }
}
