// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Demand;
import io.portcullis.benchmarks.load.Demand.Group;
import io.portcullis.benchmarks.load.Demand.Pattern;
import io.portcullis.benchmarks.report.Measurement;
import java.io.IOException;
import java.time.Duration;
import java.util.Map;
import java.util.OptionalLong;

/**
 * Measures the memory cost of an idle connection: the growth of the server's memory as seen by the operating system,
 * and the growth of its heap after a collection, which the operating system does not see because the heap is touched at
 * startup.
 */
final class MemoryMeter {
    private static final double KIB = 1024;
    private static final int AT_ONCE = 16;
    /** Code is compiled and classes are loaded before, so that they are not attributed to the connections. */
    private static final Duration WARM_UP = Duration.ofSeconds(12);

    private static final Duration QUICK_WARM_UP = Duration.ofSeconds(1);

    private final Loader load;
    private final Settings settings;

    MemoryMeter(Loader load, Settings settings) {
        this.load = load;
        this.settings = settings;
    }

    /** Returns the approximate duration of one round, without its connections. */
    double seconds() {
        return warmUp().toSeconds() + 5.0;
    }

    Measurement round(ServerProcess fresh, Workload workload, int round) throws IOException {
        boolean secure = fresh.contestant().secure();
        Pattern pattern = secure ? Pattern.FULL_HANDSHAKE : Pattern.KEEP_ALIVE;
        load.open(new Demand(fresh.port(), secure, "/", AT_ONCE, pattern, Group.X25519, 0));
        load.window(warmUp());
        load.closeConnections();
        Memory before = Memory.of(fresh);
        load.open(workload.demand(fresh.port(), secure));
        Memory after = Memory.of(fresh);
        load.closeConnections();
        double heap = (after.heap - before.heap) / KIB / workload.connections();
        double outside = (after.outside - before.outside) / KIB / workload.connections();
        double descriptors = (double) (after.descriptors - before.descriptors) / workload.connections();
        return new Measurement(
                workload.name(),
                fresh.name(),
                round,
                heap + outside,
                -1,
                0,
                Map.of("heap KiB", heap, "native KiB", outside, "descriptors", descriptors));
    }

    private Duration warmUp() {
        return settings.quick() ? QUICK_WARM_UP : WARM_UP;
    }

    private record Memory(long heap, long outside, long descriptors) {
        static Memory of(ServerProcess server) throws IOException {
            OptionalLong heap = server.heapUsed();
            return new Memory(
                    heap.orElse(0), server.tree().memoryBytes(), server.tree().descriptors());
        }
    }
}
