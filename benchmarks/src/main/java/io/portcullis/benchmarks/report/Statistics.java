// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.ArrayList;
import java.util.List;

/** Medians, spreads and significance. Pure functions. */
public final class Statistics {
    private Statistics() {}

    /**
     * The median and the extremes of some values.
     *
     * @param median the median; for an even number of values, the mean of the middle two
     * @param min the smallest value
     * @param max the largest value
     */
    public record Spread(double median, double min, double max) {

        /**
         * Returns whether a value lies within the spread, including its ends.
         *
         * @param value any value
         * @return true if it does
         */
        public boolean includes(double value) {
            return min <= value && value <= max;
        }
    }

    /**
     * Returns the median.
     *
     * @param values at least one value, in any order
     * @return the median; for an even number of values, the mean of the middle two
     */
    public static double median(List<Double> values) {
        if (values.isEmpty()) {
            throw new IllegalArgumentException("the median requires at least one value");
        }
        List<Double> sorted = values.stream().sorted().toList();
        int middle = sorted.size() / 2;
        return sorted.size() % 2 == 1 ? sorted.get(middle) : (sorted.get(middle - 1) + sorted.get(middle)) / 2;
    }

    /**
     * Returns the spread of some values.
     *
     * @param values at least one value, in any order
     * @return their spread
     */
    public static Spread spread(List<Double> values) {
        return new Spread(
                median(values),
                values.stream().mapToDouble(Double::doubleValue).min().orElseThrow(),
                values.stream().mapToDouble(Double::doubleValue).max().orElseThrow());
    }

    /**
     * Returns the ratios of two series, round by round: both were measured under the same conditions.
     *
     * @param values the values of the first, in the order of the rounds
     * @param baseline the values of the second, as many
     * @return the spread of the ratios
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
     * Returns by how much two windows differ that should be equal: the median over all pairs of successive rounds.
     *
     * @param series the values of each series, in the order of the rounds
     * @return a fraction, such as 0.05; zero if there is only one round
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
     * Returns whether the difference of two servers is within the noise.
     *
     * @param ratio their ratios
     * @param noise the result of {@link #noise}
     * @return true if the rounds disagree, or the difference is smaller than that of identical windows
     */
    public static boolean equalUnderNoise(Spread ratio, double noise) {
        double gap = Math.max(ratio.median(), 1 / ratio.median()) - 1;
        return ratio.includes(1) || gap < noise;
    }
}
