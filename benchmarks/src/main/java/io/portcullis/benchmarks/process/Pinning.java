// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.process;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** How processes are started: on one core each where {@code taskset} is there, and with enough descriptors. */
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
     * Servers on one core, the load on another, as far as this machine can do that.
     *
     * @param serverCore from 0
     * @param loadCore from 0
     * @param descriptors how many each of them needs
     * @return without cores if there is no {@code taskset}, or one of the cores may not be used
     * @throws IOException if this thread was interrupted
     */
    public static Pinning to(int serverCore, int loadCore, int descriptors) throws IOException {
        boolean taskset = onPath("taskset") && canPin(serverCore) && canPin(loadCore);
        String description = taskset
                ? "servers on core " + serverCore + ", load on core " + loadCore
                : "none: taskset is not there, or may not use both of the cores " + serverCore + " and " + loadCore
                        + ", so servers and load share all "
                        + Runtime.getRuntime().availableProcessors();
        return new Pinning(description, taskset, serverCore, loadCore, descriptors);
    }

    /**
     * Wherever the operating system likes.
     *
     * @param descriptors how many each of them needs
     * @return without cores
     */
    public static Pinning none(int descriptors) {
        return new Pinning("none, as asked for", false, 0, 0, descriptors);
    }

    /**
     * Where they run.
     *
     * @return in words
     */
    public String description() {
        return description;
    }

    /**
     * The command of a server.
     *
     * @param command the program and its arguments
     * @return what it is to be started with instead
     */
    public List<String> server(List<String> command) {
        return wrap(serverCore, command);
    }

    /**
     * The command of the load.
     *
     * @param command the program and its arguments
     * @return what it is to be started with instead
     */
    public List<String> load(List<String> command) {
        return wrap(loadCore, command);
    }

    /**
     * Puts this process where the load runs, for one that is the load itself.
     *
     * @throws IOException if it cannot be moved
     */
    public void joinLoad() throws IOException {
        String self = Long.toString(ProcessHandle.current().pid());
        if (taskset && run(List.of("taskset", "-a", "-c", "-p", Integer.toString(loadCore), self)) != 0) {
            throw new IOException("this process cannot be moved to core " + loadCore);
        }
    }

    /**
     * Whether a program can be started by its name.
     *
     * @param program its name
     * @return true if the {@code PATH} leads to it
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
     * @throws IOException if no process can be started
     */
    public long descriptorLimit() throws IOException {
        if (!Files.isExecutable(SHELL)) {
            return Long.MAX_VALUE;
        }
        List<String> command = server(List.of("sh", "-c", "ulimit -n"));
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip();
        return answer.matches("[0-9]+") ? Long.parseLong(answer) : Long.MAX_VALUE;
    }
}
