// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.report;

import java.util.Map;

/**
 * One window of one server.
 *
 * @param workload such as {@code W1-64}
 * @param server its name
 * @param round from 1
 * @param cost the compared figure, in the unit of the workload; lower is better
 * @param userShare the share of the CPU time spent in user mode, 0 to 1
 * @param perSecond units per second, for information
 * @param details further results, by name
 */
public record Measurement(
        String workload,
        String server,
        int round,
        double cost,
        double userShare,
        double perSecond,
        Map<String, Double> details) {}
