// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.siege;

/**
 * The resources held by the server.
 *
 * @param connections the number of open connections
 * @param leases the number of active buffer leases
 * @param descriptors the number of open files and sockets of the process
 */
record ServerState(long connections, long leases, long descriptors) {
    static final String SIGN = "state ";
    static final String NOTHING = "nothing";

    String line() {
        return SIGN + connections + " " + leases + " " + descriptors;
    }

    static ServerState parse(String line) {
        String[] fields = line.split(" ");
        return new ServerState(Long.parseLong(fields[1]), Long.parseLong(fields[2]), Long.parseLong(fields[3]));
    }

    /** Returns whether everything acquired since the given state has been released. */
    boolean isLike(ServerState before) {
        return connections == 0 && leases == 0 && descriptors <= before.descriptors;
    }

    /** Describes what has not been released. */
    String leftSince(ServerState before) {
        long more = Math.max(0, descriptors - before.descriptors);
        return isLike(before) ? NOTHING : connections + " connections, " + leases + " leases, " + more + " descriptors";
    }
}
