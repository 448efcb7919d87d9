// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Results as they might come from a run. */
final class SampleResults {
    private SampleResults() {}

    static Results results() {
        return new Results(
                new Results.Run(
                        "2026-11-22T12:00:00Z",
                        "compare --quick",
                        "a processor",
                        2,
                        "Linux",
                        "17",
                        List.of("-Xmx512m"),
                        "own",
                        "none",
                        "/proc"),
                List.of(
                        new Results.WorkloadInfo("W1-64", "small requests", "us per request", "requests/s"),
                        new Results.WorkloadInfo("W5-100", "open loop, \"paced\"", "us per request", "requests/s")),
                List.of(new Results.ServerInfo("fast", "a server"), new Results.ServerInfo("slow", "a server, too")),
                List.of(new Results.Skipped("gone", "it is not there")),
                List.of(new Results.Pair("fast", "slow")),
                List.of(
                        window("W1-64", "fast", 1, 8, Map.of()),
                        window("W1-64", "slow", 1, 10, Map.of()),
                        window("W1-64", "fast", 2, 8.1, Map.of()),
                        window("W1-64", "slow", 2, 10, Map.of()),
                        window("W5-100", "fast", 1, 20, Map.of("p99", 150.0, "faults", 1.0)),
                        window("W5-100", "slow", 1, 30, Map.of("p99", 300.0))),
                List.of(
                        new Profile(
                                "W1-64",
                                "fast",
                                "cpu",
                                3_000,
                                shares("write", 0.4, "read", 0.25, "server", 0.2, "GC", 0.149, "JIT", 0.001),
                                "profile-W1-64-fast.collapsed.gz",
                                "profile-W1-64-fast.html"),
                        new Profile("W1-64", "slow", "cpu", 30, shares("write", 0.1, "server", 0.9), "a.gz", "a.html")),
                List.of("a note"));
    }

    private static Map<String, Double> shares(Object... namesAndValues) {
        Map<String, Double> shares = new LinkedHashMap<>();
        for (int i = 0; i < namesAndValues.length; i += 2) {
            shares.put((String) namesAndValues[i], (Double) namesAndValues[i + 1]);
        }
        return shares;
    }

    static Measurement window(String workload, String server, int round, double cost, Map<String, Double> details) {
        return new Measurement(workload, server, round, cost, 0.25, 1e6 / cost, details);
    }
}
