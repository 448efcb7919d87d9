// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

/**
 * Writes {@code results.json} with everything, {@code results.csv} with a line for each window, and {@code profiles.md}
 * with the profiles.
 */
public final class ResultFiles {
    private static final JsonMapper JSON =
            JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ResultFiles() {}

    /**
     * Writes the files.
     *
     * @param results the results of a run
     * @param directory the target directory, created if needed
     * @throws IOException if the files cannot be written
     */
    public static void write(Results results, Path directory) throws IOException {
        Files.createDirectories(directory);
        Files.writeString(directory.resolve("results.json"), json(results) + "\n");
        Files.writeString(directory.resolve("results.csv"), csv(results));
        if (!results.profiles().isEmpty()) {
            Files.writeString(directory.resolve("profiles.md"), ProfileTable.markdown(results));
        }
    }

    /**
     * Reads results written by {@link #write}.
     *
     * @param file {@code results.json}
     * @return equal results
     * @throws IOException if it cannot be read
     */
    public static Results read(Path file) throws IOException {
        return JSON.readValue(Files.readString(file), Results.class);
    }

    static String json(Results results) {
        return JSON.writeValueAsString(results);
    }

    static String csv(Results results) {
        SortedSet<String> details = new TreeSet<>();
        results.measurements().forEach(each -> details.addAll(each.details().keySet()));
        List<String> lines = new ArrayList<>();
        List<String> head =
                new ArrayList<>(List.of("workload", "server", "round", "cost", "unit", "user_share", "per_second"));
        head.addAll(details);
        lines.add(head.stream().map(ResultFiles::cell).collect(Collectors.joining(",")));
        for (Measurement each : results.measurements()) {
            List<String> cells = new ArrayList<>(List.of(
                    each.workload(),
                    each.server(),
                    Integer.toString(each.round()),
                    Double.toString(each.cost()),
                    results.workload(each.workload())
                            .map(Results.WorkloadInfo::unit)
                            .orElse(""),
                    Double.toString(each.userShare()),
                    Double.toString(each.perSecond())));
            for (String detail : details) {
                Double value = each.details().get(detail);
                cells.add(value == null ? "" : value.toString());
            }
            lines.add(cells.stream().map(ResultFiles::cell).collect(Collectors.joining(",")));
        }
        return String.join("\n", lines) + "\n";
    }

    /** RFC 4180, section 2. */
    private static String cell(String text) {
        boolean plain = text.chars().noneMatch(c -> c == ',' || c == '"' || c == '\n' || c == '\r');
        return plain ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
