// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.micro;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.BenchmarkList;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.format.OutputFormatFactory;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.TimeValue;
import org.openjdk.jmh.runner.options.VerboseMode;

/**
 * Runs every benchmark as briefly as JMH permits, in this process, to ensure that all keep working. Ignores the scores.
 */
class EveryBenchmarkTest {

    @Test
    void everyBenchmarkRuns() throws RunnerException {
        // JMH does not fork here, so the options meant for a fork are given to all benchmarks
        System.setProperty("jmh.executor", "CUSTOM");
        System.setProperty("jmh.executor.class", OwnerThreads.class.getName());
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("io\\.portcullis\\..*")
                        .forks(0)
                        .warmupIterations(0)
                        .measurementIterations(1)
                        .measurementTime(TimeValue.milliseconds(1))
                        .param("size", "1400")
                        .param("piece", "100")
                        .addProfiler(ServerShare.class)
                        .shouldFailOnError(true)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();

        Set<String> ran = results.stream()
                .map(result -> result.getParams().getBenchmark())
                .collect(Collectors.toSet());
        assertEquals(all(), ran);
        for (RunResult result : results) {
            boolean hasTwoSides = result.getParams().getBenchmark().contains("HandshakeBenchmark");
            assertEquals(
                    hasTwoSides, result.getSecondaryResults().containsKey("server.cpu.norm"), result.getParams()::id);
        }
    }

    private static Set<String> all() {
        return BenchmarkList.defaultList()
                .getAll(OutputFormatFactory.createFormatInstance(System.out, VerboseMode.SILENT), List.of())
                .stream()
                .map(entry -> entry.getUsername())
                .collect(Collectors.toSet());
    }

    @Test
    void explicitArgumentsOverrideTheDefaults() {
        List<String> defaults = JmhCommand.withDefaults(List.of());
        assertTrue(defaults.containsAll(List.of("-prof", "gc", "-rf", "json", "-rff")));
        assertEquals(
                List.of("-prof", "stack", "-rf", "csv", "-rff", "x.csv"),
                JmhCommand.withDefaults(List.of("-prof", "stack", "-rf", "csv", "-rff", "x.csv")));
        assertFalse(JmhCommand.withDefaults(List.of("-prof", "stack")).contains("gc"));
    }
}
