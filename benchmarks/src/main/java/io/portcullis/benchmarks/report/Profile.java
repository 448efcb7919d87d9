// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.Map;

/**
 * The profile of a server's CPU time in a workload.
 *
 * @param workload such as {@code W1-64}
 * @param server its name
 * @param event the event that triggered the samples, such as {@code cpu}
 * @param samples the number of samples
 * @param shares the share of each use by name, 0 to 1; in display order
 * @param stacks the name of the file with the stacks, next to the results
 * @param flameGraph the name of the file with the flame graph, next to the results
 */
public record Profile(
        String workload,
        String server,
        String event,
        long samples,
        Map<String, Double> shares,
        String stacks,
        String flameGraph) {}
