// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.load;

/**
 * The results of one window: every unit that was started in it was also completed in it.
 *
 * @param units the number of requests that were answered completely
 * @param bytes the body bytes of their responses
 * @param seconds the duration
 * @param handshakes the number of full and resumed handshakes
 * @param resumed how many of them did not verify a certificate
 * @param faults the number of connections that were lost, refused or answered incorrectly
 * @param firstFault the first fault, or empty
 * @param session protocol and cipher suite of the last handshake, or empty
 * @param latency from the intended time of a request to the end of its response, for {@link Demand.Pattern#PACED} only
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
        /** No latencies. */
        public static final Latency NONE = new Latency(0, 0, 0, 0);
    }
}
