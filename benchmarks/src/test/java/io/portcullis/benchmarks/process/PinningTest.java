// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.process;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

class PinningTest {

    @Test
    void aMissingCoreIsNotUsed() throws IOException {
        Pinning pinning = Pinning.to(0, 60_000, 100);

        assertTrue(pinning.description().startsWith("none: "), pinning::description);
        assertTrue(!pinning.server(List.of("true")).contains("taskset"));
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void descriptorsAreRaisedAtMostToTheHardLimit() throws IOException {
        assertEquals(100, Pinning.none(100).descriptorLimit());
        assertTrue(Pinning.none(Integer.MAX_VALUE).descriptorLimit() > 100);
    }
}
