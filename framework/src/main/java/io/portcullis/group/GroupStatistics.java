// SPDX-License-Identifier: Apache-2.0
package io.portcullis.group;

/**
 * The counters of a {@link ConnectionGroup}. Each number was correct at some moment during the call.
 *
 * @param members how many connections are in the group now
 * @param broadcasts how many messages were broadcast
 * @param written how often a message was written to a member
 * @param sent how often it has been handed to the operating system
 * @param failed how often it was not sent, because the connection had ended or was ending, or was changing to TLS or
 *     back ({@link io.portcullis.Connection#startTls})
 * @param skipped how often a slow member was skipped
 * @param closed how often a slow member was closed
 */
public record GroupStatistics(
        int members, long broadcasts, long written, long sent, long failed, long skipped, long closed) {

    /**
     * Returns how many writes have neither been sent nor failed.
     *
     * @return the number, never negative
     */
    public long pending() {
        return Math.max(0, written - sent - failed);
    }
}
