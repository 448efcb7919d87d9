// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import java.util.ArrayList;
import java.util.List;

/**
 * The measurements of clients of one kind under an attack, compared with those without it.
 *
 * @param attack the sort of attackers, or another name for the phase
 * @param kind the kind of clients
 * @param undisturbed measured before and after the attack, combined
 * @param attacked measured during the attack
 * @param bounds the required bounds
 */
record Verdict(String attack, Kind kind, Figures undisturbed, Figures attacked, Bounds bounds) {

    /**
     * The maximum growth of the latency.
     *
     * @param median as a multiple of the undisturbed one
     * @param p99 likewise
     */
    record Bounds(double median, double p99) {}

    double medianRatio() {
        return attacked.median() / undisturbed.median();
    }

    double p99Ratio() {
        return attacked.p99() / undisturbed.p99();
    }

    boolean kept() {
        return missed().isEmpty();
    }

    /** Returns the names of the bounds that are not met. */
    List<String> missed() {
        List<String> missed = new ArrayList<>();
        if (!(medianRatio() <= bounds.median)) {
            missed.add("median");
        }
        if (!(p99Ratio() <= bounds.p99)) {
            missed.add("p99");
        }
        if (!attacked.failures().isEmpty()) {
            missed.add("failures");
        }
        return missed;
    }
}
