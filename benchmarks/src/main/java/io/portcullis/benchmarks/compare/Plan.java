// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What is measured, once it is known how many connections this machine allows.
 *
 * @param workloads in this order
 * @param notes what is not as it was asked for, and what to do about it
 */
record Plan(List<Workload> workloads, List<String> notes) {
    /** What a process needs besides its connections: those that are closing, jars, and files of its own. */
    static final int SPARE_DESCRIPTORS = 500;

    private static final int FEWEST_CONNECTIONS = 100;
    private static final int STEP = 1_000;

    /**
     * Cuts workloads to what is possible, and names them so, such as {@code W4-19000} instead of {@code W4-50000}.
     *
     * @param wanted what was asked for
     * @param descriptors how many a process may have
     * @return what can be done
     * @throws IllegalArgumentException if next to nothing can be done; the message says what to do
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
                + " connections need as many file descriptors, but a process may have no more than "
                + descriptors + ", its hard limit, which root raises with 'ulimit -n "
                + (workload.connections() + 2 * SPARE_DESCRIPTORS) + "'";
    }
}
