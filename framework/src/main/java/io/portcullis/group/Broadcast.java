// SPDX-License-Identifier: Apache-2.0
package io.portcullis.group;

/**
 * What became of one message at the moment at which it was written to the members of a {@link ConnectionGroup}.
 *
 * @param written to how many members it was written; those whose connection ends before it has been sent are counted as
 *     failed later, see {@link GroupStatistics#failed()}
 * @param skipped for how many slow members it was left out ({@link SlowMembers#SKIP})
 * @param closed how many slow members were closed instead ({@link SlowMembers#CLOSE})
 */
public record Broadcast(int written, int skipped, int closed) {}
