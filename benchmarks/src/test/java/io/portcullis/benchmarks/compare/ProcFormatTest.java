// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class ProcFormatTest {

    @Test
    void readsTicksAfterANameWithSpacesAndParentheses() {
        String stat = "4711 (a (bad) name) S 1 4711 4711 0 -1 4194304 90 0 0 0 1234 567 8 9 20 0 30 0 100 200 300";

        assertEquals(new ProcFormat.Ticks(1234, 567), ProcFormat.Ticks.ofStat(stat));
    }

    @Test
    void readsNanosecondsOfAThread() {
        assertEquals(2_103_345_678L, ProcFormat.nanosOfSchedstat("2103345678 41233 512\n"));
    }

    @Test
    void readsMemoryFromLinesInKilobytes() {
        List<String> rollup = List.of(
                "55d0c0000000-7ffd00000000 ---p 00000000 00:00 0 [rollup]",
                "Rss:              600000 kB",
                "Pss:              543210 kB",
                "Pss_Dirty:        540000 kB");

        assertEquals(543_210L * 1024, ProcFormat.bytesOf(rollup, "Pss").orElseThrow());
        assertTrue(ProcFormat.bytesOf(rollup, "VmRSS").isEmpty());
    }

    @Test
    void readsTheModelOfTheProcessor() {
        List<String> lines =
                List.of("processor\t: 0", "model\t\t: 1", "model name\t: Some CPU @ 2 GHz", "stepping\t: 1");

        assertEquals("Some CPU @ 2 GHz", ProcFormat.cpuInfo(lines, "model name"));
        assertEquals("unknown", ProcFormat.cpuInfo(List.of(), "model name"));
    }
}
