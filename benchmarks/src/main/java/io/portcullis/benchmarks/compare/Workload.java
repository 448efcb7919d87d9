// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import io.portcullis.benchmarks.load.Demand.Group;
import io.portcullis.benchmarks.load.Demand.Pattern;
import io.portcullis.benchmarks.report.Results.WorkloadInfo;

/**
 * A workload that servers are measured with.
 *
 * @param info name, title and units
 * @param certificate {@code ec} or {@code rsa}
 * @param pattern the behavior of the connections
 * @param connections the number of connections
 * @param path the path to request
 * @param group the key exchange group
 * @param rate requests per second, for an open loop
 * @param memory whether the memory of idle connections is measured, rather than CPU time
 */
record Workload(
        WorkloadInfo info,
        String certificate,
        Pattern pattern,
        int connections,
        String path,
        Group group,
        int rate,
        boolean memory) {
    private static final double MIB = 1 << 20;
    /** The number of handshakes that the JDK's engine needs before its figures are meaningful. */
    private static final long HANDSHAKES_TO_BE_WARM = 8_000;

    /** Until then a compiler may still run in the background, while the cost appears to have settled. */
    private static final long REQUESTS_TO_BE_WARM = 150_000;

    private static final long BULK_REQUESTS_TO_BE_WARM = 3_000;

    String name() {
        return info.name();
    }

    /** Returns whether there is nothing to measure without TLS. */
    boolean secureOnly() {
        return memory || ofHandshakes();
    }

    boolean ofHandshakes() {
        return pattern == Pattern.FULL_HANDSHAKE || pattern == Pattern.RESUMED_HANDSHAKE;
    }

    Demand demand(int port, boolean secure) {
        return new Demand(port, secure, path, connections, pattern, group, rate);
    }

    /** Returns the completed work, in the unit of the cost. */
    double units(Count count) {
        return ofMebibytes() ? count.bytes() / MIB : count.units();
    }

    boolean ofMebibytes() {
        return path.equals("/1m");
    }

    /** Returns the amount of work after which a server can count as warm. */
    long unitsToBeWarm() {
        if (ofHandshakes()) {
            return HANDSHAKES_TO_BE_WARM;
        }
        return ofMebibytes() ? BULK_REQUESTS_TO_BE_WARM : REQUESTS_TO_BE_WARM;
    }
}
