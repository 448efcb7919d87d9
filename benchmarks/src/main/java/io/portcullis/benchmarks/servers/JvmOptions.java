// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Options of a JVM, of which some cannot stand beside others. */
public final class JvmOptions {
    private static final Pattern COLLECTOR =
            Pattern.compile("-XX:[+-]Use(?:Serial|Parallel|G1|Z|Shenandoah|Epsilon)GC");
    private static final Pattern HEAP = Pattern.compile("-Xm[sx]\\S+");

    private JvmOptions() {}

    /**
     * Adds options to those that are there. One that chooses a collector replaces the collector, and one that sets the
     * size of the heap replaces both of its sizes: a JVM does not start with two collectors, or with a heap that begins
     * larger than it may be. Of all others a JVM takes the last.
     *
     * @param options those that are there
     * @param more those that are added
     * @return both
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
