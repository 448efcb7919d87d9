// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

import java.util.Objects;
import java.util.concurrent.TimeUnit;
import org.HdrHistogram.Histogram;

/** The counters of a window. Confined to the event loop of the load. */
final class Tally {
    private static final long SLOWEST_NANOS = TimeUnit.MINUTES.toNanos(1);

    private final Histogram latency = new Histogram(SLOWEST_NANOS, 3);
    private long begun = System.nanoTime();
    private long units;
    private long bytes;
    private long handshakes;
    private long verified;
    private long faults;
    private String firstFault = "";
    private String session = "";

    void reset() {
        begun = System.nanoTime();
        units = 0;
        bytes = 0;
        handshakes = 0;
        verified = 0;
        faults = 0;
        firstFault = "";
        latency.reset();
    }

    void answered(long bodyBytes) {
        units++;
        bytes += bodyBytes;
    }

    void answeredAfter(long nanos) {
        latency.recordValue(Math.min(Math.max(nanos, 0), SLOWEST_NANOS));
    }

    void handshake(String protocolAndSuite) {
        handshakes++;
        session = protocolAndSuite;
    }

    void certificateVerified() {
        verified++;
    }

    void fault(Throwable cause) {
        faults++;
        if (firstFault.isEmpty()) {
            firstFault = Objects.requireNonNullElse(cause.getMessage(), cause.toString());
        }
    }

    long faults() {
        return faults;
    }

    long units() {
        return units;
    }

    String firstFault() {
        return firstFault;
    }

    Count count() {
        double seconds = (System.nanoTime() - begun) / 1e9;
        Count.Latency percentiles = latency.getTotalCount() == 0
                ? Count.Latency.NONE
                : new Count.Latency(micros(50), micros(99), micros(99.9), latency.getMaxValue() / 1e3);
        return new Count(
                units, bytes, seconds, handshakes, handshakes - verified, faults, firstFault, session, percentiles);
    }

    private double micros(double percentile) {
        return latency.getValueAtPercentile(percentile) / 1e3;
    }
}
