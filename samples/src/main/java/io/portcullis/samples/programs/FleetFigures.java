// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.programs;

import static java.nio.charset.StandardCharsets.US_ASCII;

import com.sun.management.UnixOperatingSystemMXBean;
import io.portcullis.dispatch.Dispatcher;
import io.portcullis.dispatch.DispatcherStatistics;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/** The statistics of a {@link DeviceFleet}: a line on standard error, updated every second, and a report at the end. */
final class FleetFigures {
    private static final ByteBuffer TEXT = US_ASCII.encode("temperature=21.5;humidity=0.43;battery=3.71;".repeat(20));
    private static final double MIB = 1 << 20;

    private final LongAdder opened = new LongAdder();
    private final LongAdder resumed = new LongAdder();
    private final LongAdder exchanges = new LongAdder();
    private final LongAdder sessions = new LongAdder();
    private final LongAdder errors = new LongAdder();
    private volatile String lastError = "";
    private double seconds;
    private double heapEarly;
    private double heapLate;

    /** Returns a reading of a device: printable, and different each time. */
    static ByteBuffer reading(int length) {
        return TEXT.slice(ThreadLocalRandom.current().nextInt(TEXT.limit() - length), length);
    }

    void opened(boolean resumption) {
        opened.increment();
        if (resumption) {
            resumed.increment();
        }
    }

    void exchanged() {
        exchanges.increment();
    }

    void ended(boolean orderly, String how) {
        if (orderly) {
            sessions.increment();
        } else {
            errors.increment();
            lastError = how;
        }
    }

    /** Rejects a fleet that needs more sockets than the operating system permits. */
    void needFiles(long sockets) {
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean system
                && system.getMaxFileDescriptorCount() < sockets + 100) {
            throw new IllegalArgumentException("this fleet needs " + (sockets + 100)
                    + " open files, but the limit of this process is " + system.getMaxFileDescriptorCount()
                    + ": raise it (ulimit -n), or use fewer --devices");
        }
    }

    /** Prints the statistics every second until the time is over or the latch is released. */
    void watch(Dispatcher dispatcher, int devices, @Nullable Duration time, CountDownLatch stop)
            throws InterruptedException {
        long begun = System.nanoTime();
        long nanos = time == null ? Long.MAX_VALUE : time.toNanos();
        long early = time == null ? TimeUnit.SECONDS.toNanos(10) : nanos / 3;
        long before = 0;
        long passed = 0;
        while (passed < nanos && !stop.await(Math.min(1_000_000_000L, nanos - passed), TimeUnit.NANOSECONDS)) {
            passed = System.nanoTime() - begun;
            long now = exchanges.sum();
            System.err.print("\r" + line(dispatcher.statistics(), now - before) + "   ");
            before = now;
            if (heapEarly == 0 && passed > early && opened.sum() >= devices) {
                heapEarly = heapAfterCollection();
            }
        }
        seconds = (System.nanoTime() - begun) / 1e9;
        heapLate = heapAfterCollection();
        heapEarly = heapEarly == 0 ? heapLate : heapEarly;
        System.err.println();
    }

    private String line(DispatcherStatistics state, long perSecond) {
        return String.format(
                Locale.ROOT,
                "%d connections, %d sessions, %d exchanges/s, %d errors, %.0f%% resumed, %d waiting, %d leases",
                state.connections(),
                sessions.sum(),
                perSecond,
                errors.sum(),
                resumedPercent(),
                state.awaitingAdmission(),
                state.buffers().activeLeases());
    }

    private double resumedPercent() {
        return 100.0 * resumed.sum() / Math.max(1, opened.sum());
    }

    /**
     * Prints the report, including what is left after everything but the dispatcher was closed. Returns whether there
     * were neither errors nor leaked leases.
     */
    boolean report(int devices, long tearDownNanos, Dispatcher dispatcher) throws InterruptedException {
        long before = processorNanos();
        TimeUnit.SECONDS.sleep(1);
        double idle = (processorNanos() - before) / 1e9;
        DispatcherStatistics left = dispatcher.statistics();
        print("devices", "%d for %.1f s", devices, seconds);
        print("sessions", "%d, %.0f%% of the handshakes resumed", sessions.sum(), resumedPercent());
        print("exchanges", "%d, %.0f/s", exchanges.sum(), exchanges.sum() / seconds);
        print("errors", "%d %s", errors.sum(), lastError);
        print("heap", "%.1f MiB early, %.1f MiB late, ratio %.2f", heapEarly, heapLate, heapLate / heapEarly);
        print("tear-down", "%.2f s", tearDownNanos / 1e9);
        print(
                "left",
                "%d connections, %d leases",
                left.connections(),
                left.buffers().activeLeases());
        print("cpu", "%.1f%% of one processor, in the second after that, with the dispatcher still open", 100 * idle);
        return errors.sum() == 0 && left.buffers().activeLeases() == 0;
    }

    @SuppressWarnings("AnnotateFormatMethod")
    private static void print(String label, String form, Object... figures) {
        System.out.println(String.format("%-10s ", label)
                + String.format(Locale.ROOT, form, figures).stripTrailing());
    }

    /** Returns the used heap in MiB, while everything keeps running. */
    private static double heapAfterCollection() {
        System.gc();
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed() / MIB;
    }

    /** Returns the CPU time of the Java threads, without compiler and collector threads. */
    private static long processorNanos() {
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        return Arrays.stream(threads.getAllThreadIds())
                .map(threads::getThreadCpuTime)
                .filter(nanos -> nanos > 0)
                .sum();
    }
}
