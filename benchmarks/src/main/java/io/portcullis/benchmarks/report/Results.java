// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.List;
import java.util.Optional;

/**
 * All that one run has to tell, as it stands in {@code results.json}.
 *
 * @param run where and how it was measured
 * @param workloads in the order in which they were measured
 * @param servers in the order of the command line
 * @param skipped servers that could not run
 * @param pairs who is compared with whom
 * @param measurements all windows
 * @param profiles where the time goes, as far as that was asked for
 * @param notes what a reader has to know
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
     * Where and how it was measured.
     *
     * @param date ISO 8601
     * @param commandLine as it was given
     * @param processor the model
     * @param cores how many
     * @param kernel name and release
     * @param jdk of the servers
     * @param jvmOptions of the servers
     * @param load what the load is made of
     * @param pinning which core has what
     * @param clock what the processor time was read from
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
     * @param title what happens
     * @param unit of the cost, such as {@code us of server CPU per request}
     * @param perSecond what the throughput counts, such as {@code requests/s}
     */
    public record WorkloadInfo(String name, String title, String unit, String perSecond) {}

    /**
     * A server.
     *
     * @param name on the command line
     * @param description what it is made of
     */
    public record ServerInfo(String name, String description) {}

    /**
     * A server that could not run.
     *
     * @param name on the command line
     * @param reason in words
     */
    public record Skipped(String name, String reason) {}

    /**
     * Two servers that are compared.
     *
     * @param server the one
     * @param baseline the other, which counts as 1
     */
    public record Pair(String server, String baseline) {}

    /**
     * The costs of a server in a workload.
     *
     * @param workload its name
     * @param server its name
     * @return in the order of the rounds; empty if it was not measured
     */
    public List<Double> costs(String workload, String server) {
        return measurements(workload, server).stream().map(Measurement::cost).toList();
    }

    /**
     * The windows of a server in a workload.
     *
     * @param workload its name
     * @param server its name
     * @return in the order of the rounds
     */
    public List<Measurement> measurements(String workload, String server) {
        return measurements.stream()
                .filter(each ->
                        each.workload().equals(workload) && each.server().equals(server))
                .toList();
    }

    /**
     * A workload by its name.
     *
     * @param name such as {@code W1-64}
     * @return empty if it was not measured
     */
    public Optional<WorkloadInfo> workload(String name) {
        return workloads.stream().filter(each -> each.name().equals(name)).findFirst();
    }
}
