// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.process.Pinning;
import io.portcullis.benchmarks.report.Measurement;
import io.portcullis.benchmarks.report.Profile;
import io.portcullis.benchmarks.report.Results;
import io.portcullis.benchmarks.servers.Contestant;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;

/**
 * The course of a run. All servers run at the same time, but only one of them is loaded at a time, and they are
 * measured alternately, round by round, so that disturbances of the machine affect all of them. A server that fails is
 * left out of the remaining run.
 */
final class Comparison {
    private static final int REHEARSAL = 0;
    private static final String GOOD_SESSION = "TLSv1.3 TLS_AES_128_GCM_SHA256";
    private static final double SECONDS_AROUND_WINDOW = 0.8;
    private static final int MEMORY_ROUNDS = 3;

    private final Settings settings;
    private final List<Contestant> contestants;
    private final Path certificates;
    private final Pinning pinning;
    private final Progress progress;
    private final Meter meter;
    private final WarmUp warmUp;
    private final MemoryMeter memoryMeter;
    private final Optional<ProfileRound> profiling;
    private final List<Measurement> measurements = new ArrayList<>();
    private final List<Profile> profiles = new ArrayList<>();
    private final Set<String> notes = new LinkedHashSet<>();

    Comparison(
            Settings settings,
            List<Contestant> contestants,
            Path certificates,
            Pinning pinning,
            Loader load,
            Optional<ProfileRound> profiling,
            Progress progress) {
        this.settings = settings;
        this.contestants = contestants;
        this.certificates = certificates;
        this.pinning = pinning;
        this.progress = progress;
        this.meter = new Meter(load);
        this.warmUp = new WarmUp(load, meter, settings, progress);
        this.profiling = profiling;
        this.memoryMeter = new MemoryMeter(load, settings);
    }

    /**
     * Measures everything.
     *
     * @param workloads in this order, except that those of one certificate are grouped, and memory comes last
     * @param finished called after each workload
     */
    void run(List<Workload> workloads, Consumer<Workload> finished) throws IOException {
        workloads.forEach(this::expect);
        Map<String, List<Workload>> byCertificate = new LinkedHashMap<>();
        for (Workload workload : workloads) {
            if (!workload.memory()) {
                byCertificate
                        .computeIfAbsent(workload.certificate(), unused -> new ArrayList<>())
                        .add(workload);
            }
        }
        for (Map.Entry<String, List<Workload>> group : byCertificate.entrySet()) {
            runTogether(group.getKey(), group.getValue(), finished);
        }
        for (Workload workload : workloads) {
            if (workload.memory()) {
                measureMemory(workload);
                finished.accept(workload);
            }
        }
    }

    List<Measurement> measurements() {
        return List.copyOf(measurements);
    }

    List<Profile> profiles() {
        return List.copyOf(profiles);
    }

    List<String> notes() {
        return List.copyOf(notes);
    }

    private void runTogether(String certificate, List<Workload> workloads, Consumer<Workload> finished)
            throws IOException {
        try (Running running = new Running()) {
            for (Contestant contestant : contestants) {
                if (workloads.stream().anyMatch(workload -> fits(contestant, workload))) {
                    start(contestant, certificate, running);
                }
            }
            Map<Workload, List<ServerProcess>> measured = new LinkedHashMap<>();
            for (Workload workload : workloads) {
                measured.put(workload, measure(workload, running.servers()));
                finished.accept(workload);
            }
            // After all measurements: a JVM that has been profiled may behave differently
            if (profiling.isPresent()) {
                measured.forEach((workload, servers) -> profile(profiling.get(), workload, servers));
                measured.keySet().forEach(finished);
            }
        }
    }

    private void start(Contestant contestant, String certificate, Running running) {
        progress.report("starting " + contestant.name());
        try {
            running.add(ServerProcess.start(contestant, pinning, certificates, certificate, settings));
        } catch (IOException e) {
            note(String.valueOf(e.getMessage()));
        }
    }

    /** Returns the servers that have completed all rounds. */
    private List<ServerProcess> measure(Workload workload, List<ServerProcess> servers) {
        List<ServerProcess> able = servers.stream()
                .filter(server -> fits(server.contestant(), workload) && warm(server, workload))
                .toList();
        for (int round = firstRound(); round <= settings.rounds(); round++) {
            int current = round;
            able = able.stream()
                    .filter(server -> measure(server, workload, current))
                    .toList();
        }
        return able;
    }

    private void profile(ProfileRound round, Workload workload, List<ServerProcess> servers) {
        for (ServerProcess server : servers) {
            if (!server.contestant().jvm()) {
                note(server.name() + " is not profiled: it does not run in a JVM");
                continue;
            }
            progress.report("profiling " + server.name() + " in " + workload.name());
            try {
                ProfileRound.Outcome outcome = round.run(server, workload);
                profiles.add(outcome.profile());
                if (!outcome.kernel()) {
                    note("the profiles do not include the kernel, which is not visible here: system calls appear as"
                            + " functions of the C library only, and their time may be too short");
                }
            } catch (IOException e) {
                note(server.name() + " could not be profiled in " + workload.name() + ": " + e.getMessage());
            } finally {
                progress.done(round.seconds());
            }
        }
    }

    /** With new connections, the code compiled for the warm-up is compiled again: that round is not counted. */
    private int firstRound() {
        return settings.quick() ? REHEARSAL + 1 : REHEARSAL;
    }

    private boolean warm(ServerProcess server, Workload workload) {
        try {
            if (!warmUp.run(server, workload) && !settings.quick()) {
                note(server.name() + " had not settled in " + workload.name() + " after "
                        + settings.warmUpCap().toSeconds() + " s of warm-up");
            }
            return true;
        } catch (IOException e) {
            failed(server, workload, e);
            return false;
        } finally {
            progress.done(settings.warmUpCap().toMillis() / 1e3);
        }
    }

    private boolean measure(ServerProcess server, Workload workload, int round) {
        try {
            Meter.Measured measured = meter.round(server, workload, round, settings.window());
            if (round == REHEARSAL) {
                return true;
            }
            add(measured.measurement());
            String session = measured.count().session();
            if (server.contestant().secure() && !session.isEmpty() && !session.equals(GOOD_SESSION)) {
                note(server.name() + " does not use " + GOOD_SESSION + ", but " + session);
            }
            if (measured.count().faults() > 0) {
                note(server.name() + " in " + workload.name() + ": "
                        + measured.count().firstFault());
            }
            return true;
        } catch (IOException e) {
            failed(server, workload, e);
            return false;
        } finally {
            progress.done(windowSeconds());
        }
    }

    private void measureMemory(Workload workload) {
        for (int round = 1; round <= memoryRounds(); round++) {
            for (Contestant contestant : contestants) {
                if (fits(contestant, workload)) {
                    measureMemory(contestant, workload, round);
                    progress.done(memoryMeter.seconds());
                }
            }
        }
    }

    private void measureMemory(Contestant contestant, Workload workload, int round) {
        try (ServerProcess server =
                ServerProcess.start(contestant, pinning, certificates, workload.certificate(), settings)) {
            add(memoryMeter.round(server, workload, round));
        } catch (IOException e) {
            note(contestant.name() + " failed in " + workload.name() + ": " + e.getMessage());
        }
    }

    private void add(Measurement measurement) {
        measurements.add(measurement);
        progress.report(String.format(
                Locale.ROOT,
                "%s %s: round %d, %.1f",
                measurement.workload(),
                measurement.server(),
                measurement.round(),
                measurement.cost()));
    }

    private void failed(ServerProcess server, Workload workload, IOException e) {
        note(server.name() + " failed in " + workload.name() + ": " + e.getMessage());
    }

    /** Adds a note for the readers of the results. */
    void note(String text) {
        if (notes.add(text)) {
            progress.report(text);
        }
    }

    private void expect(Workload workload) {
        long servers = contestants.stream()
                .filter(contestant -> fits(contestant, workload))
                .count();
        double each = workload.memory()
                ? memoryRounds() * memoryMeter.seconds()
                : settings.warmUpCap().toMillis() / 1e3
                        + (1 + settings.rounds() - firstRound()) * windowSeconds()
                        + profiling.map(ProfileRound::seconds).orElse(0.0);
        progress.expect(servers * each);
    }

    private double windowSeconds() {
        return settings.window().toMillis() / 1e3 + SECONDS_AROUND_WINDOW;
    }

    private int memoryRounds() {
        return Math.min(MEMORY_ROUNDS, settings.rounds());
    }

    private static boolean fits(Contestant contestant, Workload workload) {
        return contestant.secure() || !workload.secureOnly();
    }

    /** Servers that are ended together. */
    private static final class Running implements AutoCloseable {
        private final List<ServerProcess> servers = new ArrayList<>();

        void add(ServerProcess server) {
            servers.add(server);
        }

        List<ServerProcess> servers() {
            return servers;
        }

        @Override
        public void close() {
            servers.forEach(ServerProcess::close);
        }
    }

    /** Returns the servers that cannot take part. */
    static List<Results.Skipped> skipped(List<Contestant> contestants) {
        return contestants.stream()
                .flatMap(each -> each.missing().map(reason -> new Results.Skipped(each.name(), reason)).stream())
                .toList();
    }
}
