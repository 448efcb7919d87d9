// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/** The resource usage of a process and its descendants, as reported by the operating system. */
final class ProcessTree {
    private static final Path PROC = Path.of("/proc");
    private static final boolean HAS_PROC = Files.isReadable(PROC.resolve("self/stat"));
    private static final boolean HAS_THREADS = Files.isReadable(PROC.resolve("thread-self/schedstat"));
    /** USER_HZ, which is part of Linux's ABI on all architectures with a current JDK. */
    private static final long NANOS_PER_TICK = 10_000_000;

    private final ProcessHandle root;

    ProcessTree(ProcessHandle root) {
        this.root = root;
    }

    static String clock() {
        if (!HAS_PROC) {
            return "ProcessHandle.Info.totalCpuDuration, without a split into user and system";
        }
        return HAS_THREADS ? "/proc/PID/task/*/schedstat (split: /proc/PID/stat)" : "/proc/PID/stat, in ticks of 10 ms";
    }

    CpuTime cpuTime() throws IOException {
        CpuTime sum = new CpuTime(0, 0, Map.of());
        for (ProcessHandle process : processes()) {
            sum = sum.plus(HAS_PROC ? ofProc(process.pid()) : ofHandle(process));
        }
        return sum;
    }

    /** Returns the proportional set size if known: memory shared by several processes is divided between them. */
    long memoryBytes() throws IOException {
        long sum = 0;
        for (ProcessHandle process : processes()) {
            Path directory = PROC.resolve(Long.toString(process.pid()));
            Path rollup = directory.resolve("smaps_rollup");
            sum += Files.isReadable(rollup)
                    ? ProcFormat.bytesOf(Files.readAllLines(rollup), "Pss").orElseThrow()
                    : ProcFormat.bytesOf(Files.readAllLines(directory.resolve("status")), "VmRSS")
                            .orElseThrow();
        }
        return sum;
    }

    long descriptors() throws IOException {
        long sum = 0;
        for (ProcessHandle process : processes()) {
            try (Stream<Path> files = Files.list(PROC.resolve(process.pid() + "/fd"))) {
                sum += files.count();
            }
        }
        return sum;
    }

    private List<ProcessHandle> processes() {
        return Stream.concat(Stream.of(root), root.descendants()).toList();
    }

    private static CpuTime ofHandle(ProcessHandle process) {
        long nanos = process.info().totalCpuDuration().map(Duration::toNanos).orElse(0L);
        return new CpuTime(nanos, 0, Map.of());
    }

    private static CpuTime ofProc(long pid) throws IOException {
        Path directory = PROC.resolve(Long.toString(pid));
        Map<Long, Long> threads = new HashMap<>();
        if (HAS_THREADS) {
            try (Stream<Path> tasks = Files.list(directory.resolve("task"))) {
                for (Path task : tasks.toList()) {
                    addThread(threads, task);
                }
            }
        }
        ProcFormat.Ticks ticks = ProcFormat.Ticks.ofStat(Files.readString(directory.resolve("stat")));
        return new CpuTime(ticks.user() * NANOS_PER_TICK, ticks.system() * NANOS_PER_TICK, threads);
    }

    private static void addThread(Map<Long, Long> threads, Path task) throws IOException {
        try {
            long nanos = ProcFormat.nanosOfSchedstat(Files.readString(task.resolve("schedstat")));
            threads.put(Long.parseLong(task.getFileName().toString()), nanos);
        } catch (IOException e) {
            // If it has ended since the directory was read (no such file, or no such process), its time is included in
            // that of the process.
            if (Files.exists(task)) {
                throw e;
            }
        }
    }
}
