// SPDX-License-Identifier: Apache-2.0
package io.portcullis.group;

/** What a {@link ConnectionGroup} does with a member whose pending bytes exceed the limit of the group. */
public enum SlowMembers {
    /**
     * Removes the member and closes it ({@link io.portcullis.Connection#close()}): a member receives every message or
     * is closed. Pending bytes are still sent to a peer that reads; a peer that reads nothing is disconnected after
     * {@code closeTimeout}.
     */
    CLOSE,
    /**
     * Skips this member for the message; it receives messages again when it has caught up. Suitable for messages that
     * are complete in themselves, such as the current state of something.
     */
    SKIP,
    /**
     * Writes nevertheless. Memory is then bounded only by the write and idle timeouts of the connection, and a peer
     * that reads slowly but steadily is never disconnected.
     */
    QUEUE
}
