// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.operations;

import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.MeterRegistry;
import io.micrometer.core.instrument.Timer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The meters of the framework, summed over the listeners. */
final class Sums {
    private final MeterRegistry meters;

    Sums(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * The remaining validity of a certificate.
     *
     * @param listener the name of its listener
     * @param host the host name that it is served for
     * @param remaining in seconds
     */
    record Certificate(String listener, String host, double remaining) {
        /**
         * Rounded, so that entries of one certificate keep their order although the gauges are read one after another.
         */
        private long hours() {
            return Duration.ofSeconds((long) remaining).toHours();
        }
    }

    /** Returns the number of handshakes by outcome. */
    Map<String, Double> handshakes() {
        return sums("portcullis.handshakes", tag("outcome"), meter -> meter instanceof Timer timer ? timer.count() : 0);
    }

    /** Returns the total duration of all handshakes, in seconds. */
    double handshakeSeconds() {
        return meters.find("portcullis.handshakes").timers().stream()
                .mapToDouble(timer -> timer.totalTime(TimeUnit.SECONDS))
                .sum();
    }

    /** Returns the number of open connections by mode. */
    Map<String, Double> modes() {
        return sums("portcullis.connections.active", tag("mode"), Sums::value);
    }

    /** Returns the number of ended connections by reason. */
    Map<String, Double> ends() {
        return sums("portcullis.connections.closed", tag("reason"), Sums::value);
    }

    /** Returns the number of bytes by layer and direction, such as {@code network in}. */
    Map<String, Double> traffic() {
        return sums(
                "portcullis.traffic",
                id -> id.getTag("layer") + " " + id.getTag("direction"),
                meter -> meter instanceof FunctionCounter counter ? counter.count() : 0);
    }

    /** Returns the total of one meter over all tags. */
    double total(String name) {
        return meters.find(name).meters().stream().mapToDouble(Sums::value).sum();
    }

    /** Returns the certificates of all listeners and hosts, the first to expire at the head. */
    List<Certificate> certificates() {
        List<Certificate> all = new ArrayList<>();
        meters.find("portcullis.certificate.remaining").timeGauges().forEach(gauge -> {
            double remaining = gauge.value(TimeUnit.SECONDS);
            if (!Double.isNaN(remaining)) {
                all.add(new Certificate(
                        tag("listener").apply(gauge.getId()), tag("host").apply(gauge.getId()), remaining));
            }
        });
        all.sort(Comparator.comparingLong(Certificate::hours)
                .thenComparing(Certificate::listener)
                .thenComparing(Certificate::host));
        return all;
    }

    private Map<String, Double> sums(String name, Function<Meter.Id, String> key, ToDoubleFunction<Meter> figure) {
        Map<String, Double> sums = new TreeMap<>();
        for (Meter meter : meters.find(name).meters()) {
            sums.merge(key.apply(meter.getId()), figure.applyAsDouble(meter), Double::sum);
        }
        return sums;
    }

    private static Function<Meter.Id, String> tag(String name) {
        return id -> Objects.requireNonNullElse(id.getTag(name), "");
    }

    private static double value(Meter meter) {
        double first = meter.measure().iterator().next().getValue();
        return Double.isNaN(first) ? 0 : first;
    }
}
