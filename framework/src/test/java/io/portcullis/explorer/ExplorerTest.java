// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.portcullis.dispatch.ExploredConnection;
import io.portcullis.dispatch.ExploredConnection.Start;
import io.portcullis.tls.TestCertificates;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Random programs, the same in each build; {@code -Dportcullis.programs=n} sets their number,
 * {@code -Dportcullis.seed=n} selects others.
 */
@Timeout(value = 1, unit = TimeUnit.DAYS) // a program that does not end is stopped by the explorer itself
class ExplorerTest {
    private static final int PROGRAMS = Integer.getInteger("portcullis.programs", 15_000);
    private static final long SEED = Long.getLong("portcullis.seed", 1);

    /** Cells that no program reaches, with the reason: none. */
    private static final List<String> UNREACHED = List.of();

    @Test
    void noProgramBreaksAPromiseAndEverythingIsDoneInEveryState() throws InterruptedException {
        System.out.println("explorer: " + PROGRAMS + " programs from -Dportcullis.seed=" + SEED);
        Coverage coverage = Explorer.explore(SEED, PROGRAMS);
        System.out.println(coverage.table());
        assertEquals(UNREACHED, coverage.unvisited(), coverage::table);
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
                        "GONE",
                        "CONNECTING",
                        "PASSING",
                        "SLOWED",
                        "CLIENT_ENDS",
                        "TARGET_ENDS",
                        "PARTING",
                        "PARTED"),
                coverage.states());
    }

    @Test
    void aProgramIsReadAsItWasWritten() {
        for (int seed = 0; seed < 1000; seed++) {
            Program program = new Generator(seed).next();
            assertEquals(program, Program.parse(program.toString()));
        }
    }

    /** Otherwise the promise that the machine has no defect could never be broken. */
    @Test
    void errorsLoggedByTheMachineAreDetected() {
        try (Bench bench = new Bench()) {
            ExploredConnection stage = new ExploredConnection(
                    Start.PLAIN, false, false, new int[] {1, 2, 3}, TestCertificates.serverProfile(), bench.buffers());
            stage.around.inAnotherTurn(() -> {
                throw new IllegalStateException("thrown by the test");
            });
            assertEquals(1, stage.defects().size());
        }
    }
}
