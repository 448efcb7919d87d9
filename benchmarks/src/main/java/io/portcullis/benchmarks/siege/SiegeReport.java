// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import io.portcullis.benchmarks.report.ChartFile;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.style.Styler.LegendPosition;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * The results, as a table for the terminal and for Markdown, as JSON and as a chart.
 *
 * @param title the server, the machine and the settings
 * @param attacks the attacks, in order
 * @param notes deviations from the requested settings
 */
record SiegeReport(String title, List<Attack> attacks, List<String> notes) {
    private static final String NAME = "siege";

    /**
     * The results of one sort of attackers.
     *
     * @param sort its name
     * @param description what the attackers do
     * @param attackers the number of connections made, and of concurrent connections
     * @param enough whether the latter was close enough to the requested number
     * @param verdicts one for each kind of clients
     * @param left the resources that the server had not released afterwards
     */
    record Attack(
            String sort, String description, String attackers, boolean enough, List<Verdict> verdicts, String left) {
        boolean kept() {
            return nothingLeft() && enough && verdicts.stream().allMatch(Verdict::kept);
        }

        boolean nothingLeft() {
            return left.equals(ServerState.NOTHING);
        }

        String verdict(Verdict each) {
            List<String> problems = new ArrayList<>();
            if (!enough) {
                problems.add("too few attackers");
            }
            if (!nothingLeft()) {
                problems.add("something is left");
            }
            problems.addAll(each.missed());
            return problems.isEmpty() ? "kept" : String.join(", ", problems);
        }
    }

    boolean kept() {
        return attacks.stream().allMatch(Attack::kept);
    }

    /** Returns a Markdown table, which is also readable as plain text. */
    List<String> table() {
        List<String> lines = new ArrayList<>();
        lines.add("| attackers | clients | requests, failed | median: undisturbed, attacked (ratio) |"
                + " p99: undisturbed, attacked (ratio) | left afterwards | verdict |");
        lines.add("|---|---|---|---|---|---|---|");
        for (Attack attack : attacks) {
            for (Verdict each : attack.verdicts()) {
                lines.add(row(attack, each));
            }
        }
        return lines;
    }

    private static String row(Attack attack, Verdict each) {
        return String.format(
                Locale.ROOT,
                "| %s (%s) | %s | %d, %d | %.1f, %.1f ms (%.1f) | %.1f, %.1f ms (%.1f) | %s | %s |",
                attack.sort(),
                attack.attackers(),
                each.kind(),
                each.attacked().requests(),
                each.attacked().failures().size(),
                each.undisturbed().median(),
                each.attacked().median(),
                each.medianRatio(),
                each.undisturbed().p99(),
                each.attacked().p99(),
                each.p99Ratio(),
                attack.left(),
                attack.verdict(each));
    }

    /** Returns the distinct failures of clients, each with its count. */
    List<String> failures() {
        List<String> lines = new ArrayList<>();
        for (Attack attack : attacks) {
            for (Verdict each : attack.verdicts()) {
                Map<String, Long> byCause = each.attacked().failures().stream()
                        .collect(Collectors.groupingBy(cause -> cause, LinkedHashMap::new, Collectors.counting()));
                byCause.forEach((cause, count) ->
                        lines.add(attack.sort() + ", " + each.kind() + ": " + count + " times " + cause));
            }
        }
        return lines;
    }

    /** Writes {@code siege.md}, {@code siege.json}, {@code siege.svg} and {@code siege.png}. */
    void write(Path directory) throws IOException {
        System.setProperty("java.awt.headless", "true");
        Files.createDirectories(directory);
        JsonMapper json =
                JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
        Files.writeString(directory.resolve(NAME + ".json"), json.writeValueAsString(summary()) + "\n");
        List<String> page = new ArrayList<>(List.of("# " + title, ""));
        page.addAll(table());
        page.add("");
        notes.forEach(note -> page.add("- " + note));
        failures().forEach(line -> page.add("- " + line));
        Files.write(directory.resolve(NAME + ".md"), page);
        ChartFile.write(chart(), directory.resolve(NAME));
    }

    /** Returns the results without the individual requests. */
    private Map<String, Object> summary() {
        List<Map<String, Object>> rows = new ArrayList<>();
        for (Attack attack : attacks) {
            for (Verdict each : attack.verdicts()) {
                Map<String, Object> row = new LinkedHashMap<>();
                row.put("attackers", attack.sort());
                row.put("connections", attack.attackers());
                row.put("clients", each.kind().toString());
                row.put("requests", each.attacked().requests());
                row.put("failed", each.attacked().failures().size());
                row.put("undisturbedRequests", each.undisturbed().requests());
                row.put("undisturbedMedianMillis", each.undisturbed().median());
                row.put("medianMillis", each.attacked().median());
                row.put("undisturbedP99Millis", each.undisturbed().p99());
                row.put("p99Millis", each.attacked().p99());
                row.put("left", attack.left());
                row.put("verdict", attack.verdict(each));
                rows.add(row);
            }
        }
        return Map.of("title", title, "kept", kept(), "rows", rows, "notes", notes);
    }

    private CategoryChart chart() {
        CategoryChart chart = new CategoryChartBuilder()
                .width(900)
                .height(420)
                .title("Median latency of honest clients under attack, 1 without it (lower is better)")
                .yAxisTitle("times the undisturbed median")
                .build();
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setChartBackgroundColor(java.awt.Color.WHITE);
        List<String> sorts = attacks.stream().map(Attack::sort).toList();
        for (Kind kind : Kind.values()) {
            List<Double> ratios = attacks.stream()
                    .flatMap(attack -> attack.verdicts().stream())
                    .filter(each -> each.kind() == kind)
                    .map(each -> Double.isNaN(each.medianRatio()) ? 0 : each.medianRatio())
                    .toList();
            chart.addSeries(kind.toString(), sorts, ratios);
        }
        return chart;
    }
}
