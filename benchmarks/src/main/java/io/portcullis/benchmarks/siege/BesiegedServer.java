// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import io.portcullis.benchmarks.process.Child;
import io.portcullis.benchmarks.process.Pinning;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** The process of the server under attack. */
final class BesiegedServer implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(2);
    private static final int LOOK_MILLIS = 250;

    private final Child child;
    private final int port;

    private BesiegedServer(Child child, int port) {
        this.child = child;
        this.port = port;
    }

    /** Starts the server and waits until it listens. */
    static BesiegedServer start(Pinning pinning, Path work, String heap, String engine) throws IOException {
        List<String> command =
                new ArrayList<>(SiegeCommand.java(List.of("-Xms" + heap, "-Xmx" + heap), SiegeServer.NAME));
        command.addAll(List.of("--certificates", work.toString()));
        if (!engine.isEmpty()) {
            command.addAll(List.of("--engine", engine));
        }
        Child child = new Child(pinning.server(command), work.resolve("server-errors.txt"));
        try {
            String ready = SiegeCommand.await(child, SiegeServer.READY, PATIENCE);
            return new BesiegedServer(child, Integer.parseInt(ready.substring(SiegeServer.READY.length())));
        } catch (IOException | RuntimeException failed) {
            child.close();
            throw failed;
        }
    }

    int port() {
        return port;
    }

    ServerState state() throws IOException {
        child.send("state");
        return ServerState.parse(SiegeCommand.await(child, ServerState.SIGN, PATIENCE));
    }

    /** Returns the state once everything new has been released, or the last state when the time is over. */
    ServerState settled(ServerState before, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        ServerState now = state();
        while (!now.isLike(before) && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_MILLIS);
            now = state();
        }
        return now;
    }

    @Override
    public void close() {
        child.close();
    }
}
