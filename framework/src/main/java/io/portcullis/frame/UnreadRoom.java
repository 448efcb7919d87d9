// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

/** What a connection may leave unread at most, however it is set. */
final class UnreadRoom {
    /** The highest {@code unreadLimit}. */
    static final int LARGEST = 768 * 1024;

    private UnreadRoom() {}

    /** Refuses what can never fit. */
    static void require(int needed) {
        if (needed > LARGEST) {
            throw new IllegalArgumentException(
                    "a handler that leaves " + needed + " bytes unread cannot work: unreadLimit is at most " + LARGEST
                            + "; take long messages in pieces, in onData");
        }
    }
}
