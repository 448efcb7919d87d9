// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

import io.portcullis.benchmarks.process.Child;
import io.portcullis.benchmarks.process.Pinning;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The process of the attackers. It runs at a lower priority if {@code nice} is available: real attackers bring their
 * own machines, and the measurement is about what they cost the server.
 */
final class AttackerProcess implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofMinutes(1);
    private static final int LOOK_MILLIS = 250;

    private final Child child;

    private AttackerProcess(Child child) {
        this.child = child;
    }

    static AttackerProcess start(Pinning pinning, Path work, int port, Sort sort, int attackers, int pace)
            throws IOException {
        List<String> command = new ArrayList<>();
        if (Pinning.onPath("nice")) {
            command.addAll(List.of("nice", "-n", "5"));
        }
        command.addAll(SiegeCommand.java(List.of("-Xmx512m", "-XX:+UseSerialGC"), SiegeAttack.NAME));
        command.addAll(List.of("--port", Integer.toString(port), "--sort", sort.toString()));
        command.addAll(List.of("--attackers", Integer.toString(attackers), "--pace", Integer.toString(pace)));
        return new AttackerProcess(new Child(pinning.load(command), work.resolve("attack-errors.txt")));
    }

    /** Waits until all attackers are connected, or until the time is over. */
    int gather(int all, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        int there = open();
        while (there < all && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_MILLIS);
            there = open();
        }
        return there;
    }

    /** Returns the number of open connections. */
    int open() throws IOException {
        return (int) query(0);
    }

    /** Returns the number of connections made so far. */
    long made() throws IOException {
        return query(1);
    }

    private long query(int field) throws IOException {
        child.send("open");
        String reply = SiegeCommand.await(child, SiegeAttack.OPEN, PATIENCE).substring(SiegeAttack.OPEN.length());
        return Long.parseLong(reply.split(" ")[field]);
    }

    @Override
    public void close() {
        child.close();
    }
}
