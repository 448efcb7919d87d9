// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

/**
 * What the server holds.
 *
 * @param connections that have not ended
 * @param leases of buffers that are out
 * @param descriptors of files and sockets of its process
 */
record ServerState(long connections, long leases, long descriptors) {
    static final String SIGN = "state ";
    static final String NOTHING = "nothing";

    String line() {
        return SIGN + connections + " " + leases + " " + descriptors;
    }

    static ServerState parse(String line) {
        String[] words = line.split(" ");
        return new ServerState(Long.parseLong(words[1]), Long.parseLong(words[2]), Long.parseLong(words[3]));
    }

    /** Whether nothing is left that was not there before. */
    boolean isLike(ServerState before) {
        return connections == 0 && leases == 0 && descriptors <= before.descriptors;
    }

    /** What is left, in words. */
    String leftSince(ServerState before) {
        long more = Math.max(0, descriptors - before.descriptors);
        return isLike(before) ? NOTHING : connections + " connections, " + leases + " leases, " + more + " descriptors";
    }
}
