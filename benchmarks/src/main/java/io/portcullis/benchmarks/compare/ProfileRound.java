// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.profile.AsyncProfiler;
import io.portcullis.benchmarks.profile.CollapsedStacks;
import io.portcullis.benchmarks.report.Profile;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.zip.GZIPOutputStream;

/** Additional windows, not counted as measurements, in which a server is profiled. */
final class ProfileRound {
    private final Loader load;
    private final AsyncProfiler profiler;
    private final Duration window;
    private final Path work;
    private final Path out;

    /**
     * Creates the profiling of a run.
     *
     * @param load the load on the servers
     * @param profiler the unpacked profiler
     * @param window the duration of each window
     * @param work the directory for temporary files
     * @param out the directory for stacks and flame graphs
     */
    ProfileRound(Loader load, AsyncProfiler profiler, Duration window, Path work, Path out) {
        this.load = load;
        this.profiler = profiler;
        this.window = window;
        this.work = work;
        this.out = out;
    }

    /** Returns the approximate duration of one round. */
    double seconds() {
        return 2 * window.toMillis() / 1e3 + 2;
    }

    /**
     * Profiles a server.
     *
     * @param server a warm server that runs in a JVM
     * @param workload the workload of the window
     * @return the outcome
     */
    Outcome run(ServerProcess server, Workload workload) throws IOException {
        load.open(workload.demand(server.port(), server.contestant().secure()));
        // The code compiled for the previous connections is compiled again for these
        load.window(window);
        String event = profiler.start(server.pid());
        load.window(window);
        String name = "profile-" + workload.name() + "-" + ServerProcess.fileName(server.name());
        Path stacks = work.resolve("stacks.txt");
        Path graph = work.resolve("flame-graph.html");
        profiler.stop(server.pid(), stacks, graph, name);
        load.closeConnections();
        CollapsedStacks sums = CollapsedStacks.read(stacks);
        if (sums.total() == 0) {
            throw new IOException("async-profiler has taken no samples");
        }
        String stacksFile = name + ".collapsed.gz";
        String graphFile = name + ".html";
        Files.createDirectories(out);
        try (OutputStream packed = new GZIPOutputStream(Files.newOutputStream(out.resolve(stacksFile)))) {
            Files.copy(stacks, packed);
        }
        Files.copy(graph, out.resolve(graphFile), StandardCopyOption.REPLACE_EXISTING);
        Profile profile =
                new Profile(workload.name(), server.name(), event, sums.total(), sums.shares(), stacksFile, graphFile);
        return new Outcome(profile, sums.kernel());
    }

    /**
     * The outcome of a profile.
     *
     * @param profile the shares
     * @param kernel whether the kernel was visible; if not, system calls appear as functions of the C library only
     */
    record Outcome(Profile profile, boolean kernel) {}
}
