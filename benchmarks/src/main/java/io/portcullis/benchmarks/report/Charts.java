// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.knowm.xchart.XYChart;

/**
 * One chart for each workload, as SVG and PNG: a bar for the median of each server, and a line from its best to its
 * worst round.
 */
public final class Charts {
    private Charts() {}

    /**
     * Writes the charts, such as {@code W1-64.svg} and {@code W1-64.png}.
     *
     * @param results the results of a run
     * @param directory the target directory
     * @throws IOException if they cannot be written
     */
    public static void write(Results results, Path directory) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Files.createDirectories(directory);
        for (Results.WorkloadInfo workload : results.workloads()) {
            List<BarChart.Bar> bars = bars(results, workload.name());
            if (!bars.isEmpty()) {
                XYChart chart = BarChart.of(workload.name() + ": " + workload.title(), axis(workload), bars);
                ChartFile.write(chart, directory.resolve(workload.name()));
            }
        }
    }

    private static String axis(Results.WorkloadInfo workload) {
        return workload.unit() + " (lower is better; bar: median, line: best to worst round)";
    }

    /** From bottom to top, so that the first server is uppermost. */
    private static List<BarChart.Bar> bars(Results results, String workload) {
        List<BarChart.Bar> bars = new ArrayList<>();
        for (Results.ServerInfo server : results.servers()) {
            List<Double> costs = results.costs(workload, server.name());
            if (!costs.isEmpty()) {
                bars.add(new BarChart.Bar(
                        server.name(), Statistics.spread(costs), server.name().startsWith("portcullis-")));
            }
        }
        Collections.reverse(bars);
        return bars;
    }
}
