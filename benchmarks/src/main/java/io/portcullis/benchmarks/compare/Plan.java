// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The workloads to measure, given the number of connections that this machine allows.
 *
 * @param workloads in this order
 * @param notes deviations from the request, with remedies
 */
record Plan(List<Workload> workloads, List<String> notes) {
    /** The descriptors that a process needs besides its connections: for closing connections, jars and other files. */
    static final int SPARE_DESCRIPTORS = 500;

    private static final int FEWEST_CONNECTIONS = 100;
    private static final int STEP = 1_000;

    /**
     * Reduces workloads to what is possible, and renames them accordingly, such as {@code W4-19000} instead of
     * {@code W4-50000}.
     *
     * @param wanted the requested workloads
     * @param descriptors the number of file descriptors that a process may have
     * @return the possible workloads
     * @throws IllegalArgumentException if hardly anything is possible; the message contains a remedy
     */
    static Plan within(List<Workload> wanted, long descriptors) {
        long connections = descriptors - SPARE_DESCRIPTORS;
        Map<String, Workload> possible = new LinkedHashMap<>();
        List<String> notes = new ArrayList<>();
        for (Workload workload : wanted) {
            Workload within =
                    workload.connections() <= connections ? workload : cut(workload, connections, descriptors);
            possible.putIfAbsent(within.name(), within);
            if (!within.equals(workload)) {
                notes.add(within.name() + " is measured instead of " + workload.name() + ": "
                        + raise(workload, descriptors));
            }
        }
        return new Plan(List.copyOf(possible.values()), notes);
    }

    private static Workload cut(Workload workload, long connections, long descriptors) {
        if (connections < FEWEST_CONNECTIONS) {
            throw new IllegalArgumentException(workload.name() + " is not possible: " + raise(workload, descriptors));
        }
        int rounded = (int) (connections < STEP ? connections : connections / STEP * STEP);
        return Workloads.withConnections(workload, rounded);
    }

    private static String raise(Workload workload, long descriptors) {
        return workload.connections()
                + " connections need as many file descriptors, but a process may have at most "
                + descriptors + ", its hard limit, which root can raise with 'ulimit -n "
                + (workload.connections() + 2 * SPARE_DESCRIPTORS) + "'";
    }
}
