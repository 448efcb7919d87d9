// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

/** The maximum that a connection may leave unread, regardless of its settings. */
final class UnreadRoom {
    /** The highest {@code unreadLimit}. */
    static final int LARGEST = 768 * 1024;

    private UnreadRoom() {}

    /** Rejects a size that exceeds every possible {@code unreadLimit}. */
    static void require(int needed) {
        if (needed > LARGEST) {
            throw new IllegalArgumentException(
                    "a handler that leaves " + needed + " bytes unread cannot work: unreadLimit is at most " + LARGEST
                            + "; process long messages piece by piece, in onData");
        }
    }
}
