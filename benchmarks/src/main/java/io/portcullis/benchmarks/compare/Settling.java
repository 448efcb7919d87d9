// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.report.Statistics;
import java.util.List;

/**
 * Decides whether a server is warm: the cost of its last windows is that of the ones just before, both as medians,
 * because a single window may be a fifth off. Pure.
 *
 * @param windows how many are taken together
 * @param tolerance by how much the two medians may differ, such as 0.04
 */
record Settling(int windows, double tolerance) {

    /**
     * Looks at what was measured so far.
     *
     * @param costs of successive windows, the last at the end
     * @return true if no more change is to be expected
     */
    boolean settled(List<Double> costs) {
        int size = costs.size();
        if (size < 2 * windows) {
            return false;
        }
        double before = Statistics.median(costs.subList(size - 2 * windows, size - windows));
        double now = Statistics.median(costs.subList(size - windows, size));
        return now >= before * (1 - tolerance) && now <= before * (1 + tolerance);
    }
}
