// SPDX-License-Identifier: Apache-2.0
package io.portcullis.samples.http;

import io.portcullis.Connection;
import org.jspecify.annotations.Nullable;

/**
 * What a server offers beside the paths that every {@link HttpHandler} has. One site serves all connections: it is
 * called in the turn of any of them, at the same time in those of others, and must not block.
 */
public interface Site {
    /** Nothing. */
    Site NONE = (host, path, connection) -> null;

    /**
     * Looks for a resource, for GET or HEAD.
     *
     * @param host the authority that was asked for, as it came: of the target if that has one, otherwise of the Host
     *     field (RFC 9112, 3.2); empty if there is none
     * @param path the target's path, as it came
     * @param connection over which the request came
     * @return the resource, or null if there is none
     */
    @Nullable
    Resource find(String host, String path, Connection connection);

    /**
     * Whether the server is about to stop: then every answer is the last one of its connection, and says so, although
     * new connections are still accepted.
     */
    default boolean stopping() {
        return false;
    }

    /**
     * A request has been answered: all of the answer is written, though not all of it may have left.
     *
     * @param nanos since the first byte of the request
     */
    default void answered(long nanos) {}
}
