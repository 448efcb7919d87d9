// SPDX-License-Identifier: Apache-2.0
package io.portcullis.group;

/** What a {@link ConnectionGroup} does with a member whose pending bytes exceed the limit of the group. */
public enum SlowMembers {
    /**
     * Removes the member and closes it ({@link io.portcullis.Connection#close()}): a member receives every message or
     * is closed. What is pending is still sent to a peer that reads; a peer that reads nothing is cut off after
     * {@code closeTimeout}.
     */
    CLOSE,
    /**
     * Leaves the message out for this member, which receives later messages again when it has caught up. For messages
     * that stand by themselves, such as the present state of something.
     */
    SKIP,
    /**
     * Writes all the same. Memory is then bounded by nothing but the write and idle timeouts of the connection, and a
     * peer that reads slowly but steadily is never cut off.
     */
    QUEUE
}
