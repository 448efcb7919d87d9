// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProfileTableTest {

    @Test
    void rowsAreServersAndEndWithTheThreeLargest() {
        assertEquals(
                List.of(
                        "",
                        "W1-64: where the CPU time goes, in %",
                        "server  samples  write  read  server    GC  the largest",
                        "fast       3000   40.0  25.0    20.0  14.9  write 40.0, read 25.0, server 20.0",
                        "slow         30   10.0     -    90.0     -  server 90.0, write 10.0"),
                ProfileTable.lines(SampleResults.results()));
    }

    @Test
    void markdownHasTheSameTable() {
        String text = ProfileTable.markdown(SampleResults.results());

        assertTrue(text.startsWith("## W1-64: where the CPU time goes, in %\n\n| server | samples | write |"), text);
        assertTrue(text.contains("|\n|---|---|---|---|---|---|---|\n"), text);
        assertTrue(text.contains("| slow | 30 | 10.0 | - | 90.0 | - | server 90.0, write 10.0 |\n"), text);
    }
}
