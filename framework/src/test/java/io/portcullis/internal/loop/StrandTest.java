// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(60)
class StrandTest {
    private static final int THREADS = 8;
    private static final int SIGNALS = 1_000_000;

    /** Runs strands on the thread that signals, and counts the runs. */
    private static class Inline implements Strand.Host {
        final List<Strand> later = new ArrayList<>();

        @Override
        public void run(Strand strand) {
            strand.run();
        }

        @Override
        public void runLater(Strand strand) {
            later.add(strand);
        }
    }

    @Test
    void noSignalIsLostAndNoTwoTurnsOverlap() throws Exception {
        AtomicLong raised = new AtomicLong();
        AtomicInteger inside = new AtomicInteger();
        AtomicInteger defects = new AtomicInteger();
        CompletableFuture<Void> allSeen = new CompletableFuture<>();
        ExecutorService executor = Executors.newFixedThreadPool(2);
        Strand[] self = new Strand[1];
        Strand strand = new Strand(
                signals -> {
                    if (inside.getAndIncrement() != 0 || !self[0].isCurrent() || signals != 1) {
                        defects.incrementAndGet();
                    }
                    if (raised.get() == (long) THREADS * SIGNALS) {
                        allSeen.complete(null);
                    }
                    inside.decrementAndGet();
                },
                new Strand.Host() {
                    @Override
                    public void run(Strand ready) {
                        ready.run();
                    }

                    @Override
                    public void runLater(Strand ready) {
                        executor.execute(ready);
                    }
                });
        self[0] = strand;
        signalFromManyThreads(() -> {
            raised.incrementAndGet();
            strand.signal(1);
            if (strand.isCurrent()) {
                defects.incrementAndGet();
            }
        });
        allSeen.get(20, TimeUnit.SECONDS);
        executor.shutdown();
        assertTrue(executor.awaitTermination(20, TimeUnit.SECONDS));
        assertEquals(0, defects.get());
    }

    private static void signalFromManyThreads(Runnable signal) throws InterruptedException {
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < THREADS; i++) {
            Thread thread = new Thread(() -> {
                for (int count = 0; count < SIGNALS; count++) {
                    signal.run();
                }
            });
            threads.add(thread);
            thread.start();
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void aSignalFromWithinATurnIsHandledAfterIt() {
        List<String> events = new ArrayList<>();
        Strand[] self = new Strand[1];
        self[0] = new Strand(
                signals -> {
                    events.add("begin " + signals);
                    if (signals == 1) {
                        self[0].signal(2);
                        self[0].signal(4);
                    }
                    events.add("end " + signals);
                },
                new Inline());
        self[0].signal(1);
        assertEquals(List.of("begin 1", "end 1", "begin 6", "end 6"), events);
        assertFalse(self[0].isCurrent());
    }

    @Test
    void yieldsAfterABoundedNumberOfTurnsAndContinues() {
        Inline host = new Inline();
        AtomicInteger turns = new AtomicInteger();
        Strand[] self = new Strand[1];
        self[0] = new Strand(
                signals -> {
                    if (turns.incrementAndGet() < 1000) {
                        self[0].signal(1);
                    }
                },
                host);
        self[0].signal(1);
        assertEquals(Strand.TURNS_IN_A_ROW, turns.get());
        int rounds = 1;
        while (!host.later.isEmpty()) {
            assertEquals(1, host.later.size());
            self[0].signal(1);
            assertEquals(
                    Math.min(1000, rounds * Strand.TURNS_IN_A_ROW), turns.get(), "ran while it waited for its turn");
            host.later.remove(0).run();
            rounds++;
        }
        assertTrue(turns.get() >= 1000);
    }

    @Test
    void manySignalsFromWithinNeedNoStack() throws Exception {
        AtomicInteger turns = new AtomicInteger();
        AtomicInteger deepest = new AtomicInteger();
        Inline host = new Inline();
        Strand[] self = new Strand[1];
        self[0] = new Strand(
                signals -> {
                    int depth = new Throwable().getStackTrace().length;
                    deepest.accumulateAndGet(depth, Math::max);
                    if (turns.incrementAndGet() < 100_000) {
                        self[0].signal(1);
                    }
                },
                host);
        Thread thread = new Thread(
                null,
                () -> {
                    self[0].signal(1);
                    while (!host.later.isEmpty()) {
                        host.later.remove(0).run();
                    }
                },
                "small stack",
                256 * 1024);
        thread.start();
        thread.join();
        assertEquals(100_000, turns.get());
        assertTrue(deepest.get() <= 10, deepest + " frames");
    }
}
