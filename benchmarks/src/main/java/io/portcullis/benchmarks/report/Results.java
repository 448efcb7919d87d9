// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.List;
import java.util.Optional;

/**
 * All results of one run, as written to {@code results.json}.
 *
 * @param run the environment of the run
 * @param workloads in the order in which they were measured
 * @param servers in the order of the command line
 * @param skipped servers that could not run
 * @param pairs the compared pairs
 * @param measurements all windows
 * @param profiles the profiles, if requested
 * @param notes notes for readers
 */
public record Results(
        Run run,
        List<WorkloadInfo> workloads,
        List<ServerInfo> servers,
        List<Skipped> skipped,
        List<Pair> pairs,
        List<Measurement> measurements,
        List<Profile> profiles,
        List<String> notes) {

    /**
     * The environment of a run.
     *
     * @param date ISO 8601
     * @param commandLine the original command line
     * @param processor the model
     * @param cores the number of cores
     * @param kernel name and release
     * @param jdk the JDK of the servers
     * @param jvmOptions the JVM options of the servers
     * @param load the implementation of the load
     * @param pinning the pinning of the processes
     * @param clock the source of CPU times
     */
    public record Run(
            String date,
            String commandLine,
            String processor,
            int cores,
            String kernel,
            String jdk,
            List<String> jvmOptions,
            String load,
            String pinning,
            String clock) {}

    /**
     * A workload.
     *
     * @param name such as {@code W1-64}
     * @param title a description
     * @param unit the unit of the cost, such as {@code us of server CPU per request}
     * @param perSecond the unit of the throughput, such as {@code requests/s}
     */
    public record WorkloadInfo(String name, String title, String unit, String perSecond) {}

    /**
     * A server.
     *
     * @param name on the command line
     * @param description implementation and versions
     */
    public record ServerInfo(String name, String description) {}

    /**
     * A server that could not run.
     *
     * @param name on the command line
     * @param reason a description of the reason
     */
    public record Skipped(String name, String reason) {}

    /**
     * Two servers to compare.
     *
     * @param server the server
     * @param baseline the server that counts as 1
     */
    public record Pair(String server, String baseline) {}

    /**
     * Returns the costs of a server in a workload.
     *
     * @param workload its name
     * @param server its name
     * @return the costs in the order of the rounds; empty if it was not measured
     */
    public List<Double> costs(String workload, String server) {
        return measurements(workload, server).stream().map(Measurement::cost).toList();
    }

    /**
     * Returns the windows of a server in a workload.
     *
     * @param workload its name
     * @param server its name
     * @return the windows in the order of the rounds
     */
    public List<Measurement> measurements(String workload, String server) {
        return measurements.stream()
                .filter(each ->
                        each.workload().equals(workload) && each.server().equals(server))
                .toList();
    }

    /**
     * Returns a workload by its name.
     *
     * @param name such as {@code W1-64}
     * @return the workload, or empty if it was not measured
     */
    public Optional<WorkloadInfo> workload(String name) {
        return workloads.stream().filter(each -> each.name().equals(name)).findFirst();
    }
}
