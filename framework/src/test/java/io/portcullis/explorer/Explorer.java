// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * Thinks of programs that nobody has thought of, runs them on the real machine over a scripted network and a virtual clock, and
 * compares what happens with a model.
 */
final class Explorer {
    private static final long WORTH_REPORTING = 100_000;

    /** No program takes nearly as long. */
    private static final long LONGEST_NANOS = 120_000_000_000L;

    private final Coverage coverage = new Coverage();

    /** What was found, by the promise that was broken; the first program of each is made short and kept. */
    private final Map<String, String> found = new LinkedHashMap<>();

    private final AtomicLong programs = new AtomicLong();
    private volatile @Nullable Program current;

    private Explorer() {}

    /**
     * Runs programs.
     *
     * @param seed of the first one; each of the others has the next
     * @param count how many
     * @param enough broken promises: with so many it stops
     * @return what was visited
     * @throws AssertionError with a short program for each promise that was broken
     */
    static Coverage explore(long seed, long count, int enough) {
        Explorer explorer = new Explorer();
        long begun = System.nanoTime();
        Watch watch = new Watch(explorer);
        try {
            for (long i = 1; i <= count && explorer.found.size() < enough; i++) {
                explorer.run(seed + i - 1);
                if (count >= WORTH_REPORTING && i % (count / 100) == 0) {
                    System.out.println(i + " programs, " + (System.nanoTime() - begun) / 1_000_000_000 + " s, "
                            + explorer.found.size() + " broken promises");
                }
            }
        } finally {
            watch.close();
        }
        explorer.report();
        return explorer.coverage;
    }

    /** Says which program it is that does not come to its end, and ends with the process what cannot be ended otherwise. */
    private static final class Watch {
        private final Thread thread;
        private volatile boolean over;

        Watch(Explorer explorer) {
            thread = new Thread(() -> look(explorer), "explorer-watch");
            thread.setDaemon(true);
            thread.start();
        }

        private void look(Explorer explorer) {
            long seen = -1;
            while (!over) {
                if (seen == explorer.programs.get()) {
                    System.err.println("This program does not come to its end:\n\n" + explorer.current);
                    Runtime.getRuntime().halt(1);
                }
                seen = explorer.programs.get();
                LockSupport.parkNanos(LONGEST_NANOS);
            }
        }

        void close() {
            over = true;
            LockSupport.unpark(thread);
        }
    }

    private void run(long seed) {
        Program program = new Generator(seed).next();
        current = program;
        programs.incrementAndGet();
        try {
            ProgramRun.of(program, coverage);
        } catch (Throwable failure) {
            keep(program, seed, failure);
        }
    }

    private void keep(Program program, long seed, Throwable failure) {
        Violation violation = Shrinker.violation(program);
        String promise =
                violation == null ? "the same program does the same when it is run again" : violation.promise();
        if (!found.containsKey(promise)) {
            Program shortest = violation == null ? program : Shrinker.shrink(program, violation);
            Violation shown = Shrinker.violation(shortest);
            found.put(
                    promise,
                    "program " + programs.get() + ", seed " + seed + ": "
                            + (shown == null ? failure : shown.getMessage()) + "\n\n" + shortest.asTest());
        }
    }

    private void report() {
        if (!found.isEmpty()) {
            throw new AssertionError(found.size() + " promises were broken\n\n" + String.join("\n", found.values()));
        }
    }

    /** Runs one program that is given as text. */
    static void replay(String text) {
        ProgramRun.of(Program.parse(text), new Coverage());
    }

    /** Explores for long: {@code Explorer [programs] [seed] [broken promises until it stops]}. */
    public static void main(String[] arguments) {
        long count = arguments.length > 0 ? Long.parseLong(arguments[0]) : 10_000_000;
        long seed = arguments.length > 1 ? Long.parseLong(arguments[1]) : System.nanoTime();
        int enough = arguments.length > 2 ? Integer.parseInt(arguments[2]) : Integer.MAX_VALUE;
        System.out.println(count + " programs from seed " + seed + " on Java " + System.getProperty("java.version"));
        System.out.println(explore(seed, count, enough).table());
    }
}
