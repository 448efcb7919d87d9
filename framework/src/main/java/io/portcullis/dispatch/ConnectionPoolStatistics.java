// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/**
 * A snapshot of the state and the counters of a {@link ConnectionPool}.
 *
 * @param connections the connections that count towards the limit: connecting, idle, borrowed, and closing ones
 * @param connecting the connections that are being established
 * @param idle the connections that are ready to be lent
 * @param borrowed the connections that are lent, being handed over, being returned or being checked
 * @param waiting the acquires that wait for a connection
 * @param connected how many connections have been established so far
 * @param connectFailures how many connects have failed so far
 * @param acquired how many acquires have succeeded so far
 * @param timeouts how many acquires have failed at their deadline so far
 * @param refusals how many acquires have been refused so far because too many others were waiting
 * @param discarded how many idle or returned connections have been discarded so far because they were no longer usable:
 *     the peer had ended them or sent unexpected bytes, the idle timeout of the client had passed, or the borrower had
 *     closed them or left them in an unfinished exchange
 * @param unhealthy how many connections have failed their health check so far
 */
public record ConnectionPoolStatistics(
        int connections,
        int connecting,
        int idle,
        int borrowed,
        int waiting,
        long connected,
        long connectFailures,
        long acquired,
        long timeouts,
        long refusals,
        long discarded,
        long unhealthy) {}
