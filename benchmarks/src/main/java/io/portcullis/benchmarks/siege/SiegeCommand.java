// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.benchmarks.Main;
import io.portcullis.benchmarks.process.Child;
import io.portcullis.benchmarks.process.Pinning;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/**
 * Attacks a server with thousands of connections of one sort after the other, while a few honest clients send requests
 * at a steady rate. Before and after each attack the same clients run undisturbed. Exits with status 1 if a client
 * failed, if a latency grew beyond its bound, or if the server has not released all resources afterwards.
 */
@Command(
        name = "siege",
        sortOptions = false,
        description =
                "Shows how honest clients fare while thousands of others attack: half hellos, silence, deaf peers.",
        mixinStandardHelpOptions = true)
public final class SiegeCommand implements Callable<Integer> {
    private static final int SPARE_DESCRIPTORS = 500;
    private static final int FEWEST_ATTACKERS = 10;

    /** The share of attackers required for a valid attack: some are always about to reconnect. */
    private static final double ENOUGH = 0.8;

    private static final Duration LINGER = Duration.ofSeconds(40);

    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--attackers", paramLabel = "N", description = "Concurrent attackers of each sort. Default: 5000.")
    private int attackers = 5_000;

    @Option(names = "--time", paramLabel = "SECONDS", description = "The duration of each attack. Default: 60.")
    private int seconds = 60;

    @Option(
            names = "--sorts",
            split = ",",
            paramLabel = "SORT",
            description = "Of silence, two-bytes, record-header, half-hello, stopped, deaf. Default: all.")
    private List<String> sorts =
            Arrays.stream(Sort.values()).map(Sort::toString).toList();

    @Option(names = "--undisturbed", paramLabel = "SECONDS", description = "The time between attacks. Default: 30.")
    private int undisturbedSeconds = 30;

    @Option(names = "--warm-up", paramLabel = "SECONDS", description = "The time before the first attack. Default: 30.")
    private int warmUpSeconds = 30;

    @Option(names = "--rate", paramLabel = "N", description = "Requests per second of each kind. Default: 20.")
    private int rate = 20;

    @Option(names = "--pace", paramLabel = "N", description = "Attackers that connect per second. Default: 600.")
    private int pace = 600;

    @Option(names = "--engine", paramLabel = "NAME", description = "The TLS engine. Default: the server's default.")
    private String engine = "";

    @Option(names = "--heap", paramLabel = "SIZE", description = "The heap size of the server. Default: 512m.")
    private String heap = "512m";

    @Option(names = "--median", paramLabel = "X", description = "The bound, times the undisturbed median. Default: 2.")
    private double medianBound = 2;

    @Option(names = "--p99", paramLabel = "X", description = "The bound, times the undisturbed p99. Default: 3.")
    private double p99Bound = 3;

    @Option(names = "--out", paramLabel = "DIR", description = "The directory for report and chart. Default: siege.")
    private Path out = Path.of("siege");

    private final List<String> notes = new ArrayList<>();

    /** Called by the command line. */
    public SiegeCommand() {}

    @Override
    public Integer call() throws IOException, InterruptedException {
        List<Sort> chosen = chosenSorts();
        int descriptors = attackers + 2 * SPARE_DESCRIPTORS;
        Pinning start = Pinning.none(descriptors);
        attackers = within(start.descriptorLimit());
        Path work = Files.createTempDirectory("siege");
        Certificates.EC.create().write(work, "server");
        SiegeReport report;
        try (BesiegedServer server = BesiegedServer.start(start, work, heap, engine);
                HonestClients clients = new HonestClients(server.port(), rate)) {
            report = besiege(chosen, server, clients, start, work);
        }
        report.write(out);
        PrintWriter lines = command().commandLine().getOut();
        lines.println();
        report.table().forEach(lines::println);
        report.failures().forEach(lines::println);
        lines.println(report.kept() ? "all bounds are kept" : "not all bounds are kept");
        lines.flush();
        print("siege.md, siege.json and charts are in " + out.toAbsolutePath());
        return report.kept() ? 0 : 1;
    }

    private SiegeReport besiege(
            List<Sort> chosen, BesiegedServer server, HonestClients clients, Pinning start, Path work)
            throws IOException, InterruptedException {
        print("warming up for " + warmUpSeconds + " s");
        clients.run(Duration.ofSeconds(warmUpSeconds));
        ServerState before = server.settled(new ServerState(0, 0, Long.MAX_VALUE), LINGER);
        List<SiegeReport.Attack> attacks = new ArrayList<>();
        Map<Kind, Figures> undisturbed = undisturbed(clients);
        for (Sort sort : chosen) {
            Siege siege = attack(sort, server, clients, start, work);
            ServerState after = server.settled(before, LINGER);
            Map<Kind, Figures> afterwards = undisturbed(clients);
            attacks.add(new SiegeReport.Attack(
                    sort.toString(),
                    sort.description(),
                    siege.attackers(),
                    siege.enough(),
                    verdicts(sort, both(undisturbed, afterwards), siege.figures()),
                    after.leftSince(before)));
            undisturbed = afterwards;
        }
        String title = attackers + " attackers of each sort for " + seconds + " s, " + rate
                + " requests per second of each kind of clients, heap " + heap + ", "
                + (engine.isEmpty() ? "default engine" : "engine " + engine) + ", "
                + Runtime.getRuntime().availableProcessors() + " processors, Java " + Runtime.version();
        return new SiegeReport(title, attacks, List.copyOf(notes));
    }

    /** The measurements of the clients, and the numbers of attackers. */
    private record Siege(Map<Kind, Figures> figures, String attackers, boolean enough) {}

    private Siege attack(Sort sort, BesiegedServer server, HonestClients clients, Pinning start, Path work)
            throws IOException, InterruptedException {
        print(sort + ": " + attackers + " attackers, each " + sort.description() + "; " + seconds + " s");
        try (AttackerProcess attack = AttackerProcess.start(start, work, server.port(), sort, attackers, pace)) {
            int open = attack.gather(attackers, Duration.ofSeconds(15 + 2L * attackers / pace));
            print("  " + open + " are connected");
            Map<Kind, Figures> figures = clients.run(Duration.ofSeconds(seconds));
            int still = attack.open();
            String counts = attack.made() + " made, " + Math.min(open, still) + " at a time";
            print("  " + counts + "; the server: " + server.state().line());
            return new Siege(figures, counts, Math.min(open, still) >= attackers * ENOUGH);
        }
    }

    private Map<Kind, Figures> undisturbed(HonestClients clients) throws InterruptedException {
        print("undisturbed for " + undisturbedSeconds + " s");
        Map<Kind, Figures> figures = clients.run(Duration.ofSeconds(undisturbedSeconds));
        figures.forEach((kind, each) -> print(String.format(
                Locale.ROOT,
                "  %s: median %.1f ms, p99 %.1f ms, %d failed",
                kind,
                each.median(),
                each.p99(),
                each.failures().size())));
        return figures;
    }

    private static Map<Kind, Figures> both(Map<Kind, Figures> one, Map<Kind, Figures> other) {
        Map<Kind, Figures> all = new EnumMap<>(one);
        other.forEach((kind, figures) -> all.merge(kind, figures, Figures::and));
        return all;
    }

    private List<Verdict> verdicts(Sort sort, Map<Kind, Figures> undisturbed, Map<Kind, Figures> attacked) {
        Figures none = new Figures(List.of(), List.of());
        return Arrays.stream(Kind.values())
                .map(kind -> new Verdict(
                        sort.toString(),
                        kind,
                        undisturbed.getOrDefault(kind, none),
                        attacked.getOrDefault(kind, none),
                        new Verdict.Bounds(medianBound, p99Bound)))
                .toList();
    }

    private List<Sort> chosenSorts() {
        try {
            return sorts.stream().map(Sort::of).toList();
        } catch (IllegalArgumentException unknown) {
            throw new ParameterException(command().commandLine(), String.valueOf(unknown.getMessage()));
        }
    }

    /** Returns the number of attackers that the limit of file descriptors permits. */
    private int within(long descriptors) {
        long possible = descriptors - SPARE_DESCRIPTORS;
        if (possible >= attackers) {
            return attackers;
        }
        String raise = attackers + " attackers need as many file descriptors, but a process may have at most "
                + descriptors + ", its hard limit, which root can raise with 'ulimit -n "
                + (attackers + 2 * SPARE_DESCRIPTORS) + "'";
        if (possible < FEWEST_ATTACKERS) {
            throw new ParameterException(command().commandLine(), raise);
        }
        String note = possible + " attackers instead of " + attackers + ": " + raise;
        notes.add(note);
        print(note);
        return (int) possible;
    }

    static List<String> java(List<String> options, String command) {
        List<String> arguments = new ArrayList<>();
        arguments.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
        arguments.addAll(options);
        arguments.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName(), command));
        return arguments;
    }

    private void print(String text) {
        PrintWriter err = command().commandLine().getErr();
        err.println(text);
        err.flush();
    }

    private CommandSpec command() {
        if (spec == null) {
            throw new IllegalStateException("this command requires a command line");
        }
        return spec;
    }

    /** Returns the next line of a child that starts with the given prefix. */
    static String await(Child child, String beginning, Duration patience) throws IOException {
        long deadline = System.nanoTime() + patience.toNanos();
        while (System.nanoTime() < deadline) {
            String line = child.readLine(1);
            if (line != null && line.startsWith(beginning)) {
                return line;
            }
        }
        throw new IOException("a process does not respond" + child.errorTail());
    }
}
