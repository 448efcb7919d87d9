// SPDX-License-Identifier: Apache-2.0
package io.portcullis.dispatch;

/**
 * The state of a {@link ConnectionPool} at one moment, and what it has done until then.
 *
 * @param connections how many connections count towards the limit: those below, and those that are about to end
 * @param connecting how many of them are being connected
 * @param idle how many of them wait to be lent
 * @param borrowed how many of them are lent, or on their way from or to a borrower
 * @param waiting how many acquires wait for a connection
 * @param connected how many connections were made
 * @param connectFailures how many connects have failed
 * @param acquired how many acquires have succeeded
 * @param timeouts how many acquires have failed at their deadline
 * @param refusals how many acquires were refused because too many others waited
 * @param discarded how many idle or returned connections were not lent again because they were no longer usable: the
 *     peer had ended them or sent something unexpected, or the borrower had closed them or left them in the middle of
 *     something
 * @param unhealthy how many connections have failed their health check
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
