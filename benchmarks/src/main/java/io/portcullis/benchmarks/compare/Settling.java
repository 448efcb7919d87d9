// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.report.Statistics;
import java.util.List;

/**
 * Decides whether a server is warm: the cost of its last windows equals that of the preceding ones, both as medians,
 * because a single window may deviate by a fifth. Pure.
 *
 * @param windows the number of windows per median
 * @param tolerance the maximum difference of the two medians, such as 0.04
 */
record Settling(int windows, double tolerance) {

    /**
     * Returns whether the costs have settled.
     *
     * @param costs the costs of successive windows, the latest last
     * @return true if no further change is expected
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
