// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.ToDoubleFunction;

/**
 * The ratio of a server to another one.
 *
 * @param subject the workload, and the compared figure
 * @param server the server
 * @param baseline the server that it is compared with
 * @param spread the spread of the ratios of the rounds
 * @param rounds the number of rounds
 * @param equal whether the difference is within the noise
 */
public record Ratio(
        String subject, String server, String baseline, Statistics.Spread spread, int rounds, boolean equal) {

    /** The name of the detail with the 99th percentile of the latency, which is compared as well. */
    public static final String P99 = "p99";

    /**
     * Returns all ratios.
     *
     * @param results the results of a run
     * @return workload by workload, in the order of the pairs
     */
    public static List<Ratio> of(Results results) {
        List<Ratio> ratios = new ArrayList<>();
        for (Results.WorkloadInfo workload : results.workloads()) {
            String name = workload.name();
            for (Results.Pair pair : results.pairs()) {
                List<Measurement> one = results.measurements(name, pair.server());
                List<Measurement> other = results.measurements(name, pair.baseline());
                of(name, pair.server(), one, pair.baseline(), other, Measurement::cost)
                        .ifPresent(ratios::add);
                of(name + "-p99", pair.server(), one, pair.baseline(), other, Ratio::p99)
                        .ifPresent(ratios::add);
            }
        }
        ratios.addAll(growth(results));
        return ratios;
    }

    /**
     * Returns a line for the end of the standard output.
     *
     * @return a line such as {@code RATIO W1-64 a/b 0.84 (0.80-0.91, 5 rounds)}
     */
    public String line() {
        return String.format(
                Locale.ROOT,
                "RATIO %s %s/%s %.2f (%.2f-%.2f, %d rounds)%s",
                subject,
                server,
                baseline,
                spread.median(),
                spread.min(),
                spread.max(),
                rounds,
                equal ? " equal (under the noise)" : "");
    }

    /** The cost of an additional connection: the highest number of connections of W6 against the lowest, per server. */
    private static List<Ratio> growth(Results results) {
        List<String> names = results.workloads().stream()
                .map(Results.WorkloadInfo::name)
                .filter(name -> name.startsWith("W6-"))
                .toList();
        List<Ratio> ratios = new ArrayList<>();
        if (names.size() < 2) {
            return ratios;
        }
        String few = names.get(0);
        String many = names.get(names.size() - 1);
        for (Results.ServerInfo server : results.servers()) {
            String name = server.name();
            of(
                            "W6",
                            name + "@" + many.substring(3),
                            results.measurements(many, name),
                            name + "@" + few.substring(3),
                            results.measurements(few, name),
                            Measurement::cost)
                    .ifPresent(ratios::add);
        }
        return ratios;
    }

    private static Optional<Ratio> of(
            String subject,
            String server,
            List<Measurement> one,
            String baseline,
            List<Measurement> other,
            ToDoubleFunction<Measurement> figure) {
        List<Double> values = new ArrayList<>();
        List<Double> against = new ArrayList<>();
        for (Measurement each : one) {
            other.stream()
                    .filter(that -> that.round() == each.round())
                    .findFirst()
                    .ifPresent(that -> {
                        if (figure.applyAsDouble(each) > 0 && figure.applyAsDouble(that) > 0) {
                            values.add(figure.applyAsDouble(each));
                            against.add(figure.applyAsDouble(that));
                        }
                    });
        }
        if (values.isEmpty()) {
            return Optional.empty();
        }
        Statistics.Spread spread = Statistics.ratio(values, against);
        boolean equal = Statistics.equalUnderNoise(spread, Statistics.noise(List.of(values, against)));
        return Optional.of(new Ratio(subject, server, baseline, spread, values.size(), equal));
    }

    private static double p99(Measurement measurement) {
        return measurement.details().getOrDefault(P99, 0.0);
    }
}
