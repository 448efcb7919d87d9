// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.portcullis.benchmarks.report.Measurement;
import io.portcullis.benchmarks.report.Results;
import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The complete comparison, with two identical servers. */
class CompareCommandIT extends SmallComparisons {
    @Test
    void measuresServersAlternatelyAndComparesThem() throws IOException {
        int status = compare("--servers=one,other,gone", "--workloads=W1-8,W2-full-ec", "--baseline=other");

        assertEquals(0, status, errors::toString);
        Results results = results();
        assertEquals(List.of(new Results.Skipped("gone", "it is not there")), results.skipped());
        for (String workload : List.of("W1-8", "W2-full-ec")) {
            assertTrue(out.toString().contains("RATIO " + workload + " one/other "), out::toString);
            assertEquals(2, results.costs(workload, "one").size(), results.notes()::toString);
            assertEquals(2, results.costs(workload, "other").size(), results.notes()::toString);
        }
        assertEquals(
                List.of("one", "other", "one", "other"),
                results.measurements().stream()
                        .filter(each -> each.workload().equals("W1-8"))
                        .map(Measurement::server)
                        .toList());
        assertEquals(
                1 + 2 * 2 * 2,
                Files.readAllLines(directory.resolve("results.csv")).size());
    }

    /** With one server and in one round, because handshakes are slow in a cold JVM. */
    @Test
    void measuresAllWorkloadsOfCpuTime() throws IOException {
        List<String> workloads =
                List.of("W1-8", "W2-full-ec", "W2-resumed", "W2-full-rsa", "W2-full-p256", "W3", "W5-500");

        int status = compare("--servers=one", "--workloads=" + String.join(",", workloads), "--rounds=1");

        assertEquals(0, status, errors::toString);
        Results results = results();
        for (String workload : workloads) {
            assertEquals(1, results.costs(workload, "one").size(), results.notes()::toString);
            assertTrue(results.costs(workload, "one").get(0) > 0);
            assertTrue(Files.exists(directory.resolve(workload + ".svg")));
            assertTrue(Files.exists(directory.resolve(workload + ".png")));
        }
        assertEquals(100, detail(results, "W2-resumed", "resumed %"));
        assertEquals(0, detail(results, "W2-full-ec", "resumed %"));
        assertTrue(detail(results, "W5-500", "p99") > 0);
    }

    @Test
    void optionsInBracketsRequireAJvm() {
        assertEquals(2, compare("--servers=foreign[-Xmx1g]"));
        assertTrue(errors.toString().contains("foreign is not a JVM, so it takes no options in brackets"));
    }

    @Test
    void anUnknownServerIsReportedWithTheKnownOnes() {
        assertEquals(2, compare("--servers=none"));
        assertTrue(errors.toString().contains("there is no server 'none'; there are one, other, plain, foreign, gone"));
    }

    @Test
    void theBaselineMustBeAmongTheServers() {
        assertEquals(2, compare("--servers=one", "--baseline=gone"));
        assertTrue(errors.toString().contains("the baseline 'gone' is not among the servers: one"));
    }
}
