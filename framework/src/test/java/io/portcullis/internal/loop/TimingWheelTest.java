// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.loop;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** The wheel, ticked by the test. */
class TimingWheelTest {
    private static final long TICK = TimingWheel.TICK;
    private static final long REVOLUTION = TimingWheel.SLOTS * TICK;

    /** An arbitrary time: that of a real clock may be negative. */
    private static final long START = -5 * REVOLUTION - 7;

    private final AtomicInteger wakes = new AtomicInteger();
    private final TimingWheel wheel = new TimingWheel(START, wakes::incrementAndGet);
    private long now = START;

    /** Records when it expired. */
    private final class Expiring extends TimingWheel.Timer {
        private final List<Long> times = new ArrayList<>();

        @Override
        public void expired() {
            times.add(now);
        }
    }

    private boolean tick(long nanos) {
        now += nanos;
        return wheel.tick(now);
    }

    @Test
    void aTimerExpiresOnceNeverEarlyAndAtMostOneTickLate() {
        long seed = Long.getLong("portcullis.seed", System.nanoTime());
        System.out.println("TimingWheelTest seed " + seed);
        Random random = new Random(seed);
        List<Expiring> timers = new ArrayList<>();
        for (int i = 0; i < 2_000; i++) {
            Expiring timer = new Expiring();
            timers.add(timer);
            wheel.set(timer, START + 1 + (long) (random.nextDouble() * 3 * REVOLUTION));
        }
        while (tick(1 + random.nextInt((int) TICK))) {
            assertTrue(now - START < 4 * REVOLUTION, "the wheel does not become empty; seed " + seed);
        }
        for (Expiring timer : timers) {
            assertEquals(1, timer.times.size(), "seed " + seed);
            long late = timer.times.get(0) - timer.expiry();
            assertTrue(late >= 0 && late < 2 * TICK, late + " ns late; seed " + seed);
        }
    }

    @Test
    void theLastTimeThatATimerWasSetToCounts() {
        Expiring later = new Expiring();
        Expiring earlier = new Expiring();
        Expiring never = new Expiring();
        for (Expiring each : List.of(later, earlier, never)) {
            wheel.set(each, START + 10 * TICK);
        }
        tick(TICK);
        wheel.set(later, START + 20 * TICK);
        wheel.set(earlier, START + 5 * TICK);
        wheel.set(never, TimingWheel.NEVER);
        while (tick(TICK)) {
            assertTrue(now - START < REVOLUTION);
        }
        assertEquals(List.of(START + 20 * TICK), later.times);
        assertEquals(List.of(START + 5 * TICK), earlier.times);
        assertEquals(List.of(), never.times);
    }

    @Test
    void anExpiredTimerCanBeSetAgain() {
        Expiring timer = new Expiring();
        wheel.set(timer, START + TICK);
        assertFalse(tick(TICK));
        wheel.set(timer, now + TICK);
        assertTrue(wheel.tick(now));
        assertFalse(tick(TICK));
        assertEquals(2, timer.times.size());
    }

    @Test
    void aTimerThatIsStoppedWhileOthersExpireDoesNot() {
        Expiring stopped = new Expiring();
        wheel.set(
                new TimingWheel.Timer() {
                    @Override
                    public void expired() {
                        wheel.set(stopped, TimingWheel.NEVER);
                    }
                },
                START + TICK);
        wheel.set(stopped, START + TICK);
        tick(TICK);
        assertFalse(tick(TICK));
        assertEquals(List.of(), stopped.times);
    }

    @Test
    void aTimeThatHasPassedExpiresWithTheNextTick() {
        Expiring timer = new Expiring();
        tick(REVOLUTION / 2);
        wheel.set(timer, START);
        assertFalse(tick(TICK));
        assertEquals(1, timer.times.size());
    }

    @Test
    void missedTicksAreReplacedByOne() {
        List<Expiring> timers = new ArrayList<>();
        for (int i = 0; i < 3 * TimingWheel.SLOTS; i++) {
            Expiring timer = new Expiring();
            timers.add(timer);
            wheel.set(timer, START + i * TICK);
        }
        assertTrue(tick(TICK));
        assertFalse(tick(10 * REVOLUTION));
        timers.forEach(timer -> assertEquals(1, timer.times.size()));
    }

    @Test
    void nothingTicksWhileThereIsNoTimer() {
        Expiring timer = new Expiring();
        assertEquals(0, wakes.get());
        wheel.set(timer, START + 5 * TICK);
        wheel.set(new Expiring(), START + TICK);
        assertEquals(1, wakes.get(), "woken by the first");
        assertTrue(tick(TICK));
        wheel.set(timer, TimingWheel.NEVER);
        assertFalse(tick(TICK), "stopped: to be dropped with the next tick");
        assertEquals(1, wakes.get());
        wheel.set(timer, now + TICK);
        assertEquals(2, wakes.get());
        assertTrue(wheel.tick(now));
    }

    @Test
    void aTimerThatIsSetWhileOthersExpireIsNotForgotten() {
        Expiring next = new Expiring();
        wheel.set(
                new TimingWheel.Timer() {
                    @Override
                    public void expired() {
                        wheel.set(next, now + TICK);
                    }
                },
                START + TICK);
        assertTrue(tick(TICK), "it did not rest, or would have to be woken");
        assertEquals(1, wakes.get());
        tick(TICK);
        assertEquals(1, next.times.size());
    }

    @Test
    void aTimerThatFailsHarmsNoOther() {
        List<Expiring> others = List.of(new Expiring(), new Expiring());
        wheel.set(others.get(0), START + TICK);
        wheel.set(
                new TimingWheel.Timer() {
                    @Override
                    public void expired() {
                        throw new IllegalStateException("thrown by the test");
                    }
                },
                START + TICK);
        wheel.set(others.get(1), START + TICK);
        assertThrows(IllegalStateException.class, () -> tick(TICK));
        assertFalse(tick(TICK));
        others.forEach(other -> assertEquals(1, other.times.size()));
    }

    @Test
    void aThreadThatCannotWakeTheWheelLeavesItToTheNext() {
        List<String> attempts = new ArrayList<>();
        TimingWheel broken = new TimingWheel(START, () -> {
            attempts.add("wake");
            throw new OutOfMemoryError("thrown by the test");
        });
        assertThrows(OutOfMemoryError.class, () -> broken.set(new Expiring(), START));
        assertThrows(OutOfMemoryError.class, () -> broken.set(new Expiring(), START));
        assertEquals(2, attempts.size());
    }

    @Test
    @Timeout(value = 2, unit = TimeUnit.MINUTES)
    void manyThreadsSetWhileOneTicks() throws Exception {
        List<Setter> setters = List.of(new Setter(1), new Setter(2), new Setter(3));
        setters.forEach(Thread::start);
        while (setters.stream().anyMatch(Thread::isAlive)) {
            tick(TICK);
        }
        tick(REVOLUTION);
        assertFalse(tick(TICK), "every timer has expired, or was stopped");
        for (Setter setter : setters) {
            for (Counting timer : setter.timers) {
                assertTrue(timer.expiry() == TimingWheel.NEVER || timer.expiredFor == timer.expiry());
            }
        }
    }

    private static final class Counting extends TimingWheel.Timer {
        private volatile long expiredFor;

        @Override
        public void expired() {
            expiredFor = expiry();
        }
    }

    /** Starts, changes and stops timers of its own, as strands do. */
    private final class Setter extends Thread {
        private final List<Counting> timers = new ArrayList<>();
        private final Random random;

        Setter(long seed) {
            random = new Random(seed);
        }

        @Override
        public void run() {
            for (int i = 0; i < 100; i++) {
                timers.add(new Counting());
            }
            for (int i = 1; i <= 200_000; i++) {
                boolean stop = random.nextInt(3) == 0;
                wheel.set(timers.get(random.nextInt(timers.size())), stop ? TimingWheel.NEVER : START + i);
            }
        }
    }
}
