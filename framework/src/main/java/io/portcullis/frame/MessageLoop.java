// SPDX-License-Identifier: Apache-2.0
package io.portcullis.frame;

import io.portcullis.Connection;
import java.nio.ByteBuffer;
import java.util.function.BooleanSupplier;

/**
 * The loop of a message handler. It delivers one message after the other while the connection is receiving, leaves the
 * rest unread, and does not lose received messages when the server drains. Serves one connection, in its callbacks.
 */
final class MessageLoop {
    /** Extracts one message from the received bytes. */
    interface Step {
        /**
         * Delivers the message at the position and moves the position past it; returns false, leaving the position
         * unchanged, if the message is incomplete.
         */
        boolean handOn(Connection connection, ByteBuffer data);
    }

    /** Whether bytes were left unread: a part of a message, or messages that wait until the connection is receiving. */
    private boolean unread;

    private boolean draining;

    void onData(Connection connection, ByteBuffer data, Step step) {
        boolean more = true;
        while (more && data.hasRemaining() && connection.receiving()) {
            more = step.handOn(connection, data);
        }
        unread = data.hasRemaining();
        closeWhenDone(connection);
    }

    /**
     * Called when the server drains.
     *
     * @param released whether the connection has been given to another handler in the meantime
     */
    void onDrain(Connection connection, BooleanSupplier released) {
        draining = true;
        // In a later turn, after bytes that have been received in the meantime
        connection.execute(() -> {
            if (!released.getAsBoolean()) {
                closeWhenDone(connection);
            }
        });
    }

    void onWritable(Connection connection) {
        closeWhenDone(connection);
    }

    private void closeWhenDone(Connection connection) {
        if (draining && !unread && connection.receiving()) {
            connection.close();
        }
    }
}
