// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/** Profiles of the CPU time: a table for each workload, a row for each server, with the three largest shares. */
public final class ProfileTable {
    private static final int LARGEST = 3;
    /** A use with a smaller share for all servers has no column. */
    private static final double WORTH_A_COLUMN = 0.005;

    private ProfileTable() {}

    /**
     * Formats the profiles for a terminal.
     *
     * @param results the results of a run
     * @return the lines; empty if nothing was profiled
     */
    public static List<String> lines(Results results) {
        List<String> lines = new ArrayList<>();
        for (Results.WorkloadInfo workload : results.workloads()) {
            List<Profile> profiles = profiles(results, workload.name());
            if (!profiles.isEmpty()) {
                lines.add("");
                lines.add(title(workload));
                lines.addAll(aligned(rows(profiles)));
            }
        }
        return lines;
    }

    /**
     * Formats the profiles for a document.
     *
     * @param results the results of a run
     * @return the Markdown text; empty if nothing was profiled
     */
    public static String markdown(Results results) {
        StringBuilder text = new StringBuilder();
        for (Results.WorkloadInfo workload : results.workloads()) {
            List<Profile> profiles = profiles(results, workload.name());
            if (!profiles.isEmpty()) {
                List<List<String>> rows = rows(profiles);
                text.append("## ").append(title(workload)).append("\n\n");
                text.append(row(rows.get(0))).append("|---".repeat(rows.get(0).size()));
                text.append("|\n");
                rows.subList(1, rows.size()).forEach(row -> text.append(row(row)));
                text.append('\n');
            }
        }
        return text.toString();
    }

    private static String title(Results.WorkloadInfo workload) {
        return workload.name() + ": where the CPU time goes, in %";
    }

    private static List<Profile> profiles(Results results, String workload) {
        return results.profiles().stream()
                .filter(profile -> profile.workload().equals(workload))
                .toList();
    }

    /** The first row is the header. */
    private static List<List<String>> rows(List<Profile> profiles) {
        Set<String> uses = profiles.stream()
                .flatMap(profile -> profile.shares().entrySet().stream())
                .filter(share -> share.getValue() >= WORTH_A_COLUMN)
                .map(Map.Entry::getKey)
                .collect(Collectors.toCollection(LinkedHashSet::new));
        List<List<String>> rows = new ArrayList<>();
        List<String> head = new ArrayList<>(List.of("server", "samples"));
        head.addAll(uses);
        head.add("the largest");
        rows.add(head);
        for (Profile profile : profiles) {
            List<String> row = new ArrayList<>(List.of(profile.server(), Long.toString(profile.samples())));
            uses.forEach(use -> row.add(percent(profile.shares().getOrDefault(use, 0.0))));
            row.add(largest(profile));
            rows.add(row);
        }
        return rows;
    }

    private static String largest(Profile profile) {
        return profile.shares().entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(LARGEST)
                .map(share -> share.getKey() + " " + percent(share.getValue()))
                .collect(Collectors.joining(", "));
    }

    private static String percent(double share) {
        return share == 0 ? "-" : String.format(Locale.ROOT, "%.1f", share * 100);
    }

    private static String row(List<String> cells) {
        return cells.stream().map(cell -> "| " + cell + " ").collect(Collectors.joining()) + "|\n";
    }

    /** Aligns text to the left, figures to the right. */
    private static List<String> aligned(List<List<String>> rows) {
        int columns = rows.get(0).size();
        List<StringBuilder> lines =
                rows.stream().map(row -> new StringBuilder()).toList();
        for (int column = 0; column < columns; column++) {
            int current = column;
            boolean text = column == 0 || column == columns - 1;
            int width = rows.stream()
                    .mapToInt(row -> row.get(current).length())
                    .max()
                    .orElse(1);
            for (int i = 0; i < lines.size(); i++) {
                String cell = rows.get(i).get(column);
                String space = " ".repeat(width - cell.length());
                lines.get(i).append(text ? cell + space : space + cell).append("  ");
            }
        }
        return lines.stream().map(line -> line.toString().stripTrailing()).toList();
    }
}
