// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/** The results for a terminal: one table for each workload, then the ratio lines. */
public final class Table {
    private static final int NAME_WIDTH = 28;

    private Table() {}

    /**
     * Formats all results.
     *
     * @param results the results of a run
     * @return the lines
     */
    public static List<String> lines(Results results) {
        List<String> lines = new ArrayList<>();
        for (Results.WorkloadInfo workload : results.workloads()) {
            lines.addAll(table(results, workload));
        }
        lines.addAll(ProfileTable.lines(results));
        results.skipped().forEach(each -> lines.add("skipped " + each.name() + ": " + each.reason()));
        results.notes().forEach(note -> lines.add("note: " + note));
        Ratio.of(results).forEach(ratio -> lines.add(ratio.line()));
        return lines;
    }

    private static List<String> table(Results results, Results.WorkloadInfo workload) {
        String format = "%-" + width(results) + "s %10s %21s %11s %14s  %s";
        List<String> lines = new ArrayList<>();
        lines.add("");
        lines.add(workload.name() + ": " + workload.title() + "; " + workload.unit() + " (lower is better)");
        lines.add(String.format(format, "server", "median", "min-max", "user/system", workload.perSecond(), "more"));
        for (Results.ServerInfo server : results.servers()) {
            List<Measurement> windows = results.measurements(workload.name(), server.name());
            if (!windows.isEmpty()) {
                lines.add(row(format, server.name(), windows));
            }
        }
        return lines;
    }

    private static int width(Results results) {
        return results.servers().stream()
                .mapToInt(server -> server.name().length())
                .reduce(NAME_WIDTH, Math::max);
    }

    private static String row(String format, String server, List<Measurement> windows) {
        Statistics.Spread cost =
                Statistics.spread(windows.stream().map(Measurement::cost).toList());
        double user =
                Statistics.median(windows.stream().map(Measurement::userShare).toList());
        double perSecond =
                Statistics.median(windows.stream().map(Measurement::perSecond).toList());
        return String.format(
                Locale.ROOT,
                format,
                server,
                number(cost.median()),
                number(cost.min()) + "-" + number(cost.max()),
                user < 0 ? "" : Math.round(user * 100) + "/" + Math.round(100 - user * 100),
                perSecond > 0 ? number(perSecond) : "",
                details(windows));
    }

    private static String details(List<Measurement> windows) {
        Map<String, List<Double>> byName = new TreeMap<>();
        for (Measurement window : windows) {
            window.details()
                    .forEach((name, value) -> byName.computeIfAbsent(name, unused -> new ArrayList<>())
                            .add(value));
        }
        return byName.entrySet().stream()
                .map(entry -> entry.getKey() + " " + number(Statistics.median(entry.getValue())))
                .collect(Collectors.joining(", "));
    }

    /**
     * Formats a number with about three significant digits.
     *
     * @param value a value that is not negative
     * @return text such as {@code 1,240}, {@code 24.1} or {@code 0.97}
     */
    static String number(double value) {
        if (Math.abs(value) >= 100) {
            return String.format(Locale.ROOT, "%,.0f", value);
        }
        return String.format(Locale.ROOT, Math.abs(value) >= 10 ? "%.1f" : "%.2f", value);
    }
}
