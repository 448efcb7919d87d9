// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * The measurements of clients of one kind.
 *
 * @param millis the latency of each answered request, counted from its intended time
 * @param failures the causes of the failed requests
 */
record Figures(List<Double> millis, List<String> failures) {

    int requests() {
        return millis.size() + failures.size();
    }

    double median() {
        return quantile(0.5);
    }

    double p99() {
        return quantile(0.99);
    }

    /** Returns the smallest value that is not exceeded by the given share of all values; NaN if there are none. */
    private double quantile(double share) {
        if (millis.isEmpty()) {
            return Double.NaN;
        }
        List<Double> sorted = millis.stream().sorted().toList();
        return sorted.get((int) Math.ceil(share * sorted.size()) - 1);
    }

    Figures and(Figures other) {
        return new Figures(
                new ArrayList<>(
                        Stream.concat(millis.stream(), other.millis.stream()).toList()),
                new ArrayList<>(Stream.concat(failures.stream(), other.failures.stream())
                        .toList()));
    }
}
