// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.profile.AsyncProfiler;
import io.portcullis.benchmarks.servers.JvmOptions;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** Those options that say how to measure, rather than what. */
final class SettingsOptions {
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 2;
    private static final double WINDOW = 3;
    private static final double QUICK_WINDOW = 0.4;
    private static final double WARM_UP = 90;
    private static final double QUICK_WARM_UP = 0.5;

    /** The heap is touched from the start, so that what the process grows by is not heap. */
    private static final String JVM_OPTIONS = "-XX:+UseParallelGC -XX:+AlwaysPreTouch";

    private static final String HEAP = "512m";

    private static final String OWN = "own";
    private static final String WRK = "wrk";

    @Spec(Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--quick",
            description = "less than a minute for everything, with four servers; its figures are not warm")
    private boolean quick;

    @Option(names = "--rounds", paramLabel = "N", description = "how often each server is measured; 5 if not given")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--window", paramLabel = "SECONDS", description = "how long each time; 3 if not given")
    private Optional<Double> window = Optional.empty();

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "how long at most until a server's cost has settled; 90 if not given")
    private Optional<Double> warmUp = Optional.empty();

    @Option(
            names = "--java",
            paramLabel = "HOME",
            description = "the JDK of the servers; that of this program if not given")
    private Path java = Path.of(System.getProperty("java.home"));

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = HEAP,
            description =
                    "the heap of the servers that are a JVM, unless --jvm-options says so; ${DEFAULT-VALUE} if not given")
    private String heap = HEAP;

    @Option(
            names = "--jvm-options",
            paramLabel = "OPTIONS",
            defaultValue = JVM_OPTIONS,
            description = "options of the servers that are a JVM; '${DEFAULT-VALUE}' if not given")
    private String jvmOptions = JVM_OPTIONS;

    @Option(
            names = "--profile",
            description = "after the rounds, a window more in which async-profiler finds out where the time goes")
    private boolean profile;

    @Option(
            names = "--server-core",
            paramLabel = "N",
            defaultValue = "0",
            description = "the core of the servers; ${DEFAULT-VALUE} if not given")
    private int serverCore;

    @Option(
            names = "--load-core",
            paramLabel = "N",
            defaultValue = "1",
            description = "the core of the load; ${DEFAULT-VALUE} if not given")
    private int loadCore = 1;

    @Option(
            names = "--load",
            paramLabel = "KIND",
            defaultValue = OWN,
            description = "own, or wrk, which can do W1, W3 and W6 only; ${DEFAULT-VALUE} if not given")
    private String load = OWN;

    @Option(names = "--out", paramLabel = "DIRECTORY", description = "where the results go; 'results' if not given")
    private Path out = Path.of("results");

    SettingsOptions() {}

    boolean quick() {
        return quick;
    }

    Settings settings(String commandLine) {
        return new Settings(
                positive("--rounds", rounds.orElse(quick ? QUICK_ROUNDS : ROUNDS)),
                seconds("--window", window.orElse(quick ? QUICK_WINDOW : WINDOW)),
                seconds("--warm-up", warmUp.orElse(quick ? QUICK_WARM_UP : WARM_UP)),
                quick,
                javaExecutable(),
                allJvmOptions(),
                serverCore,
                loadCore,
                wrk(),
                profiled(),
                out,
                commandLine);
    }

    private List<String> allJvmOptions() {
        if (!heap.matches("[1-9][0-9]*[kmgKMG]?")) {
            throw refuse("--heap is to be a size such as 512m or 2g, not '" + heap + "'");
        }
        List<String> given =
                jvmOptions.isBlank() ? List.of() : List.of(jvmOptions.strip().split("\\s+"));
        List<String> all = JvmOptions.with(List.of("-Xms" + heap, "-Xmx" + heap), given);
        return profile ? JvmOptions.with(all, AsyncProfiler.JVM_OPTIONS) : all;
    }

    private boolean profiled() {
        if (profile) {
            AsyncProfiler.missing(javaExecutable()).ifPresent(reason -> {
                throw refuse("--profile is not possible: " + reason);
            });
        }
        return profile;
    }

    private boolean wrk() {
        if (!load.equals(OWN) && !load.equals(WRK)) {
            throw refuse("--load is to be own or wrk, not '" + load + "'");
        }
        return load.equals(WRK);
    }

    private Path javaExecutable() {
        Path executable = java.resolve("bin").resolve("java");
        if (!Files.isExecutable(executable)) {
            throw refuse("--java is to be the home of a JDK, but " + executable + " is not there");
        }
        return executable;
    }

    private int positive(String option, int value) {
        if (value < 1) {
            throw refuse(option + " has to be 1 at least");
        }
        return value;
    }

    private Duration seconds(String option, double value) {
        if (!(value >= 0.1 && value <= 3_600)) {
            throw refuse(option + " has to be between 0.1 and 3600 seconds");
        }
        return Duration.ofMillis(Math.round(value * 1e3));
    }

    private ParameterException refuse(String message) {
        if (spec == null) {
            throw new IllegalStateException(message);
        }
        return new ParameterException(spec.commandLine(), message);
    }
}
