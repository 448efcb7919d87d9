// SPDX-License-Identifier: Apache-2.0
package io.portcullis.benchmarks.servers;

import java.util.List;
import java.util.Optional;

/**
 * A server of the comparison, which runs as a process of its own. All of them answer the same: HTTP/1.1 with
 * keep-alive, {@code GET /} with a body of 128 bytes, {@code GET /1m} with one of 1,048,576 bytes, on one port of
 * 127.0.0.1.
 */
public interface Contestant {

    /**
     * The name on the command line and in results.
     *
     * @return such as {@code netty-nio-jdk}
     */
    String name();

    /**
     * Whether it speaks TLS, or plain HTTP.
     *
     * @return true for TLS
     */
    boolean secure();

    /**
     * Whether it is a JVM, which is asked for the memory that it uses, takes options, and can be profiled.
     *
     * @return false for a program of another kind
     */
    default boolean jvm() {
        return true;
    }

    /**
     * What the server is made of.
     *
     * @return names and versions, such as {@code Netty 4.2.1 NIO, JDK engine 25.0.3}
     */
    String description();

    /**
     * Why it cannot run on this machine.
     *
     * @return the reason in words, or empty if it can run
     */
    Optional<String> missing();

    /**
     * The command that starts it. The process listens soon after, and runs until it is killed. One that is a JVM
     * answers each line {@code memory} on its standard input with one line of JSON on its standard output, after a
     * garbage collection: {@code {"heapUsed": bytes, "direct": bytes}}.
     *
     * @param launch what it is to be started with
     * @return the command line, without pinning to a processor
     */
    List<String> command(Launch launch);
}
