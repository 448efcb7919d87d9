// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * The settings of a run.
 *
 * @param rounds the number of measurements of each server
 * @param window the duration of each
 * @param warmUpCap the maximum warm-up time of a server in each workload
 * @param quick whether the servers need not be warm
 * @param java the {@code java} executable of the servers
 * @param jvmOptions the JVM options of the servers
 * @param serverCore the core of the servers
 * @param loadCore the core of the load
 * @param wrk whether wrk is the load, in the workloads that it supports
 * @param profile whether to profile the servers
 * @param out the directory of the results
 * @param commandLine the original command line
 */
record Settings(
        int rounds,
        Duration window,
        Duration warmUpCap,
        boolean quick,
        Path java,
        List<String> jvmOptions,
        int serverCore,
        int loadCore,
        boolean wrk,
        boolean profile,
        Path out,
        String commandLine) {}
