// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import org.jspecify.annotations.Nullable;

/**
 * The resources of a server in addition to the paths that every {@link HttpHandler} has. One site serves all
 * connections: it is called in their turns, therefore concurrently for different connections, and must not block.
 */
public interface Site {
    /** A site without resources. */
    Site NONE = (host, path, connection) -> null;

    /**
     * Returns the resource for a GET or HEAD request.
     *
     * @param host the requested authority as received: that of the target if it has one, otherwise that of the Host
     *     field (RFC 9112, 3.2); empty if there is none
     * @param path the target's path as received
     * @param connection the connection over which the request came
     * @return the resource, or null if there is none
     */
    @Nullable
    Resource find(String host, String path, Connection connection);

    /**
     * Returns whether the server is about to stop. In that case every response is the last one of its connection and
     * announces that, although new connections are still accepted.
     */
    default boolean stopping() {
        return false;
    }

    /**
     * Called when a response has been written completely, though not all of it may have been sent.
     *
     * @param nanos the time since the first byte of the request
     */
    default void answered(long nanos) {}
}
