// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Programs that nobody has thought of: half of them the same in each build, half of them new. With {@code -Dportcullis.programs=n}
 * there are more of them, with {@code -Dportcullis.seed=n} the new ones are those of that seed.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS) // a program that does not end is ended by the explorer itself
class ExplorerTest {
    private static final int PROGRAMS = Integer.getInteger("portcullis.programs", 10_000);
    private static final int SAME = 5_000;

    @Test
    void noNewProgramBreaksAPromise() {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        int count = Math.max(1, PROGRAMS - SAME);
        System.out.println("explorer: " + count + " programs from -Dportcullis.seed=" + seed);
        Coverage coverage = Explorer.explore(seed, count);
        System.out.println(coverage.table());
    }

    @Test
    void everythingIsDoneInEveryState() {
        Coverage coverage = Explorer.explore(1, SAME);
        assertEquals(List.of(), coverage.unvisited(), coverage::table);
        assertEquals(
                Set.of(
                        "OPENING",
                        "OPEN",
                        "PAUSED",
                        "SENDING",
                        "HALF",
                        "TO_TLS",
                        "TO_PLAIN",
                        "CLOSING",
                        "LINGERING",
                        "ENDED",
                        "GONE"),
                coverage.states());
    }

    @Test
    void aProgramIsReadAsItWasWritten() {
        for (int seed = 0; seed < 1000; seed++) {
            Program program = new Generator(seed).next();
            assertEquals(program, Program.parse(program.toString()));
        }
    }
}
