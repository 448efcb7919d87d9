// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The samples of a profile, summed up.
 *
 * @param samples the number of samples of each use; 0 if there is no entry
 * @param kernel whether functions of the kernel are among them
 */
public record CollapsedStacks(Map<CpuUse, Long> samples, boolean kernel) {

    /**
     * Reads the collapsed format: each line has the frames, a space, and the number of samples.
     *
     * @param file a file written by async-profiler
     * @return the sums
     * @throws IOException if the file cannot be read, or has another format
     */
    public static CollapsedStacks read(Path file) throws IOException {
        return of(Files.readAllLines(file));
    }

    /** Sums up lines that have been read. */
    static CollapsedStacks of(List<String> lines) throws IOException {
        Map<CpuUse, Long> samples = new EnumMap<>(CpuUse.class);
        boolean kernel = false;
        for (String line : lines) {
            int space = line.lastIndexOf(' ');
            String count = line.substring(space + 1);
            if (space < 1 || !count.matches("[0-9]{1,18}")) {
                throw new IOException("not a line of collapsed stacks: " + line);
            }
            samples.merge(StackClassifier.use(line.substring(0, space)), Long.parseLong(count), Long::sum);
            kernel |= line.contains("_[k]");
        }
        return new CollapsedStacks(samples, kernel);
    }

    /**
     * Returns the total number of samples.
     *
     * @return the number
     */
    public long total() {
        return samples.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * Returns the share of each use.
     *
     * @return by label, 0 to 1, in the order of {@link CpuUse}; uses without samples are omitted
     */
    public Map<String, Double> shares() {
        Map<String, Double> shares = new LinkedHashMap<>();
        double total = total();
        samples.forEach((use, count) -> shares.put(use.label(), count / total));
        return shares;
    }
}
