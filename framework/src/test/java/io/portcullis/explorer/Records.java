// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A file with a line for each run of the explorer, so that the parts of a long run can be added up and continued. */
final class Records {
    private static final Pattern LINE = Pattern.compile(
            "(\\S+) java (\\S+): seeds (-?\\d+) to (-?\\d+), (\\d+) programs, (\\d+) violations, \\d+ per second");
    private static final String JAVA = System.getProperty("java.version");

    private final @Nullable Path file;

    /** Uses a file, which need not exist yet, or none. */
    Records(@Nullable Path file) {
        this.file = file;
    }

    /** The line of a run that is over. */
    static String line(Exploration run) {
        return Instant.now().truncatedTo(ChronoUnit.SECONDS) + " java " + JAVA + ": seeds " + run.first + " to "
                + (run.first + run.programs() - 1) + ", " + run.programs() + " programs, " + run.violations()
                + " violations, " + run.perSecond() + " per second";
    }

    /** Adds a line, and prints the totals, if there is a file. */
    void add(String line) throws IOException {
        if (file != null) {
            Files.writeString(file, line + "\n", StandardOpenOption.CREATE, StandardOpenOption.APPEND);
            System.out.println(sum());
        }
    }

    /** The lines of this Java version. */
    private List<Matcher> ours() throws IOException {
        return file == null || !Files.exists(file)
                ? List.of()
                : Files.readAllLines(file).stream()
                        .map(LINE::matcher)
                        .filter(line -> line.matches() && line.group(2).equals(JAVA))
                        .toList();
    }

    /** The first seed after all that are recorded for this Java version. */
    long nextSeed() throws IOException {
        return ours().stream()
                        .mapToLong(line -> Long.parseLong(line.group(4)))
                        .max()
                        .orElse(0)
                + 1;
    }

    /** The totals of this Java version. */
    private String sum() throws IOException {
        List<Matcher> lines = ours();
        return "recorded for java " + JAVA + ": " + sum(lines, 5) + " programs, " + sum(lines, 6) + " violations";
    }

    private static long sum(List<Matcher> lines, int group) {
        return lines.stream()
                .mapToLong(line -> Long.parseLong(line.group(group)))
                .sum();
    }
}
