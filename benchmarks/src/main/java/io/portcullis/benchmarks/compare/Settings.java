// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * How a run is done.
 *
 * @param rounds how often each server is measured
 * @param window how long each time
 * @param warmUpCap how long a server is warmed up at most, in each workload
 * @param quick whether figures need not be warm
 * @param java the {@code java} executable of the servers
 * @param jvmOptions of the servers
 * @param serverCore where the servers run
 * @param loadCore where the load runs
 * @param wrk whether wrk is the load, in the workloads that it can do
 * @param profile whether it is found out where the time goes
 * @param out where the results go
 * @param commandLine as it was given
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
