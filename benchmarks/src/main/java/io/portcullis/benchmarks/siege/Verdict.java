// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import java.util.ArrayList;
import java.util.List;

/**
 * What clients of one kind met under an attack, beside what they met without it.
 *
 * @param attack the sort of attackers, or what else distinguishes the phase
 * @param kind of clients
 * @param undisturbed before and after the attack, together
 * @param attacked during it
 * @param bounds that are to be kept
 */
record Verdict(String attack, Kind kind, Figures undisturbed, Figures attacked, Bounds bounds) {

    /**
     * By how much the latency may grow.
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

    /** What is missed, in words. */
    List<String> missed() {
        List<String> words = new ArrayList<>();
        if (!(medianRatio() <= bounds.median)) {
            words.add("median");
        }
        if (!(p99Ratio() <= bounds.p99)) {
            words.add("p99");
        }
        if (!attacked.failures().isEmpty()) {
            words.add("failures");
        }
        return words;
    }
}
