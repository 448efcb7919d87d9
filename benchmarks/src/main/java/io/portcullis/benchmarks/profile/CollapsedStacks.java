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
 * The samples of a profile, as sums.
 *
 * @param samples how many there are of each use; none is 0
 * @param kernel whether the kernel's functions are among them
 */
public record CollapsedStacks(Map<CpuUse, Long> samples, boolean kernel) {

    /**
     * Reads the collapsed form: on each line the frames, a space, and how many samples there are of it.
     *
     * @param file as async-profiler writes it
     * @return the sums
     * @throws IOException if it cannot be read, or is something else
     */
    public static CollapsedStacks read(Path file) throws IOException {
        return of(Files.readAllLines(file));
    }

    /** The same, of lines that have been read. */
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
     * All samples.
     *
     * @return how many
     */
    public long total() {
        return samples.values().stream().mapToLong(Long::longValue).sum();
    }

    /**
     * The part of each use in all of them.
     *
     * @return by its label, 0 to 1, in the order of {@link CpuUse}; those without samples are not in it
     */
    public Map<String, Double> shares() {
        Map<String, Double> shares = new LinkedHashMap<>();
        double total = total();
        samples.forEach((use, count) -> shares.put(use.label(), count / total));
        return shares;
    }
}
