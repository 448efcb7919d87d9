// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SettlingTest {
    private final Settling settling = new Settling(3, 0.05);

    @Test
    void needsEnoughWindowsToCompare() {
        assertFalse(settling.settled(List.of(1.0, 1.0, 1.0, 1.0, 1.0)));
        assertTrue(settling.settled(List.of(1.0, 1.0, 1.0, 1.0, 1.0, 1.0)));
    }

    @Test
    void hasNotSettledWhileCostsFall() {
        assertFalse(settling.settled(List.of(100.0, 90.0, 80.0, 70.0, 60.0, 50.0)));
    }

    @Test
    void hasNotSettledWhenCostsRise() {
        assertFalse(settling.settled(List.of(50.0, 50.0, 50.0, 60.0, 60.0, 60.0)));
    }

    @Test
    void ignoresEarlyWindows() {
        assertTrue(settling.settled(List.of(900.0, 300.0, 100.0, 101.0, 99.0, 100.0, 102.0, 100.0)));
    }

    @Test
    void ignoresASingleOutlier() {
        assertTrue(settling.settled(List.of(100.0, 130.0, 100.0, 101.0, 99.0, 150.0)));
    }
}
