// SPDX-License-Identifier: Apache-2.0
package io.portcullis.buffer;

import java.lang.management.ManagementFactory;
import java.lang.ref.PhantomReference;
import java.lang.ref.Reference;
import java.lang.ref.ReferenceQueue;
import java.nio.ByteBuffer;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * A limit on allocated direct memory. It is checked before {@link ByteBuffer#allocateDirect}, which at the JVM's own
 * limit collects garbage and sleeps, for half a second per call. Memory counts until the garbage collector has freed
 * it.
 */
final class Budget {
    private static final String OPTION = "-XX:MaxDirectMemorySize=";

    /** Three quarters of the JVM's limit: the rest is for the JDK and for other users of direct memory. */
    private static final Budget OF_THE_JVM = new Budget(limitOfTheJvm() / 4 * 3);

    /**
     * How long to pause allocation if other code has used up the memory: the JVM would wait for it in vain, which must
     * not happen for every lease.
     */
    private static final long PAUSE = TimeUnit.SECONDS.toNanos(10);

    private final AtomicLong allocated = new AtomicLong();
    private final ReferenceQueue<ByteBuffer> unreachable = new ReferenceQueue<>();
    private final Set<Reference<ByteBuffer>> chunks = ConcurrentHashMap.newKeySet();
    private final AtomicInteger pools = new AtomicInteger();
    private final AtomicBoolean collecting = new AtomicBoolean();
    private final long limit;

    /** When garbage may be collected next, and the interval to the collection after that. */
    private volatile long nextCollection = System.nanoTime();

    private volatile long interval = PAUSE;

    /** Nothing is allocated until this time, because the JVM had less memory than the budget. */
    private volatile long pausedUntil = System.nanoTime();

    Budget(long limit) {
        this.limit = limit;
    }

    /** Returns the budget shared by all pools that have none of their own. */
    static Budget ofTheJvm() {
        return OF_THE_JVM;
    }

    long limit() {
        return limit;
    }

    /** Registers another pool that allocates from this budget. */
    Budget shared() {
        pools.incrementAndGet();
        return this;
    }

    /** Returns how many bytes may still be allocated. */
    long left() {
        countCollected();
        return limit - allocated.get();
    }

    /**
     * The memory of unused pools, such as tests leave behind, is freed only once the garbage collector has found them;
     * and nothing triggers a collection, because the objects on the heap are small. The collection runs on its own
     * thread, and less and less often if it does not help.
     */
    private void collectForgottenPools() {
        long now = System.nanoTime();
        if (pools.get() > 1
                && left() < limit / 2
                && now - nextCollection >= 0
                && collecting.compareAndSet(false, true)) {
            Thread collector = new Thread(null, () -> collect(now), "portcullis-forgotten-pools", 0, false);
            collector.setDaemon(true);
            collector.start();
        }
    }

    private void collect(long now) {
        try {
            long before = allocated.get();
            System.gc();
            boolean helped = left() > limit - before;
            interval = helped ? PAUSE : interval * 2;
            nextCollection = now + interval;
        } finally {
            collecting.set(false);
        }
    }

    private void countCollected() {
        for (Reference<?> gone = unreachable.poll(); gone != null; gone = unreachable.poll()) {
            if (chunks.remove(gone)) {
                allocated.addAndGet(-((Chunk) gone).size);
            }
        }
    }

    /** Allocates, or returns null if that would exceed the budget. */
    @Nullable
    ByteBuffer allocate(int size) {
        collectForgottenPools();
        if (System.nanoTime() - pausedUntil < 0) {
            return null;
        }
        countCollected();
        if (allocated.addAndGet(size) > limit) {
            allocated.addAndGet(-size);
            return null;
        }
        boolean done = false;
        try {
            ByteBuffer memory = ByteBuffer.allocateDirect(size);
            chunks.add(new Chunk(memory, size, unreachable));
            done = true;
            return memory;
        } catch (OutOfMemoryError lessThanExpected) {
            pausedUntil = System.nanoTime() + PAUSE;
            return null;
        } finally {
            if (!done) {
                allocated.addAndGet(-size);
            }
        }
    }

    private static long limitOfTheJvm() {
        long heap = Runtime.getRuntime().maxMemory();
        try {
            return ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
                    .filter(argument -> argument.startsWith(OPTION))
                    .reduce((first, last) -> last)
                    .map(argument -> bytes(argument.substring(OPTION.length()), heap))
                    .orElse(heap);
        } catch (LinkageError | SecurityException noManagement) {
            return heap;
        }
    }

    /** Parses a size as the JVM does: 0 means that no limit is set. */
    static long bytes(String size, long otherwise) {
        String number = size.toLowerCase(Locale.ROOT);
        int shift = number.isEmpty() ? 0 : Math.max(0, 10 * (1 + "kmgt".indexOf(number.charAt(number.length() - 1))));
        try {
            long value = Long.parseLong(shift > 0 ? number.substring(0, number.length() - 1) : number) << shift;
            return value > 0 ? value : otherwise;
        } catch (NumberFormatException unknownToUs) {
            return otherwise;
        }
    }

    private static final class Chunk extends PhantomReference<ByteBuffer> {
        private final int size;

        Chunk(ByteBuffer memory, int size, ReferenceQueue<ByteBuffer> queue) {
            super(memory, queue);
            this.size = size;
        }
    }
}
