// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

/** Blocking code that serves one connection from its beginning to its end. */
@FunctionalInterface
public interface BlockingSession {

    /**
     * Serves a connection, on a thread that may block.
     *
     * @param streams the input and the output of the connection
     * @throws Exception ends the connection like an exception thrown by a callback
     */
    void serve(BlockingStreams streams) throws Exception;
}
