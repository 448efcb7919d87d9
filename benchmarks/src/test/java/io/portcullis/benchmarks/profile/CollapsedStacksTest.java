// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CollapsedStacksTest {

    @Test
    void linesOfOneUseAreAddedUp() throws IOException {
        CollapsedStacks stacks = CollapsedStacks.of(List.of(
                "io/portcullis/Server.run;itable stub 5",
                "io/portcullis/Server.run;__GI_write;ksys_write_[k] 12",
                "io/portcullis/Server.run 3"));

        assertEquals(Map.of(CpuUse.SERVER, 8L, CpuUse.WRITE, 12L), stacks.samples());
        assertEquals(20, stacks.total());
        assertEquals(List.of("write", "server"), List.copyOf(stacks.shares().keySet()));
        assertEquals(Map.of("write", 0.6, "server", 0.4), stacks.shares());
        assertTrue(stacks.kernel());
    }

    @Test
    void withoutSamplesThereAreNoShares() throws IOException {
        CollapsedStacks stacks = CollapsedStacks.of(List.of());

        assertEquals(Map.of(), stacks.shares());
        assertFalse(stacks.kernel());
    }

    @Test
    void otherTextIsRefused() {
        for (String line : List.of("a;b", "a;b many", "5", "")) {
            assertThrows(IOException.class, () -> CollapsedStacks.of(List.of(line)), line);
        }
    }
}
