// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import io.portcullis.benchmarks.Certificates;
import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import io.portcullis.benchmarks.load.Generator;
import io.portcullis.benchmarks.process.Pinning;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/**
 * Measures full handshakes per second, second by second, from the moment a new server process listens: without
 * preparation, with a warm-up, with a CDS archive or AOT cache, and with both.
 *
 * <p>The server has one core for everything, including its compilers, and the load another one, if {@code taskset} is
 * available. The load is a closed loop of a fixed number of connections: each performs a full handshake (its client,
 * BoringSSL, costs a fraction of the server), sends one request and closes. It is warm, because it has loaded the
 * training before. The rounds of the variants are interleaved.
 *
 * <p>A cache is created by a training run: a separate process that warms up and is loaded for a while. Its time does
 * not count, because it happens once per build.
 */
@Command(
        name = "first-minute",
        sortOptions = false,
        description =
                "Measures handshakes per second in the first minute of a server: without preparation, with a warm-up,"
                        + " with a CDS archive or AOT cache, and with both.")
public final class FirstMinuteCommand implements Callable<Integer> {
    private static final int DESCRIPTORS = 4_096;

    @Option(names = "--seconds", paramLabel = "N", description = "The duration of the load. Default: 60.")
    private int seconds = 60;

    @Option(names = "--rounds", paramLabel = "N", description = "Runs of each variant. Default: 3.")
    private int rounds = 3;

    @Option(
            names = "--variants",
            paramLabel = "NAME",
            split = ",",
            description = "Of ${COMPLETION-CANDIDATES}. Default: all.")
    private List<Variant> variants = List.of(Variant.values());

    @Option(names = "--warm-up", paramLabel = "SECONDS", description = "The maximum warm-up time. Default: 10.")
    private double warmUpSeconds = 10;

    @Option(names = "--training", paramLabel = "SECONDS", description = "The load during training. Default: 30.")
    private int trainingSeconds = 30;

    @Option(names = "--connections", paramLabel = "N", description = "Concurrent connections. Default: 16.")
    private int connections = 16;

    @Option(names = "--certificate", paramLabel = "EC|RSA", description = "The server's key. Default: EC.")
    private Certificates certificate = Certificates.EC;

    @Option(names = "--java-home", paramLabel = "DIR", description = "The server's JDK. Default: this one.")
    private Path javaHome = Path.of(System.getProperty("java.home"));

    @Option(
            names = "--jvm-options",
            paramLabel = "OPTION",
            split = " ",
            description = "JVM options of all servers. Default: -Xms512m -Xmx512m.")
    private List<String> jvmOptions = List.of("-Xms512m", "-Xmx512m");

    @Option(names = "--pin", arity = "1", paramLabel = "true|false", description = "Pins to cores. Default: true.")
    private boolean pin = true;

    @Option(names = "--server-core", paramLabel = "N", description = "Default: 0.")
    private int serverCore;

    @Option(names = "--load-core", paramLabel = "N", description = "Default: 1.")
    private int loadCore = 1;

    @Option(names = "--out", paramLabel = "DIR", description = "Directory of the results. Default: first-minute.")
    private Path out = Path.of("first-minute");

    private final List<Sample> samples = new ArrayList<>();

    /** Called by the command line. */
    public FirstMinuteCommand() {}

    @Override
    public Integer call() throws IOException {
        Path work = Files.createTempDirectory("first-minute");
        certificate.create().write(work, "server");
        JvmCache cache = JvmCache.of(javaHome, work);
        Pinning pinning = pin ? Pinning.to(serverCore, loadCore, DESCRIPTORS) : Pinning.none(DESCRIPTORS);
        pinning.joinLoad();
        System.out.println("load: " + Generator.description() + "; pinning: " + pinning.description() + "; cache: "
                + cache.description());
        try (Generator generator = new Generator()) {
            train(generator, work, cache, pinning);
            for (int round = 1; round <= rounds; round++) {
                for (Variant variant : variants) {
                    run(generator, work, cache, pinning, variant, round);
                }
            }
        }
        String title = "The first minute: TLS 1.3, " + certificate + ", " + cache.description();
        SampleFiles.write(samples, title, out);
        System.out.println("written to " + out.toAbsolutePath());
        return 0;
    }

    private void train(Generator generator, Path work, JvmCache cache, Pinning pinning) throws IOException {
        boolean wanted = variants.stream().anyMatch(Variant::hasCache);
        List<String> options = options(wanted ? cache.writing() : List.of());
        try (ServerRun server = ServerRun.start(java(), pinning, options, work, warmUp())) {
            generator.open(demand(server));
            Count count = generator.window(Duration.ofSeconds(trainingSeconds));
            generator.closeLoad();
            server.end();
            System.out.printf(Locale.ROOT, "training: %d handshakes in %.1f s%n", count.units(), count.seconds());
        }
        if (wanted && !Files.isRegularFile(cache.file())) {
            throw new IOException("the training has not written " + cache.file());
        }
    }

    private void run(Generator generator, Path work, JvmCache cache, Pinning pinning, Variant variant, int round)
            throws IOException {
        List<String> options = options(variant.hasCache() ? cache.reading() : List.of());
        Duration warmUp = variant.warmsUp() ? warmUp() : null;
        try (ServerRun server = ServerRun.start(java(), pinning, options, work, warmUp)) {
            long begin = System.nanoTime();
            generator.open(demand(server));
            double from = since(begin);
            while (from < seconds) {
                Count count = generator.window(Duration.ofSeconds(1));
                if (count.resumed() > 0) {
                    throw new IOException("the load has resumed sessions, so these are not full handshakes");
                }
                Sample sample = new Sample(
                        variant.label(),
                        round,
                        server.readyMillis(),
                        from,
                        count.seconds(),
                        count.units(),
                        count.units() / count.seconds());
                samples.add(sample);
                print(sample, count.faults());
                from = since(begin);
            }
            generator.closeLoad();
        }
    }

    private static void print(Sample sample, long faults) {
        System.out.printf(
                Locale.ROOT,
                "%-8s round %d, open after %6d ms, second %5.1f: %7.1f handshakes/s%s%n",
                sample.variant(),
                sample.round(),
                sample.readyMillis(),
                sample.from(),
                sample.perSecond(),
                faults == 0 ? "" : ", " + faults + " failed");
    }

    private static double since(long begin) {
        return (System.nanoTime() - begin) / 1e9;
    }

    private Demand demand(ServerRun server) {
        return new Demand(server.port(), true, "/", connections, Demand.Pattern.FULL_HANDSHAKE, Demand.Group.X25519, 0);
    }

    private Path java() {
        return javaHome.resolve("bin").resolve("java");
    }

    private Duration warmUp() {
        return Duration.ofMillis((long) (warmUpSeconds * 1000));
    }

    private List<String> options(List<String> more) {
        List<String> all = new ArrayList<>(jvmOptions);
        all.addAll(more);
        return all;
    }
}
