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

/** The options that specify how to measure, rather than what. */
final class SettingsOptions {
    private static final int ROUNDS = 5;
    private static final int QUICK_ROUNDS = 2;
    private static final double WINDOW = 3;
    private static final double QUICK_WINDOW = 0.4;
    private static final double WARM_UP = 90;
    private static final double QUICK_WARM_UP = 0.5;

    /** The heap is touched at startup, so that the growth of the process does not include heap. */
    private static final String JVM_OPTIONS = "-XX:+UseParallelGC -XX:+AlwaysPreTouch";

    private static final String HEAP = "512m";

    private static final String OWN = "own";
    private static final String WRK = "wrk";

    @Spec(Target.MIXEE)
    private @Nullable CommandSpec spec;

    @Option(
            names = "--quick",
            description = "less than a minute for everything, with four servers that are not warmed up")
    private boolean quick;

    @Option(names = "--rounds", paramLabel = "N", description = "measurements of each server; 5 by default")
    private Optional<Integer> rounds = Optional.empty();

    @Option(names = "--window", paramLabel = "SECONDS", description = "the duration of each; 3 by default")
    private Optional<Double> window = Optional.empty();

    @Option(
            names = "--warm-up",
            paramLabel = "SECONDS",
            description = "the maximum time until a server's cost has settled; 90 by default")
    private Optional<Double> warmUp = Optional.empty();

    @Option(
            names = "--java",
            paramLabel = "HOME",
            description = "the JDK of the servers; the JDK of this program by default")
    private Path java = Path.of(System.getProperty("java.home"));

    @Option(
            names = "--heap",
            paramLabel = "SIZE",
            defaultValue = HEAP,
            description =
                    "the heap size of the servers in a JVM, unless --jvm-options sets it; ${DEFAULT-VALUE} by default")
    private String heap = HEAP;

    @Option(
            names = "--jvm-options",
            paramLabel = "OPTIONS",
            defaultValue = JVM_OPTIONS,
            description = "options of the servers in a JVM; '${DEFAULT-VALUE}' by default")
    private String jvmOptions = JVM_OPTIONS;

    @Option(
            names = "--profile",
            description = "after the rounds, adds a window in which async-profiler profiles each server")
    private boolean profile;

    @Option(
            names = "--server-core",
            paramLabel = "N",
            defaultValue = "0",
            description = "the core of the servers; ${DEFAULT-VALUE} by default")
    private int serverCore;

    @Option(
            names = "--load-core",
            paramLabel = "N",
            defaultValue = "1",
            description = "the core of the load; ${DEFAULT-VALUE} by default")
    private int loadCore = 1;

    @Option(
            names = "--load",
            paramLabel = "KIND",
            defaultValue = OWN,
            description = "own, or wrk, which supports W1, W3 and W6 only; ${DEFAULT-VALUE} by default")
    private String load = OWN;

    @Option(names = "--out", paramLabel = "DIRECTORY", description = "the result directory; 'results' by default")
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
            throw refuse("--heap must be a size such as 512m or 2g, not '" + heap + "'");
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
            throw refuse("--load must be own or wrk, not '" + load + "'");
        }
        return load.equals(WRK);
    }

    private Path javaExecutable() {
        Path executable = java.resolve("bin").resolve("java");
        if (!Files.isExecutable(executable)) {
            throw refuse("--java must be the home directory of a JDK, but " + executable + " does not exist");
        }
        return executable;
    }

    private int positive(String option, int value) {
        if (value < 1) {
            throw refuse(option + " must be at least 1");
        }
        return value;
    }

    private Duration seconds(String option, double value) {
        if (!(value >= 0.1 && value <= 3_600)) {
            throw refuse(option + " must be between 0.1 and 3600 seconds");
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
