// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.profile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** Samples another JVM with async-profiler, which is on the class path. */
public final class AsyncProfiler {
    /**
     * The options for a JVM to be profiled: samples can be taken anywhere in its code, and there is no warning about
     * the agent.
     */
    public static final List<String> JVM_OPTIONS =
            List.of("-XX:+UnlockDiagnosticVMOptions", "-XX:+DebugNonSafepoints", "-XX:+EnableDynamicAgentLoading");

    private static final String LIBRARY = "libasyncProfiler.so";
    private static final List<String> EVENTS = List.of("cpu", "itimer");
    private static final String INTERVAL = "1ms";

    private final Path jcmd;
    private final Path library;

    private AsyncProfiler(Path jcmd, Path library) {
        this.jcmd = jcmd;
        this.library = library;
    }

    /**
     * Returns why the profiler cannot be used.
     *
     * @param java the executable of the JVMs
     * @return the reason; empty if it can be used
     */
    public static Optional<String> missing(Path java) {
        if (AsyncProfiler.class.getResource(resource()) == null) {
            return Optional.of("async-profiler has no library for " + System.getProperty("os.name") + " on "
                    + System.getProperty("os.arch"));
        }
        Path jcmd = java.resolveSibling("jcmd");
        return Files.isExecutable(jcmd)
                ? Optional.empty()
                : Optional.of("async-profiler is attached with jcmd, but " + jcmd + " does not exist: use a full JDK");
    }

    /**
     * Unpacks the library.
     *
     * @param java the executable of the JVMs
     * @param directory the target directory
     * @return the profiler
     * @throws IOException if the library is missing, or cannot be written
     */
    public static AsyncProfiler unpack(Path java, Path directory) throws IOException {
        Path library = directory.resolve(LIBRARY).toAbsolutePath();
        try (InputStream in = AsyncProfiler.class.getResourceAsStream(resource())) {
            if (in == null) {
                throw new IOException(missing(java).orElse("async-profiler is not on the class path"));
            }
            Files.copy(in, library);
        }
        return new AsyncProfiler(java.resolveSibling("jcmd"), library);
    }

    /**
     * Starts sampling: with hardware counters if permitted, otherwise with a timer, which does not see the kernel.
     *
     * @param pid the process id of a JVM
     * @return the event, {@code cpu} or {@code itimer}
     * @throws IOException if neither can be used
     */
    public String start(long pid) throws IOException {
        StringBuilder refused = new StringBuilder();
        for (String event : EVENTS) {
            String output = order(pid, "start,event=" + event + ",interval=" + INTERVAL);
            if (done(output)) {
                return event;
            }
            refused.append(' ').append(event).append(": ").append(output);
        }
        throw new IOException("async-profiler does not start:" + refused);
    }

    /**
     * Stops sampling and writes the samples.
     *
     * @param pid the same process id
     * @param stacks the file for collapsed stacks; its path must not contain a comma
     * @param flameGraph the file for an HTML page; its path must not contain a comma
     * @param title the title of the page, without a comma
     * @throws IOException if the files are not written
     */
    public void stop(long pid, Path stacks, Path flameGraph, String title) throws IOException {
        must(pid, "dump,collapsed,file=" + stacks.toAbsolutePath());
        must(pid, "stop,flamegraph,title=" + title + ",file=" + flameGraph.toAbsolutePath());
    }

    private void must(long pid, String order) throws IOException {
        String output = order(pid, order);
        if (!done(output)) {
            throw new IOException("async-profiler rejects '" + order + "': " + output);
        }
    }

    private static boolean done(String output) {
        return output.contains("return code: 0");
    }

    /** The inner quotes are for the JVM, which would otherwise split the argument at its commas and equals signs. */
    private String order(long pid, String order) throws IOException {
        Process process = new ProcessBuilder(
                        jcmd.toString(), Long.toString(pid), "JVMTI.agent_load", library.toString(), '"' + order + '"')
                .redirectErrorStream(true)
                .start();
        return new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8)
                .strip()
                .replaceAll("\\s*\\R\\s*", " ");
    }

    private static String resource() {
        String os = System.getProperty("os.name").toLowerCase(Locale.ROOT);
        String arch = System.getProperty("os.arch");
        if (os.startsWith("mac")) {
            return "/macos/" + LIBRARY;
        }
        return "/" + os + (arch.equals("aarch64") ? "-arm64/" : arch.equals("amd64") ? "-x64/" : "-" + arch + "/")
                + LIBRARY;
    }
}
