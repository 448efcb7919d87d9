// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** How processes are started: on one core each where {@code taskset} is there, and with enough descriptors. */
final class Pinning {
    private static final Path SHELL = Path.of("/bin/sh");

    private final boolean taskset;
    private final int serverCore;
    private final int loadCore;
    private final int descriptors;

    Pinning(int serverCore, int loadCore, int descriptors) throws IOException {
        this.taskset = onPath("taskset") && canPin(serverCore) && canPin(loadCore);
        this.serverCore = serverCore;
        this.loadCore = loadCore;
        this.descriptors = descriptors;
    }

    String description() {
        int cores = Runtime.getRuntime().availableProcessors();
        if (!taskset) {
            return "none: taskset is not there, or may not use both of the cores " + serverCore + " and " + loadCore
                    + ", so servers and load share all " + cores;
        }
        return "servers on core " + serverCore + ", load on core " + loadCore;
    }

    List<String> server(List<String> command) {
        return wrap(serverCore, command);
    }

    List<String> load(List<String> command) {
        return wrap(loadCore, command);
    }

    static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Pattern.compile(":")
                .splitAsStream(path)
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    private static boolean canPin(int core) throws IOException {
        Process process = new ProcessBuilder("taskset", "-c", Integer.toString(core), "true")
                .redirectErrorStream(true)
                .start();
        process.getInputStream().readAllBytes();
        try {
            return process.waitFor() == 0;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** The shell and taskset both become what they start, so the process that is measured is the server itself. */
    private List<String> wrap(int core, List<String> command) {
        List<String> all = new ArrayList<>();
        if (Files.isExecutable(SHELL)) {
            String raise =
                    "ulimit -n " + descriptors + " 2>/dev/null || ulimit -n $(ulimit -H -n) 2>/dev/null; exec \"$@\"";
            all.addAll(List.of(SHELL.toString(), "-c", raise, "sh"));
        }
        if (taskset) {
            all.addAll(List.of("taskset", "-c", Integer.toString(core)));
        }
        all.addAll(command);
        return all;
    }

    /**
     * How many descriptors a process that is started so may have.
     *
     * @return the soft limit, or the largest number where there is none
     */
    long descriptorLimit() throws IOException {
        if (!Files.isExecutable(SHELL)) {
            return Long.MAX_VALUE;
        }
        List<String> command = server(List.of("sh", "-c", "ulimit -n"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String answer =
                new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8).strip();
        return answer.matches("[0-9]+") ? Long.parseLong(answer) : Long.MAX_VALUE;
    }
}
