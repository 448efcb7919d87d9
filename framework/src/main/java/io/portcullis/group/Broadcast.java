// SPDX-License-Identifier: Apache-2.0
package io.portcullis.group;

/**
 * The result of writing one message to the members of a {@link ConnectionGroup}.
 *
 * @param written the number of members to which it was written; those whose connection ends before it has been sent are
 *     counted as failed later, see {@link GroupStatistics#failed()}
 * @param skipped the number of slow members that were skipped ({@link SlowMembers#SKIP})
 * @param closed the number of slow members that were closed instead ({@link SlowMembers#CLOSE})
 */
public record Broadcast(int written, int skipped, int closed) {}
