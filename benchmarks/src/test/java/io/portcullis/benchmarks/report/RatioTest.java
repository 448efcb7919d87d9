// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RatioTest {

    @Test
    void eachPairHasALineForEachWorkload() {
        List<String> lines =
                Ratio.of(SampleResults.results()).stream().map(Ratio::line).toList();

        assertEquals(
                List.of(
                        "RATIO W1-64 fast/slow 0.80 (0.80-0.81, 2 rounds)",
                        "RATIO W5-100 fast/slow 0.67 (0.67-0.67, 1 rounds)",
                        "RATIO W5-100-p99 fast/slow 0.50 (0.50-0.50, 1 rounds)"),
                lines);
    }

    @Test
    void roundsMissingFromOneServerAreLeftOut() {
        Results results = SampleResults.results();
        List<Measurement> measurements = new ArrayList<>(results.measurements());
        measurements.add(SampleResults.window("W1-64", "fast", 3, 100, Map.of()));

        Ratio first = Ratio.of(with(results, results.workloads(), measurements)).get(0);

        assertEquals(2, first.rounds());
        assertEquals(0.81, first.spread().max(), 1e-9);
    }

    @Test
    void growthComparesMostWithFewestConnections() {
        Results results = SampleResults.results();
        List<Results.WorkloadInfo> workloads = List.of(
                new Results.WorkloadInfo("W6-64", "", "", ""), new Results.WorkloadInfo("W6-10000", "", "", ""));
        List<Measurement> measurements = List.of(
                SampleResults.window("W6-64", "fast", 1, 10, Map.of()),
                SampleResults.window("W6-10000", "fast", 1, 15, Map.of()));

        List<Ratio> ratios = Ratio.of(with(results, workloads, measurements));

        assertEquals(
                List.of("RATIO W6 fast@10000/fast@64 1.50 (1.50-1.50, 1 rounds)"),
                ratios.stream().map(Ratio::line).toList());
    }

    @Test
    void lineShowsWhenTheDifferenceIsWithinTheNoise() {
        Ratio ratio = new Ratio("W1-64", "a", "b", new Statistics.Spread(1.01, 0.9, 1.1), 5, true);

        assertTrue(ratio.line().endsWith(" (0.90-1.10, 5 rounds) equal (under the noise)"));
    }

    private static Results with(Results results, List<Results.WorkloadInfo> workloads, List<Measurement> measurements) {
        return new Results(
                results.run(),
                workloads,
                results.servers(),
                results.skipped(),
                results.pairs(),
                measurements,
                results.profiles(),
                results.notes());
    }
}
