// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** A small siege: checks responses and leftover resources, but not latencies. */
@Timeout(value = 5, unit = TimeUnit.MINUTES)
class SiegeCommandIT {
    @TempDir
    Path out;

    private final StringWriter output = new StringWriter();
    private final StringWriter progress = new StringWriter();

    private int siege(String... arguments) {
        return new CommandLine(new SiegeCommand())
                .setOut(new PrintWriter(output, true))
                .setErr(new PrintWriter(progress, true))
                .execute(arguments);
    }

    @Test
    void everyHonestRequestIsAnsweredAndNothingIsLeft() throws IOException {
        siege(
                "--attackers=100",
                "--time=3",
                "--undisturbed=1",
                "--warm-up=1",
                "--rate=5",
                "--median=1000000",
                "--p99=1000000",
                "--out=" + out);

        JsonNode rows =
                JsonMapper.shared().readTree(out.resolve("siege.json").toFile()).get("rows");
        assertEquals(Sort.values().length * Kind.values().length, rows.size(), progress::toString);
        for (JsonNode row : rows) {
            assertEquals(3 * 5, row.get("requests").asInt(), row::toString);
            assertEquals(0, row.get("failed").asInt(), output::toString);
            assertEquals("nothing", row.get("left").asString(), row::toString);
            assertTrue(row.get("connections").asString().endsWith(" at a time"), row::toString);
        }
        assertTrue(output.toString().contains("| half-hello ("), output::toString);
        assertTrue(Files.readString(out.resolve("siege.svg")).contains("<svg"));
        assertTrue(Files.readString(out.resolve("siege.md")).contains("| deaf ("));
    }

    @Test
    void anUnknownSortIsReportedWithTheKnownOnes() {
        assertEquals(2, siege("--sorts=loud"));
        assertTrue(progress.toString().contains("there is no sort 'loud'; there are [silence, two-bytes,"));
    }

    @Test
    void aLatencyBeyondItsBoundAndAFailureAreMissed() {
        Verdict.Bounds bounds = new Verdict.Bounds(2, 3);
        Figures undisturbed = new Figures(List.of(1.0, 1.0, 4.0), List.of());
        Verdict kept =
                new Verdict("x", Kind.PLAIN, undisturbed, new Figures(List.of(2.0, 2.0, 12.0), List.of()), bounds);
        assertEquals(List.of(), kept.missed());
        Verdict slow =
                new Verdict("x", Kind.PLAIN, undisturbed, new Figures(List.of(2.1, 2.1, 12.1), List.of()), bounds);
        assertEquals(List.of("median", "p99"), slow.missed());
        Verdict failed = new Verdict("x", Kind.PLAIN, undisturbed, new Figures(List.of(1.0), List.of("no")), bounds);
        assertEquals(List.of("failures"), failed.missed());
        Verdict none = new Verdict("x", Kind.PLAIN, undisturbed, new Figures(List.of(), List.of("no")), bounds);
        assertEquals(List.of("median", "p99", "failures"), none.missed());
    }
}
