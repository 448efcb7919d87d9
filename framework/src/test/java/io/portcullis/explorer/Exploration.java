// SPDX-License-Identifier: Apache-2.0
package io.portcullis.explorer;

import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.IntStream;

/**
 * Programs of consecutive seeds, run by several threads until all are done, enough violations were found, or it is
 * stopped.
 */
final class Exploration {
    private static final long REPORT_MILLIS = 10_000;

    /** No program takes nearly as long. */
    private static final long LONGEST_NANOS = TimeUnit.MINUTES.toNanos(2);

    final long first;
    final Coverage coverage = new Coverage();
    private final long count;
    private final int enough;
    private final long begun = System.nanoTime();
    private final AtomicLong next;
    private final AtomicLong done = new AtomicLong();
    private final AtomicLong violations = new AtomicLong();

    /** The violations, by the promise that was broken; the first program of each is reduced and kept. */
    private final Map<String, String> found = new LinkedHashMap<>();

    private final List<Worker> workers;
    private volatile boolean stopping;

    /**
     * Starts it.
     *
     * @param first the seed of the first program; each of the others has the next
     * @param count how many programs
     * @param enough the number of broken promises at which it stops
     * @param threads how many threads run programs
     */
    Exploration(long first, long count, int enough, int threads) {
        this.first = first;
        this.count = count;
        this.enough = enough;
        next = new AtomicLong(first);
        workers = IntStream.range(0, threads).mapToObj(Worker::new).toList();
        workers.forEach(Thread::start);
    }

    /** Runs one program after the other. */
    private final class Worker extends Thread {
        private volatile long since = System.nanoTime();
        private volatile long seed;

        Worker(int number) {
            super("explorer-" + number);
            setDaemon(true);
        }

        @Override
        public void run() {
            try (Bench bench = new Bench()) {
                while (!stopping) {
                    seed = next.getAndIncrement();
                    if (seed - first >= count) {
                        next.decrementAndGet();
                        return;
                    }
                    since = System.nanoTime();
                    explore(bench, seed);
                    done.incrementAndGet();
                }
            }
        }

        /** Ends, with the process, threads that cannot be stopped otherwise. */
        void look() {
            if (System.nanoTime() - since > LONGEST_NANOS) {
                System.err.println("This program, seed " + seed + ", does not end:\n\n" + new Generator(seed).next());
                Runtime.getRuntime().halt(1);
            }
        }
    }

    private void explore(Bench bench, long seed) {
        Program program = new Generator(seed).next();
        try {
            bench.run(program, coverage);
        } catch (Throwable failure) {
            violations.incrementAndGet();
            keep(bench, program, seed, failure);
        }
    }

    /** One at a time: other programs that break a promise wait, and most of them break the same one. */
    private void keep(Bench bench, Program program, long seed, Throwable failure) {
        long ran = done.get() + 1;
        Violation violation = Shrinker.violation(bench, program);
        String promise = violation == null ? "a program does the same when it is run again" : violation.promise();
        synchronized (found) {
            if (!found.containsKey(promise)) {
                Program shortest = violation == null ? program : Shrinker.shrink(bench, program, violation);
                Violation shown = Shrinker.violation(bench, shortest);
                String text = "program " + ran + ", seed " + seed + ": "
                        + (shown == null ? failure : shown.getMessage()) + "\n\n" + shortest.asTest();
                System.out.println(text);
                found.put(promise, text);
                stopping |= found.size() >= enough;
            }
        }
    }

    /** Waits until it is over, and prints its progress meanwhile. */
    void await() throws InterruptedException {
        for (Worker worker : workers) {
            worker.join(REPORT_MILLIS);
            while (worker.isAlive()) {
                workers.stream().filter(Thread::isAlive).forEach(Worker::look);
                System.out.println(progress());
                worker.join(REPORT_MILLIS);
            }
        }
    }

    /** Lets the running programs finish, and starts no others. */
    void stop() throws InterruptedException {
        stopping = true;
        for (Worker worker : workers) {
            worker.join(TimeUnit.NANOSECONDS.toMillis(LONGEST_NANOS));
        }
    }

    private String progress() {
        long ran = done.get();
        double perSecond = ran * 1e9 / (System.nanoTime() - begun);
        long left = Math.round((count - ran) / Math.max(1, perSecond));
        return String.format(
                "explorer: %,d of %,d programs, %,.0f per second, %d:%02d:%02d left, %d violations, %d cells unvisited",
                ran,
                count,
                perSecond,
                left / 3600,
                left / 60 % 60,
                left % 60,
                violations.get(),
                coverage.unvisited().size());
    }

    /** The number of programs run, which is complete from the first seed on when it is over. */
    long programs() {
        return done.get();
    }

    /** The number of programs that broke a promise. */
    long violations() {
        return violations.get();
    }

    /** The number of programs run per second. */
    long perSecond() {
        return Math.round(done.get() * 1e9 / (System.nanoTime() - begun));
    }

    /** A reduced program for each promise that was broken. */
    Collection<String> found() {
        synchronized (found) {
            return List.copyOf(found.values());
        }
    }
}
