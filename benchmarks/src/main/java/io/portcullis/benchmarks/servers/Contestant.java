// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.List;
import java.util.Optional;

/**
 * A server of the comparison, which runs as a separate process. All servers give the same responses: HTTP/1.1 with
 * keep-alive, {@code GET /} with a body of 128 bytes, {@code GET /1m} with one of 1,048,576 bytes, on one port of
 * 127.0.0.1.
 */
public interface Contestant {

    /**
     * Returns the name used on the command line and in results.
     *
     * @return a name such as {@code netty-nio-jdk}
     */
    String name();

    /**
     * Returns whether the server speaks TLS or plain HTTP.
     *
     * @return true for TLS
     */
    boolean secure();

    /**
     * Returns whether the server runs in a JVM. If so, it reports its memory usage, accepts JVM options, and can be
     * profiled.
     *
     * @return false for a program of another kind
     */
    default boolean jvm() {
        return true;
    }

    /**
     * Returns a description of the server.
     *
     * @return names and versions, such as {@code Netty 4.2.1 NIO, JDK engine 25.0.3}
     */
    String description();

    /**
     * Returns why the server cannot run on this machine.
     *
     * @return the reason, or empty if it can run
     */
    Optional<String> missing();

    /**
     * Returns the command that starts the server. The process listens soon afterwards, and runs until it is killed. If
     * it is a JVM, it responds to each line {@code memory} on its standard input with one line of JSON on its standard
     * output, after a garbage collection: {@code {"heapUsed": bytes, "direct": bytes}}.
     *
     * @param launch the launch settings
     * @return the command line, without CPU pinning
     */
    List<String> command(Launch launch);
}
