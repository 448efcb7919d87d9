// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** JVM options, some of which exclude each other. */
public final class JvmOptions {
    private static final Pattern COLLECTOR =
            Pattern.compile("-XX:[+-]Use(?:Serial|Parallel|G1|Z|Shenandoah|Epsilon)GC");
    private static final Pattern HEAP = Pattern.compile("-Xm[sx]\\S+");

    private JvmOptions() {}

    /**
     * Adds options to existing ones. An option that selects a collector replaces the collector, and one that sets the
     * size of the heap replaces both of its sizes: a JVM does not start with two collectors, or with an initial heap
     * that exceeds the maximum. For all other options, a JVM uses the last one.
     *
     * @param options the existing options
     * @param more the options to add
     * @return the combined options
     */
    public static List<String> with(List<String> options, List<String> more) {
        List<String> all = new ArrayList<>(options);
        for (Pattern kind : List.of(COLLECTOR, HEAP)) {
            if (more.stream().anyMatch(option -> kind.matcher(option).matches())) {
                all.removeIf(option -> kind.matcher(option).matches());
            }
        }
        all.addAll(more);
        return List.copyOf(all);
    }
}
