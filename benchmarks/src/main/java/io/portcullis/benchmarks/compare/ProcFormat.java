// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.util.List;
import java.util.OptionalLong;

/** Reads the text of files below {@code /proc}, as proc(5) describes them. Pure. */
final class ProcFormat {
    private static final int USER_TIME = 14;
    private static final int SYSTEM_TIME = 15;

    private ProcFormat() {}

    /**
     * Fields 14 and 15 of {@code /proc/PID/stat}, in clock ticks. The name, field 2, may have spaces and parentheses.
     */
    record Ticks(long user, long system) {
        static Ticks ofStat(String stat) {
            String[] afterName = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
            return new Ticks(Long.parseLong(afterName[USER_TIME - 3]), Long.parseLong(afterName[SYSTEM_TIME - 3]));
        }
    }

    /** The first field of {@code /proc/PID/task/TID/schedstat}: nanoseconds on the processor. */
    static long nanosOfSchedstat(String schedstat) {
        return Long.parseLong(schedstat.strip().split(" ")[0]);
    }

    /**
     * A line of {@code /proc/PID/smaps_rollup} or {@code /proc/PID/status} that is in kilobytes.
     *
     * @param lines of the file
     * @param name such as {@code Pss} or {@code VmRSS}
     * @return in bytes
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
     * The first value of a name in {@code /proc/cpuinfo}.
     *
     * @param lines of the file
     * @param name such as {@code model name}
     * @return the value, or what is unknown
     */
    static String cpuInfo(List<String> lines, String name) {
        return lines.stream()
                .filter(line -> line.startsWith(name))
                .map(line -> line.substring(line.indexOf(':') + 1).strip())
                .findFirst()
                .orElse("unknown");
    }
}
