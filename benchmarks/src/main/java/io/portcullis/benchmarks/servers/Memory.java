// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.lang.management.BufferPoolMXBean;
import java.lang.management.ManagementFactory;

/**
 * The memory held by this process after garbage collections.
 *
 * @param heapUsed bytes of live objects
 * @param direct bytes outside the heap, in buffers
 */
record Memory(long heapUsed, long direct) {
    private static final int MOST_COLLECTIONS = 8;
    private static final long STABLE_BYTES = 16 * 1024;

    /** Collects garbage at least twice, until the result no longer changes. */
    static Memory afterCollection(RunningServer server) {
        System.gc();
        long before;
        long used = heapInUse();
        int collections = 1;
        do {
            before = used;
            System.gc();
            used = heapInUse();
        } while (++collections < MOST_COLLECTIONS && Math.abs(before - used) > STABLE_BYTES);
        return new Memory(used, countedDirectBytes() + server.uncountedDirectBytes());
    }

    /** Returns the direct memory known to the JDK. */
    static long countedDirectBytes() {
        return ManagementFactory.getPlatformMXBeans(BufferPoolMXBean.class).stream()
                .filter(pool -> pool.getName().equals("direct"))
                .mapToLong(BufferPoolMXBean::getMemoryUsed)
                .sum();
    }

    String json() {
        return "{\"heapUsed\":" + heapUsed + ",\"direct\":" + direct + "}";
    }

    private static long heapInUse() {
        return ManagementFactory.getMemoryMXBean().getHeapMemoryUsage().getUsed();
    }
}
