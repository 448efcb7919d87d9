// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The CPU time of a tree of processes at one moment.
 *
 * @param userNanos the time in user mode, in steps of a clock tick
 * @param systemNanos the time in the kernel, in steps of a clock tick
 * @param threads the time of each thread by its id, in nanoseconds; empty if that cannot be read
 */
record CpuTime(long userNanos, long systemNanos, Map<Long, Long> threads) {

    /**
     * Returns the CPU time spent since another moment. The times of threads are more precise, but do not include
     * threads that have ended; in that case the times of the processes are used.
     *
     * @param earlier an earlier moment of the same processes
     * @return the time in nanoseconds
     */
    long nanosSince(CpuTime earlier) {
        long ofProcess = userNanos + systemNanos - earlier.userNanos - earlier.systemNanos;
        if (threads.isEmpty() || !threads.keySet().containsAll(earlier.threads.keySet())) {
            return ofProcess;
        }
        return threads.entrySet().stream()
                .mapToLong(entry -> entry.getValue() - earlier.threads.getOrDefault(entry.getKey(), 0L))
                .sum();
    }

    /**
     * Returns how the CPU time spent since another moment is divided.
     *
     * @param earlier an earlier moment of the same processes
     * @return the share spent in user mode, 0 to 1; negative if unknown
     */
    double userShareSince(CpuTime earlier) {
        long user = userNanos - earlier.userNanos;
        long system = systemNanos - earlier.systemNanos;
        return user + system <= 0 || systemNanos < 0 ? -1 : (double) user / (user + system);
    }

    CpuTime plus(CpuTime other) {
        Map<Long, Long> all = Stream.concat(threads.entrySet().stream(), other.threads.entrySet().stream())
                .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue));
        return new CpuTime(userNanos + other.userNanos, systemNanos + other.systemNanos, all);
    }
}
