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

/** A process that was started here, and ends with this one whatever happens. It is spoken to in lines. */
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
     * Starts it.
     *
     * @param command the program and its arguments
     * @param errors the file to which its standard error is appended
     * @throws IOException if there is no such program
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
     * Has something done when this program ends, however it does, and all children have ended.
     *
     * @param action may find it done already
     */
    public static void afterwards(Runnable action) {
        AFTERWARDS.add(action);
    }

    /**
     * The process.
     *
     * @return also when it has ended
     */
    public ProcessHandle handle() {
        return process.toHandle();
    }

    /**
     * Whether it still runs.
     *
     * @return false once it has ended
     */
    public boolean alive() {
        return process.isAlive();
    }

    /**
     * Writes to its standard input.
     *
     * @param line without its end
     * @throws IOException if it does not listen any more
     */
    public void say(String line) throws IOException {
        input.write(line);
        input.newLine();
        input.flush();
    }

    /** Drops what it has said so far. */
    public void forget() {
        output.clear();
    }

    /**
     * Waits for its next line.
     *
     * @param seconds for how long
     * @return null if there was none
     * @throws IOException if it has ended
     */
    public @Nullable String hear(long seconds) throws IOException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        try {
            while (System.nanoTime() < deadline) {
                String line = output.poll(100, TimeUnit.MILLISECONDS);
                if (line != null) {
                    return line;
                }
                if (!process.isAlive() && output.isEmpty()) {
                    throw new IOException("the process has ended with status " + process.exitValue() + lastWords());
                }
            }
            return null;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * Closes its standard input, and waits until it has ended of its own accord.
     *
     * @param seconds for how long
     * @return its status
     * @throws IOException if it has not ended by then
     */
    public int dismiss(long seconds) throws IOException {
        input.close();
        try {
            if (!process.waitFor(seconds, TimeUnit.SECONDS)) {
                throw new IOException("the process has not ended after " + seconds + " s" + lastWords());
            }
            return process.exitValue();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    /**
     * The end of what it wrote to its standard error.
     *
     * @return to be appended to a message; empty if there was nothing
     */
    public String lastWords() {
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
