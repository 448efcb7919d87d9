// SPDX-License-Identifier: Apache-2.0
package io.portcullis.internal.connection;

import io.portcullis.CloseReason;
import io.portcullis.Connection;
import io.portcullis.ConnectionHandler;
import org.jspecify.annotations.Nullable;

/**
 * The hooks of the relay or connect that made a connection, in addition to its handler's callbacks. Called on the
 * connection's strand.
 */
public interface Role {
    /** The role of a connection that a server has accepted for a handler alone. */
    Role ACCEPTED = new Role() {};

    /** Whether the bytes only pass through; back-pressure then applies to each direction separately. */
    default boolean relays() {
        return false;
    }

    /**
     * Whether the handler is internal and belongs to the strand: its callbacks run there even if others run on an
     * executor.
     */
    default boolean onStrand() {
        return relays();
    }

    /** Called when the connection is established and has not begun. */
    default void serves(Connection connection) {}

    /** Called before {@code onOpen}; returns whether the connection is still wanted. */
    default boolean opens(Connection connection) {
        return true;
    }

    /** Called when the connection has failed or ended, before {@code onClose}, possibly more than once. */
    default void ended(Connection connection, CloseReason reason, @Nullable Throwable cause) {}

    /**
     * Returns the handler that has given the connection to another one and is notified of the end after it, or null.
     */
    default @Nullable ConnectionHandler owner() {
        return null;
    }
}
