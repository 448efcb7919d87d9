// SPDX-License-Identifier: Apache-2.0
package io.portcullis.channel;

/** Code that serves one connection from its beginning to its end, and waits where there is nothing to do. */
@FunctionalInterface
public interface BlockingSession {

    /**
     * Serves a connection, on a thread that may block.
     *
     * @param streams what is received, and what is to be sent
     * @throws Exception ends the connection as with a callback that throws
     */
    void serve(BlockingStreams streams) throws Exception;
}
