// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** The launch settings of processes: one core each if {@code taskset} is available, and enough file descriptors. */
public final class Pinning {
    private static final Path SHELL = Path.of("/bin/sh");

    private final String description;
    private final boolean taskset;
    private final int serverCore;
    private final int loadCore;
    private final int descriptors;

    private Pinning(String description, boolean taskset, int serverCore, int loadCore, int descriptors) {
        this.description = description;
        this.taskset = taskset;
        this.serverCore = serverCore;
        this.loadCore = loadCore;
        this.descriptors = descriptors;
    }

    /**
     * Pins servers to one core and the load to another, as far as this machine supports that.
     *
     * @param serverCore the core of the servers, from 0
     * @param loadCore the core of the load, from 0
     * @param descriptors the number of file descriptors that each process needs
     * @return the settings; without pinning if {@code taskset} is missing or one of the cores is not available
     * @throws IOException if this thread was interrupted
     */
    public static Pinning to(int serverCore, int loadCore, int descriptors) throws IOException {
        boolean taskset = onPath("taskset") && canPin(serverCore) && canPin(loadCore);
        String description = taskset
                ? "servers on core " + serverCore + ", load on core " + loadCore
                : "none: taskset is missing or may not use both of the cores " + serverCore + " and " + loadCore
                        + ", so servers and load share all "
                        + Runtime.getRuntime().availableProcessors();
        return new Pinning(description, taskset, serverCore, loadCore, descriptors);
    }

    /**
     * Leaves the choice of cores to the operating system.
     *
     * @param descriptors the number of file descriptors that each process needs
     * @return settings without pinning
     */
    public static Pinning none(int descriptors) {
        return new Pinning("none, as requested", false, 0, 0, descriptors);
    }

    /**
     * Returns a description of the pinning.
     *
     * @return the text
     */
    public String description() {
        return description;
    }

    /**
     * Wraps the command of a server.
     *
     * @param command the program and its arguments
     * @return the command to start instead
     */
    public List<String> server(List<String> command) {
        return wrap(serverCore, command);
    }

    /**
     * Wraps the command of the load.
     *
     * @param command the program and its arguments
     * @return the command to start instead
     */
    public List<String> load(List<String> command) {
        return wrap(loadCore, command);
    }

    /**
     * Moves this process to the core of the load, if this process itself is the load.
     *
     * @throws IOException if the process cannot be moved
     */
    public void joinLoad() throws IOException {
        String self = Long.toString(ProcessHandle.current().pid());
        if (taskset && run(List.of("taskset", "-a", "-c", "-p", Integer.toString(loadCore), self)) != 0) {
            throw new IOException("this process cannot be moved to core " + loadCore);
        }
    }

    /**
     * Returns whether a program can be started by its name.
     *
     * @param program its name
     * @return true if the program is found on the {@code PATH}
     */
    public static boolean onPath(String program) {
        String path = System.getenv().getOrDefault("PATH", "");
        return Pattern.compile(":")
                .splitAsStream(path)
                .anyMatch(directory -> Files.isExecutable(Path.of(directory, program)));
    }

    private static boolean canPin(int core) throws IOException {
        return run(List.of("taskset", "-c", Integer.toString(core), "true")) == 0;
    }

    private static int run(List<String> command) throws IOException {
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getInputStream().readAllBytes();
        try {
            return process.waitFor();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /** Both the shell and taskset exec the given command, so the measured process is the server itself. */
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
     * Returns the number of file descriptors that a process started with these settings may have.
     *
     * @return the soft limit, or the largest number if there is none
     * @throws IOException if no process can be started
     */
    public long descriptorLimit() throws IOException {
        if (!Files.isExecutable(SHELL)) {
            return Long.MAX_VALUE;
        }
        List<String> command = server(List.of("sh", "-c", "ulimit -n"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String limit = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return limit.matches("[0-9]+") ? Long.parseLong(limit) : Long.MAX_VALUE;
    }
}
