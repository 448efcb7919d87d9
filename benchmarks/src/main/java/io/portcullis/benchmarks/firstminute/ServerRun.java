// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import io.portcullis.benchmarks.Main;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** The server's process, which listens; it ends with this one. */
final class ServerRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);

    private final Process process;
    private final Thread hook;
    private final int port;
    private final long readyMillis;

    private ServerRun(Process process, Thread hook, int port, long readyMillis) {
        this.process = process;
        this.hook = hook;
        this.port = port;
        this.readyMillis = readyMillis;
    }

    /**
     * Starts it and waits until it listens.
     *
     * @param java the executable
     * @param core where it runs, or null for wherever it likes
     * @param jvmOptions of this run
     * @param certificates where its certificate is
     * @param warmUp for how long at most, or null for not at all
     * @return listening
     * @throws IOException if it does not start
     */
    static ServerRun start(
            Path java, @Nullable Integer core, List<String> jvmOptions, Path certificates, @Nullable Duration warmUp)
            throws IOException {
        List<String> command = new ArrayList<>();
        if (core != null) {
            command.addAll(List.of("taskset", "-c", core.toString()));
        }
        command.add(java.toString());
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(FirstMinuteServer.NAME, "--certificates", certificates.toString()));
        if (warmUp != null) {
            command.addAll(List.of("--warm-up-millis", Long.toString(warmUp.toMillis())));
        }
        long begin = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        Thread hook = new Thread(process::destroyForcibly, "end-server");
        Runtime.getRuntime().addShutdownHook(hook);
        try {
            int port = port(process);
            return new ServerRun(process, hook, port, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        } catch (IOException | RuntimeException e) {
            process.destroyForcibly();
            Runtime.getRuntime().removeShutdownHook(hook);
            throw e;
        }
    }

    private static int port(Process process) throws IOException {
        CompletableFuture<@Nullable String> line = new CompletableFuture<>();
        Thread reader = new Thread(() -> read(process, line), "server-output");
        reader.setDaemon(true);
        reader.start();
        String said = await(line);
        if (said == null || !said.startsWith("ready ")) {
            throw new IOException("the server did not start; it said: " + said);
        }
        return Integer.parseInt(said.substring("ready ".length()));
    }

    /** Goes on reading, so that a JVM which has something to say at its end is not held up. */
    private static void read(Process process, CompletableFuture<@Nullable String> first) {
        try (BufferedReader out =
                new BufferedReader(new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
            String line = out.readLine();
            while (line != null && !line.startsWith("ready ")) {
                System.err.println(line);
                line = out.readLine();
            }
            first.complete(line);
            out.lines().forEach(System.err::println);
        } catch (IOException e) {
            first.completeExceptionally(e);
        }
    }

    private static <T extends @Nullable Object> T await(CompletableFuture<T> future) throws IOException {
        try {
            return future.get(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            throw new IOException("the server did not start", e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    int port() {
        return port;
    }

    /** From the start of the process until it listened. */
    long readyMillis() {
        return readyMillis;
    }

    /** Lets it end in order, and write what it has learned if it was told to. */
    void end() throws IOException {
        process.getOutputStream().close();
        int status = await(process.onExit()).exitValue();
        if (status != 0) {
            throw new IOException("the server has ended with status " + status);
        }
    }

    @Override
    public void close() {
        process.descendants().forEach(ProcessHandle::destroyForcibly);
        process.destroyForcibly();
        Runtime.getRuntime().removeShutdownHook(hook);
    }
}
