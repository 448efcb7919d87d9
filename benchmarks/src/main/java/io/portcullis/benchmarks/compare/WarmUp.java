// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Loads a server until its cost has settled. */
final class WarmUp {
    private static final Settling SETTLING = new Settling(3, 0.04);
    private static final Duration WINDOW = Duration.ofSeconds(1);
    private static final int WINDOWS_PER_LINE = 5;

    private final Loader load;
    private final Meter meter;
    private final Settings settings;
    private final Progress progress;

    WarmUp(Loader load, Meter meter, Settings settings, Progress progress) {
        this.load = load;
        this.meter = meter;
        this.settings = settings;
        this.progress = progress;
    }

    /**
     * Warms a server up.
     *
     * @param server a running server
     * @param workload the workload to warm up for
     * @return false if the time was over before the cost had settled
     */
    boolean run(ServerProcess server, Workload workload) throws IOException {
        long deadline = System.nanoTime() + settings.warmUpCap().toNanos();
        Duration window = WINDOW.compareTo(settings.warmUpCap()) < 0 ? WINDOW : settings.warmUpCap();
        List<Double> costs = new ArrayList<>();
        double units = 0;
        boolean settled = false;
        load.open(workload.demand(server.port(), server.contestant().secure()));
        do {
            Meter.Measured measured = meter.window(server, workload, 0, window);
            costs.add(measured.measurement().cost());
            units += measured.count().units();
            settled = units >= workload.unitsToBeWarm() && SETTLING.settled(costs);
            if (costs.size() % WINDOWS_PER_LINE == 1 || settled) {
                progress.report(String.format(
                        Locale.ROOT,
                        "%s %s: %s, %.1f %s",
                        workload.name(),
                        server.name(),
                        settled ? "warm" : "warming up",
                        measured.measurement().cost(),
                        workload.info().unit()));
            }
        } while (!settled && System.nanoTime() < deadline);
        load.closeConnections();
        return settled;
    }
}
