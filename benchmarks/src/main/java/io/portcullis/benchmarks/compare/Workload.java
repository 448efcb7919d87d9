// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.compare;

import io.portcullis.benchmarks.load.Count;
import io.portcullis.benchmarks.load.Demand;
import io.portcullis.benchmarks.load.Demand.Group;
import io.portcullis.benchmarks.load.Demand.Pattern;
import io.portcullis.benchmarks.report.Results.WorkloadInfo;

/**
 * One thing that servers are measured at.
 *
 * @param info name, title and units
 * @param certificate {@code ec} or {@code rsa}
 * @param pattern what the connections do
 * @param connections how many
 * @param path what they ask for
 * @param group their key exchange
 * @param rate requests per second, for an open loop
 * @param memory whether the memory of idle connections is measured, rather than processor time
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
    /** So many handshakes the JDK's engine needs before its figures mean anything. */
    private static final long HANDSHAKES_TO_BE_WARM = 8_000;

    /** Until then a compiler may still be at work in the background, which looks settled for a while. */
    private static final long REQUESTS_TO_BE_WARM = 150_000;

    private static final long BULK_REQUESTS_TO_BE_WARM = 3_000;

    String name() {
        return info.name();
    }

    /** Whether there is nothing to measure without TLS. */
    boolean secureOnly() {
        return memory || ofHandshakes();
    }

    boolean ofHandshakes() {
        return pattern == Pattern.FULL_HANDSHAKE || pattern == Pattern.RESUMED_HANDSHAKE;
    }

    Demand demand(int port, boolean secure) {
        return new Demand(port, secure, path, connections, pattern, group, rate);
    }

    /** What was done, in the unit of the cost. */
    double units(Count count) {
        return ofMebibytes() ? count.bytes() / MIB : count.units();
    }

    boolean ofMebibytes() {
        return path.equals("/1m");
    }

    /** How much has to be done before a server can count as warm. */
    long unitsToBeWarm() {
        if (ofHandshakes()) {
            return HANDSHAKES_TO_BE_WARM;
        }
        return ofMebibytes() ? BULK_REQUESTS_TO_BE_WARM : REQUESTS_TO_BE_WARM;
    }
}
