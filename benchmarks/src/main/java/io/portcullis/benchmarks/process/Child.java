// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.process;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/** A child process that always ends with this process. Communication is line-based. */
public final class Child implements AutoCloseable {
    private static final Set<Child> ALIVE = ConcurrentHashMap.newKeySet();
    private static final int END_SECONDS = 5;

    private static final Queue<Runnable> AFTERWARDS = new ConcurrentLinkedQueue<>();

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(Child::endAll, "end-children"));
    }

    private final Process process;
    private final BufferedWriter input;
    private final BlockingQueue<String> output = new LinkedBlockingQueue<>();
    private final Path errors;

    /**
     * Starts the process.
     *
     * @param command the program and its arguments
     * @param errors the file to which its standard error is appended
     * @throws IOException if the program cannot be started
     */
    public Child(List<String> command, Path errors) throws IOException {
        this.errors = errors;
        process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.appendTo(errors.toFile()))
                .start();
        ALIVE.add(this);
        input = new BufferedWriter(new OutputStreamWriter(process.getOutputStream(), StandardCharsets.UTF_8));
        Thread reader = new Thread(this::readOutput, "output of " + process.pid());
        reader.setDaemon(true);
        reader.start();
    }

    /**
     * Registers an action to run when this process ends in any way, after all children have ended.
     *
     * @param action the action; may find its work already done
     */
    public static void afterwards(Runnable action) {
        AFTERWARDS.add(action);
    }

    /**
     * Returns the process.
     *
     * @return its handle, also after it has ended
     */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /**
     * Returns whether the process is running.
     *
     * @return false once it has ended
     */
    public boolean alive() {
        return process.isAlive();
    }

    /**
     * Writes a line to the standard input of the process.
     *
     * @param line the line without its line end
     * @throws IOException if the process no longer reads its input
     */
    public void send(String line) throws IOException {
        input.write(line);
        input.newLine();
        input.flush();
    }

    /** Discards the output received so far. */
    public void discardOutput() {
        output.clear();
    }

    /**
     * Waits for the next line of output.
     *
     * @param seconds the maximum time to wait
     * @return the line, or null if there was none in time
     * @throws IOException if the process has ended
     */
    public @Nullable String readLine(long seconds) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try {
            while (System.nanoTime() < deadline) {
                String line = output.poll(100, TimeUnit.MILLISECONDS);
                if (line != null) {
                    return line;
                }
                if (!process.isAlive() && output.isEmpty()) {
                    throw new IOException("the process has exited with status " + process.exitValue() + errorTail());
                }
            }
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Closes the standard input of the process, and waits until the process exits by itself.
     *
     * @param seconds the maximum time to wait
     * @return the exit status
     * @throws IOException if the process has not exited in time
     */
    public int awaitExit(long seconds) throws IOException {
        input.close();
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new IOException("the process has not exited after " + seconds + " s" + errorTail());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Returns the last lines of the standard error of the process.
     *
     * @return a suffix for a message; empty if there was no output
     */
    public String errorTail() {
        try {
            List<String> lines = Files.readAllLines(errors);
            List<String> last = lines.subList(Math.max(0, lines.size() - 5), lines.size());
            return last.isEmpty() ? "" : ": " + String.join(" | ", last);
        } catch (IOException e) {
            return "";
        }
    }

    @Override
    public void close() {
        end();
    }

    private static void endAll() {
        ALIVE.forEach(Child::end);
        AFTERWARDS.forEach(Runnable::run);
    }

    private void end() {
        List<ProcessHandle> all = Stream.concat(process.descendants(), Stream.of(process.toHandle()))
                .toList();
        all.forEach(ProcessHandle::destroy);
        try {
            if (!process.waitFor(END_SECONDS, TimeUnit.SECONDS)) {
                all.forEach(ProcessHandle::destroyForcibly);
            }
        } catch (InterruptedException e) {
            all.forEach(ProcessHandle::destroyForcibly);
            Thread.currentThread().interrupt();
        }
        all.stream().filter(ProcessHandle::isAlive).forEach(ProcessHandle::destroyForcibly);
        ALIVE.remove(this);
    }

    private void readOutput() {
        try (BufferedReader reader =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                output.add(line);
            }
        } catch (IOException e) {
            output.add("unreadable: " + e.getMessage());
        }
    }
}
