// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

/**
 * What was done within one window: every unit that was begun in it was also finished in it.
 *
 * @param units requests that were answered in full
 * @param bytes body bytes of them
 * @param seconds how long it took
 * @param handshakes full and resumed ones
 * @param resumed those of them in which no certificate was verified
 * @param faults connections that were lost, refused or answered wrongly
 * @param firstFault what was wrong with the first of them, or empty
 * @param session protocol and cipher suite of the last handshake, or empty
 * @param latency from the intended time of a request to the end of its answer, for {@link Demand.Pattern#PACED} only
 */
public record Count(
        long units,
        long bytes,
        double seconds,
        long handshakes,
        long resumed,
        long faults,
        String firstFault,
        String session,
        Latency latency) {

    /**
     * Percentiles in microseconds.
     *
     * @param p50 the median
     * @param p99 one in a hundred is slower
     * @param p999 one in a thousand is slower
     * @param max the slowest
     */
    public record Latency(double p50, double p99, double p999, double max) {
        /** Nothing was timed. */
        public static final Latency NONE = new Latency(0, 0, 0, 0);
    }
}
