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

/** The meters of the framework, added up over the listeners. */
final class Sums {
    private final MeterRegistry meters;

    Sums(MeterRegistry meters) {
        this.meters = meters;
    }

    /**
     * How long a certificate is good for.
     *
     * @param listener whose it is
     * @param host for whom
     * @param remaining in seconds
     */
    record Certificate(String listener, String host, double remaining) {
        /** So that those of the same certificate keep their order, though asked one after the other. */
        private long hours() {
            return Duration.ofSeconds((long) remaining).toHours();
        }
    }

    /** Handshakes by their outcome. */
    Map<String, Double> handshakes() {
        return sums("portcullis.handshakes", tag("outcome"), meter -> meter instanceof Timer timer ? timer.count() : 0);
    }

    /** How long all handshakes together took, in seconds. */
    double handshakeSeconds() {
        return meters.find("portcullis.handshakes").timers().stream()
                .mapToDouble(timer -> timer.totalTime(TimeUnit.SECONDS))
                .sum();
    }

    /** Connections by their mode. */
    Map<String, Double> modes() {
        return sums("portcullis.connections.active", tag("mode"), Sums::value);
    }

    /** Ended connections by the reason. */
    Map<String, Double> ends() {
        return sums("portcullis.connections.closed", tag("reason"), Sums::value);
    }

    /** Bytes, such as {@code network in}. */
    Map<String, Double> traffic() {
        return sums(
                "portcullis.traffic",
                id -> id.getTag("layer") + " " + id.getTag("direction"),
                meter -> meter instanceof FunctionCounter counter ? counter.count() : 0);
    }

    /** One figure over all tags. */
    double total(String name) {
        return meters.find(name).meters().stream().mapToDouble(Sums::value).sum();
    }

    /** Of all listeners and hosts, the one that expires first at the head. */
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
