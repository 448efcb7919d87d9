// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The processor time of a tree of processes at a moment.
 *
 * @param userNanos outside of the kernel, in steps of a clock tick
 * @param systemNanos within the kernel, in steps of a clock tick
 * @param threads of each thread by its id, to the nanosecond; empty where that cannot be read
 */
record CpuTime(long userNanos, long systemNanos, Map<Long, Long> threads) {

    /**
     * What was spent since another moment. Threads have the better clock, but those that are gone have taken their
     * figure with them: then the process has the word.
     *
     * @param earlier of the same processes
     * @return nanoseconds
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
     * How what was spent since another moment divides.
     *
     * @param earlier of the same processes
     * @return the share outside of the kernel, 0 to 1; negative if that is not known
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
