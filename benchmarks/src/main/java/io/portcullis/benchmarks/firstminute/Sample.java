// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

/**
 * One second of a server's life.
 *
 * @param variant what was done for it
 * @param round which run of the variant
 * @param readyMillis from the start of the process until it listened
 * @param from seconds from then until the first handshake of this sample was begun
 * @param seconds until the last one was finished, which was begun within one second
 * @param handshakes full ones that were finished
 * @param perSecond those by these seconds
 */
record Sample(
        String variant, int round, long readyMillis, double from, double seconds, long handshakes, double perSecond) {}
