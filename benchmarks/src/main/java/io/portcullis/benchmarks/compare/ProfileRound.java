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

/** Windows that do not count, in which it is found out where the time of a server goes. */
final class ProfileRound {
    private final Loader load;
    private final AsyncProfiler profiler;
    private final Duration window;
    private final Path work;
    private final Path out;

    /**
     * Made once for a run.
     *
     * @param load that loads the servers
     * @param profiler unpacked
     * @param window how long each time
     * @param work for files that nobody wants to keep
     * @param out where the stacks and the flame graphs go
     */
    ProfileRound(Loader load, AsyncProfiler profiler, Duration window, Path work, Path out) {
        this.load = load;
        this.profiler = profiler;
        this.window = window;
        this.work = work;
        this.out = out;
    }

    /** How long one takes, about. */
    double seconds() {
        return 2 * window.toMillis() / 1e3 + 2;
    }

    /**
     * Profiles a server.
     *
     * @param server a JVM, which is warm
     * @param workload what it does meanwhile
     * @return what was found
     */
    Outcome run(ServerProcess server, Workload workload) throws IOException {
        load.open(workload.demand(server.port(), server.contestant().secure()));
        // What was compiled for the connections before is compiled again for these
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
     * What was found.
     *
     * @param profile the shares
     * @param kernel whether the kernel was seen; else a system call is known by the function of the C library only
     */
    record Outcome(Profile profile, boolean kernel) {}
}
