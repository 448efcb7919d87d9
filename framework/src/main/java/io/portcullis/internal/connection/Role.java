// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import org.jspecify.annotations.Nullable;

/**
 * What a connection is to the relay or the connect that has made it, besides what its handler is told. On the
 * connection's strand.
 */
public interface Role {
    /** Of a connection that a server has accepted, and that its handler has for itself. */
    Role ACCEPTED = new Role() {};

    /** Whether the bytes only pass through: then each direction is slowed down by itself. */
    default boolean relays() {
        return false;
    }

    /**
     * Whether the handler is the machine's own, and belongs to the strand: its callbacks run there, wherever others do.
     */
    default boolean onStrand() {
        return relays();
    }

    /** The connection is made, and has not begun. */
    default void serves(Connection connection) {}

    /** In front of onOpen; returns whether somebody still wants the connection. */
    default boolean opens(Connection connection) {
        return true;
    }

    /** It has failed, or ended; in front of onClose, and perhaps more than once. */
    default void ended(Connection connection, CloseReason reason, @Nullable Throwable cause) {}

    /** Who has given the connection to another handler, and is told of the end behind that; or null. */
    default @Nullable ConnectionHandler owner() {
        return null;
    }
}
