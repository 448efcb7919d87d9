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

/** The server's process, which listens; it ends with this one. */
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
     * Starts it and waits until it listens.
     *
     * @param java the executable
     * @param pinning where it runs
     * @param jvmOptions of this run
     * @param work where its certificate is, and what it says on its standard error goes
     * @param warmUp for how long at most, or null for not at all
     * @return listening
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

    /** A JVM may have something to say before. */
    private static int port(Child child) throws IOException {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() < deadline) {
            String line = child.hear(PATIENCE.toSeconds());
            if (line != null && line.startsWith(READY)) {
                return Integer.parseInt(line.substring(READY.length()));
            }
        }
        throw new IOException("the server did not start" + child.lastWords());
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
        int status = child.dismiss(PATIENCE.toSeconds());
        if (status != 0) {
            throw new IOException("the server has ended with status " + status + child.lastWords());
        }
    }

    @Override
    public void close() {
        child.close();
    }
}
