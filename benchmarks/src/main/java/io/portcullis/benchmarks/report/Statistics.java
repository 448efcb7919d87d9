// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/** Medians, spreads and what is to be told from noise. Pure functions. */
public final class Statistics {
    private Statistics() {}

    /**
     * The middle of some values, and their ends.
     *
     * @param median of an even number, the mean of the two in the middle
     * @param min the smallest
     * @param max the largest
     */
    public record Spread(double median, double min, double max) {

        /**
         * Whether a value lies between the ends, or on one.
         *
         * @param value any
         * @return true if so
         */
        public boolean includes(double value) {
            return min <= value && value <= max;
        }
    }

    /**
     * The middle of some values.
     *
     * @param values at least one, in any order
     * @return of an even number, the mean of the two in the middle
     */
    public static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("no values, no median");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /**
     * The middle of some values, and their ends.
     *
     * @param values at least one, in any order
     * @return their spread
     */
    public static Spread spread(List<Double> values) {
        return new Spread(
                median(values),
                values.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
                values.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
    }

    /**
     * One thing in relation to another, round by round: both have met the same weather.
     *
     * @param values of the one, in the order of the rounds
     * @param baseline of the other, as many
     * @return the spread of their quotients
     */
    public static Spread ratio(List<Double> values, List<Double> baseline) {
        if (values.size() != baseline.size()) {
            throw new IllegalArgumentException(values.size() + " rounds against " + baseline.size());
        }
        List<Double> ratios = new ArrayList<>();
        for (int i = 0; i < values.size(); i++) {
            ratios.add(values.get(i) / baseline.get(i));
        }
        return spread(ratios);
    }

    /**
     * By how much two windows differ that ought to be the same: the median over all pairs of successive rounds of the
     * same thing.
     *
     * @param series of each thing, in the order of the rounds
     * @return a share, such as 0.05; zero if there is but one round
     */
    public static double noise(List<List<Double>> series) {
        List<Double> differences = new ArrayList<>();
        for (List<Double> values : series) {
            for (int i = 1; i < values.size(); i++) {
                double larger = Math.max(values.get(i), values.get(i - 1));
                double smaller = Math.min(values.get(i), values.get(i - 1));
                differences.add(smaller > 0 ? larger / smaller - 1 : 0);
            }
        }
        return differences.isEmpty() ? 0 : median(differences);
    }

    /**
     * Whether nothing can be said about which of two is better.
     *
     * @param ratio of the two
     * @param noise as {@link #noise} has it
     * @return true if the rounds do not agree, or the gap is smaller than that of identical windows
     */
    public static boolean equalUnderNoise(Spread ratio, double noise) {
        double gap = Math.max(ratio.median(), 1 / ratio.median()) - 1;
        return ratio.includes(1) || gap < noise;
    }
}
