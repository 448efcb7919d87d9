// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.benchmarks.Main;
import io.portcullis.benchmarks.process.Child;
import io.portcullis.benchmarks.process.Pinning;
import io.portcullis.benchmarks.profile.AsyncProfiler;
import io.portcullis.benchmarks.report.Charts;
import io.portcullis.benchmarks.report.ResultFiles;
import io.portcullis.benchmarks.report.Results;
import io.portcullis.benchmarks.report.Results.Pair;
import io.portcullis.benchmarks.report.Results.Run;
import io.portcullis.benchmarks.report.Results.ServerInfo;
import io.portcullis.benchmarks.report.Results.Skipped;
import io.portcullis.benchmarks.report.Table;
import io.portcullis.benchmarks.servers.Contestant;
import io.portcullis.benchmarks.servers.Contestants;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command line of the comparison. */
@Command(
        name = "compare",
        description = "Compares the CPU time that servers spend on the same work.",
        sortOptions = false,
        mixinStandardHelpOptions = true)
public final class CompareCommand implements Callable<Integer> {
    private static final List<String> QUICK_SERVERS =
            List.of("portcullis-plain", "netty-nio-plain", "portcullis-jdk", "netty-nio-jdk");
    private static final List<String> QUICK_WORKLOADS = List.of("W1-64", "W2-full-ec", "W2-resumed", "W3");
    private static final List<String> USUAL_WORKLOADS = List.of("W1", "W2", "W3");

    private final Supplier<List<Contestant>> known;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--servers",
            split = ",(?![^\\[]*\\])",
            splitSynopsisLabel = ",",
            paramLabel = "NAME",
            description = "the servers to compare, by default all that can run; a server may be repeated with JVM"
                    + " options of its own, such as portcullis-jdk[-XX:+UseSerialGC,-Dkey=value]")
    private List<String> servers = List.of();

    @Option(
            names = "--workloads",
            split = ",",
            paramLabel = "NAME",
            description = "W1 to W6, or single ones such as W1-512, W2-full-p256 or W4-50000; W1,W2,W3 by default")
    private List<String> workloads = List.of();

    @Option(
            names = "--baseline",
            paramLabel = "NAME",
            description = "the server that all others are compared with; by default class against class")
    private Optional<String> baseline = Optional.empty();

    @Option(names = "--connections", paramLabel = "N", description = "the number of connections in W1, W3 and W4")
    private Optional<Integer> connections = Optional.empty();

    @Option(names = "--rate", paramLabel = "N", description = "requests per second in W5; 10000 by default")
    private Optional<Integer> rate = Optional.empty();

    @Mixin
    private SettingsOptions options = new SettingsOptions();

    /** Creates the command for all servers of this project. */
    public CompareCommand() {
        this(Contestants::all);
    }

    CompareCommand(Supplier<List<Contestant>> known) {
        this.known = known;
    }

    @Override
    public Integer call() throws IOException {
        List<Contestant> chosen = chosenServers();
        List<Workload> wanted = chosenWorkloads();
        List<Skipped> skipped = Comparison.skipped(chosen);
        chosen.removeIf(server -> server.missing().isPresent());
        List<Pair> pairs = pairs(chosen.stream().map(Contestant::name).toList());
        CommandSpec command = command();
        Settings settings = options.settings(
                String.join(" ", command.root().commandLine().getParseResult().originalArgs()));
        Progress progress = new Progress(System.err);
        skipped.forEach(each -> progress.report("skipping " + each.name() + ": " + each.reason()));
        Pinning pinning = pinning(settings, wanted);
        Plan plan = plan(settings, wanted, pinning);
        progress.report("pinning: " + pinning.description());
        Path files = Files.createTempDirectory("portcullis-compare-");
        Child.afterwards(() -> delete(files));
        Certificates.EC.create().write(files, "ec");
        Certificates.RSA.create().write(files, "rsa");
        try (Loader load = settings.wrk()
                ? new WrkLoader(pinning)
                : new LoadProcess(loadCommand(pinning), files.resolve("load-errors.txt"))) {
            Run run = Machine.describe(settings, load.description(), pinning);
            Optional<ProfileRound> profiling = profiling(settings, load, files);
            Comparison comparison = new Comparison(settings, chosen, files, pinning, load, profiling, progress);
            plan.notes().forEach(comparison::note);
            Supplier<Results> results =
                    () -> results(run, plan.workloads(), chosen, skipped, pairs, comparison, settings);
            comparison.run(plan.workloads(), unused -> save(results.get(), settings.out()));
            Charts.write(results.get(), settings.out());
            progress.report("results.json, results.csv and charts are in "
                    + settings.out().toAbsolutePath());
            PrintWriter out = command.commandLine().getOut();
            Table.lines(results.get()).forEach(out::println);
            out.flush();
            return comparison.measurements().isEmpty() ? 1 : 0;
        } finally {
            delete(files);
        }
    }

    private static Results results(
            Run run,
            List<Workload> plan,
            List<Contestant> chosen,
            List<Skipped> skipped,
            List<Pair> pairs,
            Comparison comparison,
            Settings settings) {
        List<String> notes = new ArrayList<>(comparison.notes());
        if (settings.quick()) {
            notes.add(0, "--quick: the servers are not warm, so the figures show that everything works, not the speed");
        }
        return new Results(
                run,
                plan.stream().map(Workload::info).toList(),
                chosen.stream()
                        .map(each -> new ServerInfo(each.name(), each.description()))
                        .toList(),
                skipped,
                pairs,
                comparison.measurements(),
                comparison.profiles(),
                notes);
    }

    private List<Contestant> chosenServers() {
        List<Contestant> all = known.get();
        List<String> names = servers;
        if (names.isEmpty()) {
            names = all.stream()
                    .map(Contestant::name)
                    .filter(name -> !options.quick() || QUICK_SERVERS.contains(name))
                    .toList();
        }
        try {
            return names.stream()
                    .map(name -> Contestants.byName(all, name))
                    .collect(Collectors.toCollection(ArrayList::new));
        } catch (IllegalArgumentException e) {
            throw refuse(String.valueOf(e.getMessage()));
        }
    }

    private List<Workload> chosenWorkloads() {
        List<String> usual = options.quick() ? QUICK_WORKLOADS : USUAL_WORKLOADS;
        try {
            return new Workloads(connections, rate).named(workloads.isEmpty() ? usual : workloads);
        } catch (IllegalArgumentException e) {
            throw refuse(String.valueOf(e.getMessage()));
        }
    }

    private List<Pair> pairs(List<String> names) {
        if (baseline.isEmpty()) {
            return Baselines.byClass(names);
        }
        if (!names.contains(baseline.get())) {
            throw refuse("the baseline '" + baseline.get() + "' is not among the servers: " + String.join(", ", names));
        }
        return Baselines.against(names, baseline.get());
    }

    private static Optional<ProfileRound> profiling(Settings settings, Loader load, Path files) throws IOException {
        if (!settings.profile()) {
            return Optional.empty();
        }
        AsyncProfiler profiler = AsyncProfiler.unpack(settings.java(), files);
        return Optional.of(new ProfileRound(load, profiler, settings.window(), files, settings.out()));
    }

    private Plan plan(Settings settings, List<Workload> wanted, Pinning pinning) throws IOException {
        if (settings.wrk() && !wanted.stream().allMatch(WrkLoader::can)) {
            throw refuse("wrk supports W1, W3 and W6 only: choose with --workloads, or use --load own");
        }
        try {
            return Plan.within(wanted, pinning.descriptorLimit());
        } catch (IllegalArgumentException e) {
            throw refuse(String.valueOf(e.getMessage()));
        }
    }

    private static Pinning pinning(Settings settings, List<Workload> plan) throws IOException {
        int most = plan.stream().mapToInt(Workload::connections).max().orElse(0);
        return Pinning.to(settings.serverCore(), settings.loadCore(), most + 2 * Plan.SPARE_DESCRIPTORS);
    }

    private static List<String> loadCommand(Pinning pinning) {
        return pinning.load(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xms512m",
                "-Xmx2g",
                "-XX:+UseSerialGC",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "load"));
    }

    private static void save(Results results, Path out) {
        try {
            ResultFiles.write(results, out);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void delete(Path directory) {
        if (!Files.exists(directory)) {
            return;
        }
        try (Stream<Path> all = Files.walk(directory)) {
            for (Path path : all.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }

    private CommandSpec command() {
        if (spec == null) {
            throw new IllegalStateException("this command requires a command line");
        }
        return spec;
    }

    private ParameterException refuse(String message) {
        return new ParameterException(command().commandLine(), message);
    }
}
