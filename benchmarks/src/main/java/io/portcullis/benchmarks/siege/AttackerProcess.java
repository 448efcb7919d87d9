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
 * The process of the attackers. It yields to the others where {@code nice} is there: attackers bring their own
 * machines, and what is measured is what they cost the server.
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

    /** Waits until all are there, or for so long. */
    int gather(int all, Duration patience) throws IOException, InterruptedException {
        long deadline = System.nanoTime() + patience.toNanos();
        int there = open();
        while (there < all && System.nanoTime() < deadline) {
            Thread.sleep(LOOK_MILLIS);
            there = open();
        }
        return there;
    }

    /** How many there are. */
    int open() throws IOException {
        return (int) ask(0);
    }

    /** How many connections there were until now. */
    long made() throws IOException {
        return ask(1);
    }

    private long ask(int word) throws IOException {
        child.say("open");
        String answer = SiegeCommand.await(child, SiegeAttack.OPEN, PATIENCE).substring(SiegeAttack.OPEN.length());
        return Long.parseLong(answer.split(" ")[word]);
    }

    @Override
    public void close() {
        child.close();
    }
}
