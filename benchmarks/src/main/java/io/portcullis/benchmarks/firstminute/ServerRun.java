// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

import io.portcullis.benchmarks.Main;
import io.portcullis.benchmarks.process.Child;
import io.portcullis.benchmarks.process.Pinning;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A running server process, which ends with this one. */
final class ServerRun implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(3);
    private static final String READY = "ready ";

    private final Child child;
    private final int port;
    private final long readyMillis;

    private ServerRun(Child child, int port, long readyMillis) {
        this.child = child;
        this.port = port;
        this.readyMillis = readyMillis;
    }

    /**
     * Starts the server and waits until it listens.
     *
     * @param java the executable
     * @param pinning the pinning of the process
     * @param jvmOptions the JVM options of this run
     * @param work the directory of its certificate and of its standard error output
     * @param warmUp the maximum warm-up time, or null for none
     * @return the listening server
     * @throws IOException if it does not start
     */
    static ServerRun start(Path java, Pinning pinning, List<String> jvmOptions, Path work, @Nullable Duration warmUp)
            throws IOException {
        List<String> command = new ArrayList<>(List.of(java.toString()));
        command.addAll(jvmOptions);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), Main.class.getName()));
        command.addAll(List.of(FirstMinuteServer.NAME, "--certificates", work.toString()));
        if (warmUp != null) {
            command.addAll(List.of("--warm-up-millis", Long.toString(warmUp.toMillis())));
        }
        long begin = System.nanoTime();
        Child child = new Child(pinning.server(command), work.resolve("server-errors.txt"));
        try {
            int port = port(child);
            return new ServerRun(child, port, TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begin));
        } catch (IOException | RuntimeException e) {
            child.close();
            throw e;
        }
    }

    /** The JVM may print something before. */
    private static int port(Child child) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            String line = child.readLine(PATIENCE.toSeconds());
            if (line != null && line.startsWith(READY)) {
                return Integer.parseInt(line.substring(READY.length()));
            }
        }
        throw new IOException("the server did not start" + child.errorTail());
    }

    int port() {
        return port;
    }

    /** Returns the time from the start of the process until it listened. */
    long readyMillis() {
        return readyMillis;
    }

    /** Lets the server exit by itself, and write its cache if it is configured to do so. */
    void end() throws IOException {
        int status = child.awaitExit(PATIENCE.toSeconds());
        if (status != 0) {
            throw new IOException("the server has exited with status " + status + child.errorTail());
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
