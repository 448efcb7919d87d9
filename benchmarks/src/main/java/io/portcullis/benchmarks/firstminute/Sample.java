// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.firstminute;

/**
 * One second of a server's life.
 *
 * @param variant the preparation of the server
 * @param round the run of the variant
 * @param readyMillis the time from the start of the process until it listened
 * @param from the seconds from then until the first handshake of this sample was started
 * @param seconds the seconds until the last handshake was completed; all were started within one second
 * @param handshakes the number of completed full handshakes
 * @param perSecond the handshakes divided by the seconds
 */
record Sample(
        String variant, int round, long readyMillis, double from, double seconds, long handshakes, double perSecond) {}
