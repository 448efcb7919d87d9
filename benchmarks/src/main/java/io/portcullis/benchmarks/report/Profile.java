// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.Map;

/**
 * Where the processor time of a server goes in a workload.
 *
 * @param workload such as {@code W1-64}
 * @param server its name
 * @param event what has triggered the samples, such as {@code cpu}
 * @param samples how many there are
 * @param shares what part of them each use has, by its name, 0 to 1; in the order in which they are told
 * @param stacks name of the file with the stacks, beside the results
 * @param flameGraph name of the file with the flame graph, beside the results
 */
public record Profile(
        String workload,
        String server,
        String event,
        long samples,
        Map<String, Double> shares,
        String stacks,
        String flameGraph) {}
