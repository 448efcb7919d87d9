// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.report.Measurement;
import io.portcullis.benchmarks.report.Ratio;
import java.io.IOException;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Measures windows. A window lies between two moments at which the server is idle, so that the CPU time spent in
 * between is the cost of exactly its requests.
 */
final class Meter {
    private static final int QUIET_MILLIS = 10;
    private static final int QUIET_TRIES = 30;
    private static final long QUIET_NANOS = 500_000;
    private static final Duration LEAD_IN = Duration.ofMillis(200);

    private final Loader load;

    Meter(Loader load) {
        this.load = load;
    }

    /**
     * Measures a window of a round: connections are opened before and closed afterwards, and serve some requests before
     * it begins.
     *
     * @param server a warm server
     * @param workload the workload
     * @param round the round, from 1
     * @param window the duration
     * @return the cost
     */
    Measured round(ServerProcess server, Workload workload, int round, Duration window) throws IOException {
        load.open(workload.demand(server.port(), server.contestant().secure()));
        load.window(LEAD_IN);
        awaitQuiet(server);
        Measured measured = window(server, workload, round, window);
        load.closeConnections();
        awaitQuiet(server);
        return measured;
    }

    /** Measures a window of the open connections. */
    Measured window(ServerProcess server, Workload workload, int round, Duration window) throws IOException {
        CpuTime before = server.tree().cpuTime();
        Count count = load.window(window);
        awaitQuiet(server);
        CpuTime after = server.tree().cpuTime();
        double units = workload.units(count);
        if (units <= 0) {
            throw new IOException("no request was answered" + (count.faults() > 0 ? ": " + count.firstFault() : ""));
        }
        Measurement measurement = new Measurement(
                workload.name(),
                server.name(),
                round,
                after.nanosSince(before) / 1e3 / units,
                after.userShareSince(before),
                units / count.seconds(),
                details(workload, count));
        return new Measured(measurement, count);
    }

    /**
     * A window, with the results of the load.
     *
     * @param measurement the server's costs
     * @param count its work
     */
    record Measured(Measurement measurement, Count count) {}

    private static Map<String, Double> details(Workload workload, Count count) {
        Map<String, Double> details = new LinkedHashMap<>();
        if (workload.ofHandshakes()) {
            details.put("resumed %", 100.0 * count.resumed() / Math.max(1, count.handshakes()));
        }
        if (count.latency().max() > 0) {
            details.put("p50", count.latency().p50());
            details.put(Ratio.P99, count.latency().p99());
            details.put("p99.9", count.latency().p999());
        }
        if (count.faults() > 0) {
            details.put("faults", (double) count.faults());
        }
        return details;
    }

    /** Waits for a limited time until the server is nearly idle: a compiler may be running. */
    private static void awaitQuiet(ServerProcess server) throws IOException {
        CpuTime before = server.tree().cpuTime();
        for (int i = 0; i < QUIET_TRIES; i++) {
            pause();
            CpuTime now = server.tree().cpuTime();
            if (now.nanosSince(before) < QUIET_NANOS) {
                return;
            }
            before = now;
        }
    }

    private static void pause() throws IOException {
        try {
            Thread.sleep(QUIET_MILLIS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }
}
