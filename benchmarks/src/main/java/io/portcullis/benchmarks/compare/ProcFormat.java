// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.util.List;
import java.util.OptionalLong;

/** Parses files below {@code /proc} as described in proc(5). Pure functions. */
final class ProcFormat {
    private static final int USER_TIME = 14;
    private static final int SYSTEM_TIME = 15;

    private ProcFormat() {}

    /**
     * Fields 14 and 15 of {@code /proc/PID/stat}, in clock ticks. The name, field 2, may contain spaces and
     * parentheses.
     */
    record Ticks(long user, long system) {
        static Ticks ofStat(String stat) {
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return new Ticks(Long.parseLong(afterName[USER_TIME - 3]), Long.parseLong(afterName[SYSTEM_TIME - 3]));
        }
    }

    /** Returns the first field of {@code /proc/PID/task/TID/schedstat}: the CPU time in nanoseconds. */
    static long nanosOfSchedstat(String schedstat) {
        return Long.parseLong(schedstat.strip().split(" ")[0]);
    }

    /**
     * Returns a value in kilobytes from {@code /proc/PID/smaps_rollup} or {@code /proc/PID/status}.
     *
     * @param lines the lines of the file
     * @param name such as {@code Pss} or {@code VmRSS}
     * @return the value in bytes
     */
    static OptionalLong bytesOf(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name + ":"))
                .mapToLong(line -> 1024
                        * Long.parseLong(line.substring(name.length() + 1)
                                .replace("kB", "")
                                .strip()))
                .findFirst();
    }

    /**
     * Returns the first value of a name in {@code /proc/cpuinfo}.
     *
     * @param lines the lines of the file
     * @param name such as {@code model name}
     * @return the value, or {@code unknown}
     */
    static String cpuInfo(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
